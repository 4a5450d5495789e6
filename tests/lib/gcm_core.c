/* SPDX-License-Identifier: Apache-2.0 */
/* The ports of gcm_core, and OpenSSL's opinion (see gcm_core.h). */
#include "tests/lib/gcm_core.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/model/gcm.h"
#include "tests/lib/axis.h"

#define LATENCY 21u /* cycles, as gcm_core's header says */
#define SLOTS   1024

struct gcm_core {
    struct rtl *rtl;
    struct rtl_port rst, s_valid, s_sop, s_eop, s_data, s_len, s_key, s_key256, s_nonce, s_aad;
    struct rtl_port s_gmac, s_aad96, s_slot, hp_en, hp_slot, hp_data;
    struct rtl_port m_valid, m_sop, m_eop, m_data, m_tag;
    uint8_t powers[SLOTS][16][16];
    int read[2];      /* rows asked for in the last two cycles, the older one last; -1: none */
    bool due[LATENCY]; /* a slot went in this many cycles ago */
    uint32_t rng;
};

/* AES-GMAC: SPI, sequence number, IV and text are all AAD (RFC 4543 5) */
static void mac(const struct gcm_packet *p, uint8_t tag[16])
{
    uint8_t *all = malloc(p->aad_len + 8 + p->len);
    assert_non_null(all);
    memcpy(all, p->aad, p->aad_len);
    memcpy(all + p->aad_len, p->nonce + 4, 8);
    memcpy(all + p->aad_len + 8, p->text, p->len);
    assert_true(gcm_seal(p->key, p->key_len, p->nonce, all, p->aad_len + 8 + p->len, NULL, 0, NULL,
                         tag));
    free(all);
}

static void seal(const struct gcm_packet *p, const uint8_t *in, uint8_t *out, uint8_t tag[16])
{
    assert_true(gcm_seal(p->key, p->key_len, p->nonce, p->aad, p->aad_len, in, p->len, out, tag));
}

void gcm_core_expect(const struct gcm_packet *p, bool decrypt, uint8_t *out, uint8_t tag[16])
{
    if (p->gmac) {
        memcpy(out, p->text, p->len);
        mac(p, tag);
        return;
    }
    if (!decrypt) {
        seal(p, p->text, out, tag);
        return;
    }
    /* sealing zeros is the key stream; the tag is that of what the ciphertext decrypts to */
    memset(out, 0, p->len);
    seal(p, out, out, tag);
    for (size_t i = 0; i < p->len; i++)
        out[i] ^= p->text[i];
    uint8_t *again = malloc(p->len + 1);
    assert_non_null(again);
    seal(p, out, again, tag);
    assert_memory_equal(again, p->text, p->len);
    free(again);
}

struct gcm_core *gcm_core_new(struct rtl *rtl)
{
    struct gcm_core *c = calloc(1, sizeof *c);
    assert_non_null(c);
    c->rtl = rtl;
    const struct {
        struct rtl_port *port;
        const char *name;
    } ports[] = {
        {&c->rst, "rst"},           {&c->s_valid, "s_valid"}, {&c->s_sop, "s_sop"},
        {&c->s_eop, "s_eop"},       {&c->s_data, "s_data"},   {&c->s_len, "s_len"},
        {&c->s_key, "s_key"},       {&c->s_key256, "s_key256"}, {&c->s_nonce, "s_nonce"},
        {&c->s_aad, "s_aad"},       {&c->s_aad96, "s_aad96"}, {&c->s_slot, "s_slot"},
        {&c->hp_en, "hp_en"},       {&c->hp_slot, "hp_slot"}, {&c->hp_data, "hp_data"},
        {&c->m_valid, "m_valid"},   {&c->m_sop, "m_sop"},     {&c->m_eop, "m_eop"},
        {&c->m_data, "m_data"},     {&c->m_tag, "m_tag"},     {&c->s_gmac, "s_gmac"},
    };
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++)
        *ports[i].port = rtl_port(rtl, ports[i].name);
    return c;
}

void gcm_core_free(struct gcm_core *core)
{
    free(core);
}

/* Slots of a packet: its blocks, the AAD and the lengths, four a slot. What is hashed before the
 * text is a block, or 20 bytes with GMAC and an extended sequence number. */
static size_t slots(const struct gcm_packet *p)
{
    size_t head = p->gmac && p->aad_len == 12 ? 20 : 16;
    return ((head + p->len + 15) / 16 + 1 + 3) / 4;
}

