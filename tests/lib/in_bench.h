/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inbound engine (hw/esp/in_engine.v) on a bench: this side plays the tables, with their
 * latencies, counts the engine's events, and keeps what each frame must become: a frame on one of
 * three ports, byte by byte, and counters. in_bench_check compares.
 */
#ifndef TESTS_LIB_IN_BENCH_H
#define TESTS_LIB_IN_BENCH_H

#include "sim/model/esp_model.h"
#include "tests/lib/axis.h"

#define IN_SLOTS 1024u
#define IN_SAS 96u /* of the tests, a kind every 16 slots (enum in_kind) */

/* Of each kind, slots 16 kind to 16 kind + 15: odd ones have 128-bit keys, those with bit 1 are
 * encapsulated in UDP, and but for the first kind those with bit 3 are GMAC; those with bit 2 have
 * extended numbers. */
enum in_kind {
    IN_4IN4, /* without GMAC and extended numbers */
    IN_4IN6, /* tunnels: inner in outer */
    IN_TRANSPORT4,
    IN_TRANSPORT6,
    IN_6IN4,
    IN_6IN6,
};

enum in_counter {
    IN_DECRYPTED,
    IN_HOST_MAC,
    IN_HOST_NOT_ESP,
    IN_HOST_FRAGMENT,
    IN_HOST_OPTIONS,
    IN_HOST_IKE,
    IN_HOST_SPI,
    IN_DROP_KEEPALIVE,
    IN_DROP_NO_SA,
    IN_DROP_MALFORMED,
    IN_DROP_AUTH,
    IN_DROP_REPLAY,
    IN_DROP_PADDING,
    IN_DROP_SELECTOR,
    IN_DROP_INNER,
    IN_DROP_DUMMY,
    IN_DROP_LOOP,
    IN_TABLE_ERRORS,
    IN_FATES, /* a frame has exactly one of those above */
    IN_INNER_HOST_ROUTE = IN_FATES,
    IN_INNER_HOST_TTL,
    IN_COUNTERS,
    IN_TO_PLAIN, /* in_send_open: not to host0 */
};

struct in_selector {
    bool check, v6;
    uint32_t src, dst; /* host order */
    uint8_t src6[16], dst6[16];
    uint8_t src_len, dst_len, proto;
    uint16_t sport_first, sport_last, dport_first, dport_last;
};

struct in_sa {
    struct esp_model_sa esp;
    bool ok;          /* the row holds an SA */
    bool rd_bad, ck_bad; /* and has a parity error */
    bool inner6;      /* what in_spec makes for it */
    uint16_t window, nexthop;
    uint8_t limits[32]; /* soft, hard packets, soft, hard bytes; 0: none */
    struct in_selector sel;
    uint8_t powers[16][16];
    uint64_t seq;     /* last one that the peer used */
};

/* Next hop n has the MAC 02:aa:00:00:00:n; row 0 and IN_EMPTY_HOP have none. Those from 50 on set
 * the VID to their number, those from 60 to 69 take a tag away. The neighbour table holds
 * 10.1.HOP.x and 2001:db8:1::HOP:x, to next hop HOP, for HOP below 100; those with 200 are the
 * gateway's own (next hop 0). */
#define IN_EMPTY_HOP 99u
#define IN_TAG_HOP 50u
#define IN_UNTAG_HOP 60u

struct in_bench {
    struct rtl *rtl;
    struct axis in, plain, host0, host1;
    struct in_sa sa[IN_SAS];
    uint64_t count[IN_COUNTERS], expected[IN_COUNTERS];
    uint64_t bytes, expected_bytes; /* inner */
    uint64_t sent;
    uint64_t events;                /* of any kind; the last one: */
    uint32_t event_kind, event_slot, event_spi;
    struct frame *expect[3], *expect_tail[3]; /* plain, host0, host1 */
    uint32_t rng;
};
extern struct in_bench in_bench;

extern const char *const in_counter_names[IN_COUNTERS];
extern const uint8_t in_plain_mac[6], in_cipher_mac[6], in_engine_mac[6];

void in_bench_open(void);
void in_bench_close(void);
/* Reset; all SAs with their first numbers and no selector, windows cleared, no pauses. */
void in_bench_restart(void);
void in_bench_cycle(void);
void in_forget(void); /* what was counted and expected so far */
void in_hop_mac(unsigned hop, uint8_t mac[6]);
/* cfg_clear or cfg_query until the answer, which stays at the ports. */
void in_bench_config(const char *what, unsigned slot);

/* An inner packet of `len` bytes from 192.168.1.1 to 10.1.HOP.5, UDP 1000 to 2000. */
struct packet_spec in_inner(unsigned hop, size_t len, uint32_t seed);
/* The same of IPv6 when the SA is for that (at least 40 bytes). In transport mode the addresses are
 * those of the SA, which leads to next hop in_sa_hop. */
struct packet_spec in_spec(unsigned slot, unsigned hop, size_t len, uint32_t seed);
unsigned in_sa_hop(unsigned slot);

/* Sends a frame and says what must become of it. from_host: with host1's mark. */
void in_send(const uint8_t *frame, size_t len, bool from_host, enum in_counter fate);
/* Seals the inner packet with the SA's next number, sends it, and expects `fate`. */
void in_send_packet(unsigned slot, const struct packet_spec *spec,
                    const struct esp_model_wrong *wrong, enum in_counter fate);
/* A good one: to the next hop of its destination, byte by byte. */
void in_send_good(unsigned slot, unsigned hop, size_t len);
/* An ESP frame that must be delivered; `why_host`: IN_TO_PLAIN, or the counter of host0. */
void in_send_open(const struct in_sa *sa, const uint8_t *frame, size_t len, unsigned hop,
                  enum in_counter why_host);

/* ESP frames that are not sent yet: of an inner packet, of any text. Both take the SA's next number
 * and return their length. */
extern uint8_t in_frame[ESP_MODEL_MAX];
size_t in_seal(unsigned slot, unsigned hop, size_t len);
size_t in_seal_text(unsigned slot, const uint8_t *text, size_t len);
size_t in_ip_at(unsigned slot);  /* where the outer header stands in this SA's frames */
size_t in_esp_at(unsigned slot); /* and the SPI */
/* in_frame as it has become, then a good packet of the SA */
void in_bad_then_good(unsigned slot, size_t len, enum in_counter fate);
/* Into in_frame: a frame to the cipher port that is not ESP; returns its length. */
size_t in_other(const struct packet_spec *spec);

/* Until every frame has had its fate (fails after `limit` cycles), and some more; then everything
 * is compared. */
void in_bench_check(uint64_t limit);

#endif
