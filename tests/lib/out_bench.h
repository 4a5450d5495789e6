/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outbound engine (hw/esp/out_engine.v) on a bench: this side plays the tables, with their
 * latencies, and counts the engine's events.
 *
 * What the policy says is written in the inner destination: 10.2.POLICY.SLOT or
 * 2001:db8:2::POLICY.SLOT, POLICY from enum out_policy. A frame whose source MAC ends in
 * OUT_HOST_MAC_END is said to come from host0.
 */
#ifndef TESTS_LIB_OUT_BENCH_H
#define TESTS_LIB_OUT_BENCH_H

#include "sim/model/esp_model.h"
#include "tests/lib/axis.h"

#define OUT_SLOTS 16u
#define OUT_HOST_MAC_END 0x70u

enum out_policy {
    OUT_DISCARD,
    OUT_BYPASS,
    OUT_PROTECT,
    OUT_PROTECT_NO_SA,
    OUT_MISS,
    OUT_PORTS, /* protects, but compares ports */
};

enum out_counter {
    OUT_ENCRYPTED,
    OUT_HOST_MAC,
    OUT_HOST_NOT_IP,
    OUT_HOST_NO_POLICY,
    OUT_HOST_BYPASS,
    OUT_HOST_FRAGMENT,
    OUT_HOST_OPTIONS,
    OUT_HOST_TTL,
    OUT_HOST_MTU,
    OUT_DROP_DISCARD,
    OUT_DROP_BAD_HEADER,
    OUT_DROP_NO_SA,
    OUT_DROP_NO_NEXTHOP,
    OUT_DROP_SEQ_END,
    OUT_DROP_LOOP,
    OUT_TABLE_ERRORS,
    OUT_DROP_LIFETIME,
    OUT_COUNTERS,
};
const char *out_counter_name(enum out_counter counter);

struct out_sa {
    struct esp_model_sa esp;
    bool ok;          /* the row holds an SA */
    bool bad;         /* the row has a parity error, */
    bool bad_policy;  /* or what the policy table says of it */
    bool vlan_set;    /* its next hop says which tag */
    uint16_t vlan;
    uint16_t nexthop; /* its row has the MAC in esp.dst_mac; 0 and OUT_EMPTY_HOP have none */
    uint16_t mtu;
    uint8_t limits[32]; /* soft, hard packets, soft, hard bytes; 0: none */
    uint8_t powers[16][16];
    uint64_t seq; /* last number the model gave out */
    /* what the policy table says of it, when that is not what its row says */
    bool other_shape;
    uint32_t shape;
};
#define OUT_EMPTY_HOP 99u

/* A lookup as the engine asked it. */
struct out_lookup {
    uint8_t src[16], dst[16], proto;
    uint16_t sport, dport;
    uint8_t family;
    bool opaque;
};

struct out_bench {
    struct rtl *rtl;
    struct axis in, cipher, host;
    struct out_sa sa[OUT_SLOTS];
    uint64_t count[OUT_COUNTERS], encrypted_bytes;
    struct out_lookup lookup; /* the last one */
    uint64_t events;      /* ACQUIRE, of which the last one said */
    uint16_t event_row;
    uint32_t event_serial;
    unsigned policy_latency;
    uint32_t rng;
};
extern struct out_bench out_bench; /* there is one engine in a test program */

void out_bench_open(void);
void out_bench_close(void);

/* Reset, all SAs anew with their numbers from 1, counters zero, port addresses set, no pauses. */
void out_bench_restart(void);
void out_bench_cycle(void);
/* Until nothing has moved for a while; fails the test after `limit` cycles. */
void out_bench_drain(uint64_t limit);

/* cfg_clear or cfg_query until the answer. */
void out_bench_clear(unsigned slot);
void out_bench_query(unsigned slot, uint64_t *seq, uint64_t *packets, uint64_t *bytes);

extern const uint8_t out_plain_mac[6], out_engine_mac[6], out_cipher_mac[6], out_peer_mac[6];

/* The row and serial that the policy table tells of a policy. */
#define OUT_ROW(policy) (0x120u + (policy))
#define OUT_SERIAL(policy) (0xabcd0000u + (policy))

/* An inner packet of `len` bytes for POLICY and slot, in a frame for the plain port. */
size_t out_bench_frame(enum out_policy policy, unsigned slot, size_t len, uint32_t seed,
                       uint8_t *frame);
/* The same in every shape: the family by the seed, or in transport mode that of the SA; sometimes
 * tagged. len: at least 40. */
size_t out_bench_any(unsigned slot, size_t len, uint32_t seed, uint8_t *frame);
const uint8_t *out_bench_ip(const uint8_t *frame); /* its IP packet */
/* An IPv6 packet in a plain frame. */
size_t out_bench_frame6(enum out_policy policy, unsigned slot, size_t len, uint32_t seed,
                        uint8_t *frame);
/* Takes the next frame from cipher; it must be the model's for this plain frame and SA. */
void out_bench_expect(unsigned slot, const uint8_t *frame);

/* The tables' side, used by the bench (out_tables.c): answers to what was asked some cycles ago,
 * and what is asked in this cycle. */
void out_tables_open(struct rtl *rtl);
void out_tables_forget(void);
void out_tables_answer(void);
void out_tables_ask(void);

#endif
