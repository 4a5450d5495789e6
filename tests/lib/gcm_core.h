/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets for the ports of gcm_core, and the table of powers that it reads. The model under test is
 * played whole packets, back to back or with gaps between them.
 */
#ifndef TESTS_LIB_GCM_CORE_H
#define TESTS_LIB_GCM_CORE_H

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
    bool gmac;       /* RFC 4543: the text is authenticated only */
    uint8_t *out;    /* len bytes of room */
    uint8_t tag[16];
};

/* What OpenSSL has come out: p->len bytes and the tag; `decrypt`: the text is ciphertext. */
void gcm_core_expect(const struct gcm_packet *p, bool decrypt, uint8_t *out, uint8_t tag[16]);

struct gcm_core;
struct gcm_core *gcm_core_new(struct rtl *rtl);
void gcm_core_free(struct gcm_core *core);
/* Reset, then play all packets, each after a gap with `gap` percent. Fills out and tag, and fails
 * the running test when slots get lost, come at another latency, or are not zero past the end. */
void gcm_core_run(struct gcm_core *core, struct gcm_packet *packets, size_t n, unsigned gap,
                  uint32_t seed);

#endif
