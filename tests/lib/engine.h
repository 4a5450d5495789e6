/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole engine (hw/top/esp_engine.v) on a bench: four sources, four sinks and the host. SAs are
 * described by the OpenSSL model's own structure and written through the mailbox.
 */
#ifndef TESTS_LIB_ENGINE_H
#define TESTS_LIB_ENGINE_H

#include "sim/model/esp_model.h"
#include "tests/lib/host.h"

enum engine_port { ENGINE_PLAIN, ENGINE_CIPHER, ENGINE_HOST0, ENGINE_HOST1, ENGINE_PORTS };

struct engine {
    struct rtl *rtl;
    struct axis in[ENGINE_PORTS], out[ENGINE_PORTS];
    struct axis *streams[2 * ENGINE_PORTS];
    struct host host;
    uint64_t sent; /* frames given to the sources since engine_restart */
};
extern struct engine engine; /* there is one in a test program */

extern const uint8_t engine_plain_mac[6], engine_cipher_mac[6], engine_own_mac[6];
extern const uint8_t engine_lan_mac[6], engine_wan_mac[6]; /* of the next hops below */
#define ENGINE_HOP_LAN 1u
#define ENGINE_HOP_WAN 2u

void engine_open(void);
void engine_close(void);
/* rst, until ready; then port addresses and the two next hops. No pauses. */
void engine_restart(void);
void engine_setup(void); /* the latter part, for after a soft reset */
void engine_pauses(unsigned percent_in, unsigned percent_out);

void engine_send(enum engine_port port, const uint8_t *frame, size_t len);
/* Until all sources are idle and nothing has come out for a while. */
void engine_drain(void);
struct frame *engine_take(enum engine_port port); /* the oldest frame; NULL if none */
size_t engine_waiting(enum engine_port port);     /* frames not taken yet */

/* A sa_entry of `sa`; a second one to write into, for tests that spoil it. */
void engine_sa_entry(const struct esp_model_sa *sa, bool in, uint32_t words[ESPL_SA_ENTRY_WORDS]);
uint32_t engine_sa_add(const struct esp_model_sa *sa, bool in, uint32_t slot); /* the reason */
void engine_mac_entry(const uint8_t mac[6], uint32_t words[ESPL_NEXTHOP_ENTRY_WORDS]);
/* IPv4 destination prefix; slot: of the SA, or UINT32_MAX */
void engine_policy_entry(enum espl_map_action action, uint32_t slot, uint32_t dst, unsigned len,
                         uint32_t words[ESPL_POLICY_ENTRY_WORDS]);
uint32_t engine_neigh_cell(uint32_t addr, unsigned bank);
void engine_neigh_set(uint32_t addr, uint32_t nexthop, unsigned bank);

/* An SA of the model with a key from `seed`, from 192.0.2.1 to 198.51.100.1. */
struct esp_model_sa engine_sa(uint32_t seed, size_t key_len, bool encap, uint32_t spi);
/* An inner packet of `len` bytes from 10.1.0.1 to `dst` in a frame for plain. */
size_t engine_frame(uint32_t dst, size_t len, uint32_t seed, uint8_t *frame);

/* Invariant 6: every frame that was sent is in one of the ends. Fails the test, with the sums. */
void engine_account(void);

#endif