static void drive(struct gcm_core *c, const struct gcm_packet *p, size_t slot)
{
    uint8_t wide[32];
    rng_fill(&c->rng, c->s_data.bits, 64); /* beyond the text: anything */
    if (64 * slot < p->len)
        memcpy(c->s_data.bits, p->text + 64 * slot,
               p->len - 64 * slot < 64 ? p->len - 64 * slot : 64);
    rtl_set(c->s_valid, 1);
    rtl_set(c->s_sop, slot == 0);
    rtl_set(c->s_eop, slot + 1 == slots(p));
    rtl_set(c->s_len, p->len);
    rng_fill(&c->rng, wide, sizeof wide); /* as with the half a short key leaves free */
    memcpy(wide, p->key, p->key_len);
    rtl_set_be(c->s_key, wide, 32);
    rtl_set(c->s_key256, p->key_len == 32);
    rtl_set(c->s_gmac, p->gmac);
    rtl_set_be(c->s_nonce, p->nonce, 12);
    rng_fill(&c->rng, wide, 12);
    memcpy(wide, p->aad, p->aad_len);
    rtl_set_be(c->s_aad, wide, 12);
    rtl_set(c->s_aad96, p->aad_len == 12);
    rtl_set(c->s_slot, p->slot);
}

static void idle(struct gcm_core *c)
{
    rng_fill(&c->rng, c->s_data.bits, 64);
    rtl_set(c->s_valid, 0);
    rtl_set(c->s_sop, rng_next(&c->rng) & 1);
    rtl_set(c->s_eop, rng_next(&c->rng) & 1);
}

/* The table of powers: a row two cycles after it was asked for, noise at any other time */
static void serve_powers(struct gcm_core *c)
{
    int row = c->read[1];
    if (row < 0)
        rng_fill(&c->rng, c->hp_data.bits, 256);
    else
        for (unsigned n = 0; n < 16; n++)
            for (unsigned i = 0; i < 16; i++)
                c->hp_data.bits[16 * n + i] = c->powers[row][n][15 - i];
    rtl_settle(c->rtl);
    c->read[1] = c->read[0];
    c->read[0] = rtl_get(c->hp_en) ? (int)rtl_get(c->hp_slot) : -1;
}

static void collect(struct gcm_core *c, struct gcm_packet *p, size_t slot)
{
    static const uint8_t zero[64];
    size_t part = 64 * slot >= p->len ? 0 : p->len - 64 * slot < 64 ? p->len - 64 * slot : 64;
    assert_int_equal(rtl_get(c->m_sop), slot == 0);
    assert_int_equal(rtl_get(c->m_eop), slot + 1 == slots(p));
    if (part > 0)
        memcpy(p->out + 64 * slot, c->m_data.bits, part);
    assert_memory_equal(c->m_data.bits + part, zero, 64 - part);
    if (slot + 1 == slots(p))
        rtl_get_be(c->m_tag, p->tag, 16);
}

static void reset(struct gcm_core *c)
{
    c->read[0] = c->read[1] = -1;
    memset(c->due, 0, sizeof c->due);
    idle(c);
    rtl_set(c->rst, 1);
    for (int i = 0; i < 4; i++) {
        rtl_settle(c->rtl);
        rtl_edge(c->rtl);
    }
    rtl_set(c->rst, 0);
}

void gcm_core_run(struct gcm_core *core, struct gcm_packet *packets, size_t n, unsigned gap,
                  uint32_t seed)
{
    size_t in = 0, in_slot = 0, out = 0, out_slot = 0;
    core->rng = seed ? seed : 1;
    reset(core);
    while (out < n) {
        bool send = in < n && (in_slot > 0 || rng_next(&core->rng) % 100 >= gap);
        if (send && in_slot == 0)
            assert_true(gcm_h_powers(packets[in].key, packets[in].key_len,
                                     core->powers[packets[in].slot]));
        if (send)
            drive(core, &packets[in], in_slot);
        else
            idle(core);
        serve_powers(core);
        assert_int_equal(rtl_get(core->m_valid), core->due[LATENCY - 1]);
        if (rtl_get(core->m_valid)) {
            collect(core, &packets[out], out_slot);
            if (++out_slot == slots(&packets[out])) {
                out++;
                out_slot = 0;
            }
        }
        rtl_edge(core->rtl);
        memmove(core->due + 1, core->due, sizeof core->due - sizeof *core->due);
        core->due[0] = send;
        if (send && ++in_slot == slots(&packets[in])) {
            in++;
            in_slot = 0;
        }
    }
}
