/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets for the ports of gcm_core, the table of powers it reads, and what OpenSSL says about them.
 * The model under test is played whole packets, back to back or with gaps between them.
 */
#ifndef TESTS_LIB_GCM_H
#define TESTS_LIB_GCM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/core/rtl.h"

#define GCM_MAX 16383 /* bytes of text in a packet: s_len has 14 bits */

struct gcm_packet {
    uint8_t key[32], nonce[12], aad[12];
    size_t key_len;  /* 16 or 32 */
    size_t aad_len;  /* 8, or 12 with an extended sequence number */
    unsigned slot;   /* whose powers of H; of packets in flight together one key a slot */
    const uint8_t *text;
    size_t len;
    uint8_t *out;    /* len bytes of room */
    uint8_t tag[16];
};

/* The element's bits in GCM's order; z may be x or y. Bit by bit as SP 800-38D 6.3 says. */
void gcm_multiply(const uint8_t x[16], const uint8_t y[16], uint8_t z[16]);
/* powers[n] is H^(n+1) of the packet's key */
void gcm_powers(const struct gcm_packet *p, uint8_t powers[16][16]);

/* out (p->len bytes) and tag by OpenSSL; `decrypt` has the text be the ciphertext. */
void gcm_openssl(const struct gcm_packet *p, bool decrypt, uint8_t *out, uint8_t tag[16]);

struct gcm_core;
struct gcm_core *gcm_core_new(struct rtl *rtl);
void gcm_core_free(struct gcm_core *core);
/* Reset, then play all packets, each after a gap with `gap` percent. Fills out and tag, and fails
 * the running test when slots get lost, come at another latency, or are not zero past the end. */
void gcm_core_run(struct gcm_core *core, struct gcm_packet *packets, size_t n, unsigned gap,
                  uint32_t seed);

#endif
