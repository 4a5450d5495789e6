/* SPDX-License-Identifier: Apache-2.0 */
/* Frames from the WAN and from host1 (see soak.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/soak/soak.h"

static uint8_t frame[ESP_MODEL_MAX], ip[PACKET_MAX], plain[ESP_MODEL_MAX];

/* ------------------------------------------------------------------ RFC 4303 3.4.3 */

static void mark(struct soak_flow *s, uint64_t seq, bool on)
{
    uint8_t *byte = &s->seen[seq % SOAK_SEEN / 8], bit = (uint8_t)(1u << seq % 8);
    *byte = (uint8_t)(on ? *byte | bit : *byte & ~bit);
}

static bool marked(const struct soak_flow *s, uint64_t seq)
{
    return s->seen[seq % SOAK_SEEN / 8] >> seq % 8 & 1;
}

void inbound_forget(struct soak_flow *s)
{
    s->top = 0;
    memset(s->seen, 0, sizeof s->seen);
}

static uint64_t advance(struct soak_flow *s)
{
    /* mostly the next one; now and then one that empties the window, or changes the high half */
    uint64_t step = 1 + (soak_chance(90) ? 0 : soak_random(soak_chance(90) ? 8 : 6000));
    if (s->kind.esn && soak_chance(1))
        step = 1u << 30;
    for (uint64_t i = 1; i <= (step < SOAK_SEEN ? step : SOAK_SEEN); i++)
        mark(s, s->top + i, false);
    s->top += step;
    mark(s, s->top, true);
    return s->top;
}

/* A number within the window that was, or was not, there before; 0: none was found */
static uint64_t within(const struct soak_flow *s, bool before)
{
    uint64_t window = s->kind.window < s->top ? s->kind.window : s->top;
    for (unsigned tries = 0; window > 0 && tries < 20; tries++) {
        uint64_t seq = s->top - soak_random((uint32_t)(soak_chance(50) ? window : 1 + window / 16));
        if (marked(s, seq) == before)
            return seq;
    }
    return 0;
}

/* ------------------------------------------------------------------ packets of flows */

enum fault {
    GOOD,
    LATE,
    REPLAYED,
    TOO_LATE,
    WRONG_TAG,
    WRONG_TEXT,
    WRONG_SEQ,
    WRONG_PADDING,
    DUMMY,
    CUT,
    CUT_FRAME,
    NO_SUCH_SPI,
    WRONG_INSIDE,
    FAULTS
};

static const unsigned counter_of[FAULTS] = {
    [REPLAYED] = ESPL_CNT_IN_DROP_REPLAY,      [TOO_LATE] = ESPL_CNT_IN_DROP_REPLAY,
    [WRONG_TAG] = ESPL_CNT_IN_DROP_AUTH,       [WRONG_TEXT] = ESPL_CNT_IN_DROP_AUTH,
    [WRONG_SEQ] = ESPL_CNT_IN_DROP_AUTH,       [WRONG_PADDING] = ESPL_CNT_IN_DROP_PADDING,
    [DUMMY] = ESPL_CNT_IN_DROP_DUMMY,          [CUT] = ESPL_CNT_IN_DROP_MALFORMED,
    [CUT_FRAME] = ESPL_CNT_IN_DROP_MALFORMED,  [NO_SUCH_SPI] = ESPL_CNT_IN_DROP_NO_SA,
    [WRONG_INSIDE] = ESPL_CNT_IN_DROP_SELECTOR,
};

static size_t any_length(size_t least)
{
    uint32_t kind = soak_random(20);
    size_t most = kind == 0 ? FLOW_MAX_LEN : kind < 9 ? 1500 : 200;
    return least + soak_random((uint32_t)(most - least + 1));
}

/* The number that the fault is tried with; 0: not possible now. Only an authentic packet moves the
 * window. */
static uint64_t number(struct soak_flow *s, enum fault fault)
{
    if (fault == REPLAYED || fault == LATE)
        return within(s, fault == REPLAYED);
    if (fault == TOO_LATE) {
        uint64_t beyond = s->top > s->kind.window ? s->top - s->kind.window : 0;
        return beyond ? beyond - soak_random(beyond < 20 ? (uint32_t)beyond : 20) : 0;
    }
    if (fault == GOOD || fault == WRONG_PADDING || fault == DUMMY || fault == WRONG_INSIDE)
        return advance(s);
    return s->top + 1 + soak_random(1000);
}

static bool possible(const struct soak_flow *s, enum fault fault, size_t len)
{
    size_t head = s->kind.transport ? flow_least(&s->f) : 0;
    switch (fault) {
    case LATE:
    case REPLAYED:
    case TOO_LATE:
        return s->kind.window > 0;
    case DUMMY:
        return soak.caps.mode & ESPL_CAP_MODE_TFC_MASK;
    case WRONG_PADDING: /* there is some */
        return (len - head) % 4 != 2;
    case WRONG_INSIDE:
        return s->kind.udp_only;
    default:
        return true;
    }
}

static size_t inner(struct soak_flow *s, enum fault fault, size_t len)
{
    struct packet_spec spec = flow_spec(&s->f, true, len, soak.rng);
    spec.proto = fault == WRONG_INSIDE                        ? 6
                 : s->kind.udp_only || soak_chance(50) ? 17
                                                              : 6;
    spec.tos = (uint8_t)soak_random(256);
    spec.ttl = (uint8_t)(4 + soak_random(252));
    spec.df = soak_chance(50);
    spec.id = (uint16_t)rng_next(&soak.rng);
    spec.flow = soak_random(1u << 20);
    return packet_build(&spec, ip);
}

static void expect_opened(struct soak_flow *s, size_t n)
{
    static struct esp_model_opened opened;
    static uint8_t out[PACKET_MAX];
    assert_int_equal(esp_model_open(&s->f.in, frame, n, &opened), ESP_MODEL_OK);
    if (!esp_model_deliver(&opened, out)) { /* RFC 6040 4.2 */
        soak.want[ESPL_CNT_IN_DROP_INNER]++;
        return;
    }
    size_t len = packet_frame(engine_lan_mac, engine_plain_mac, out, opened.len, 0, plain);
    if (opened.tagged)
        len = packet_tag(plain, len, opened.tci);
    soak.want[ESPL_CNT_IN_DECRYPTED]++;
    expect_frame(ENGINE_PLAIN, ENGINE_CIPHER, plain, len);
}

static void spoil_spi(struct soak_flow *s, size_t n)
{
    uint8_t spi[4], *p;
    put32(spi, s->f.in.spi);
    p = memmem(frame, n < 100 ? n : 100, spi, 4);
    assert_non_null(p);
    p[0] ^= 0x08;
}

static void esp(void)
{
    static const enum fault faults[] = {
        LATE, LATE, LATE, REPLAYED, REPLAYED, TOO_LATE, WRONG_TAG, WRONG_TEXT, WRONG_SEQ,
        WRONG_PADDING, DUMMY, CUT, CUT_FRAME, NO_SUCH_SPI, WRONG_INSIDE,
    };
    struct soak_flow *s = &soak.flow[soak_random(SOAK_FLOWS)];
    size_t len = any_length(flow_least(&s->f) + 8);
    enum fault fault = GOOD;
    if (!s->alive)
        return;
    if (soak_chance(30))
        fault = faults[soak_random(sizeof faults / sizeof *faults)];
    if (!possible(s, fault, len))
        return;
    uint64_t seq = number(s, fault);
    if (seq == 0)
        return;
    bool padded = fault != WRONG_PADDING && len < 8000 && soak_chance(10);
    struct esp_model_wrong wrong = {
        .tag_bit = fault == WRONG_TAG ? 1 + soak_random(128) : 0,
        .text_bit = fault == WRONG_TEXT ? 1 + soak_random(8 * (uint32_t)flow_least(&s->f)) : 0,
        .seq = fault == WRONG_SEQ,
        .padding = fault == WRONG_PADDING,
        .more_padding = (uint8_t)(padded ? 4 * soak_random(50) : 0),
        .next_header = fault == DUMMY ? 59 : 0,
        .cut = fault == CUT ? 1 + soak_random(3) : 0,
        .cut_frame = fault == CUT_FRAME ? 1 + soak_random(20) : 0};
    len = inner(s, fault, len);
    if (s->kind.transport && fault == WRONG_TEXT)
        wrong.text_bit = 1 + soak_random(64);
    struct flow sealing = s->f;
    sealing.in.ecn_off = false; /* that is the receiver's */
    sealing.in.tagged = soak.caps.mode & ESPL_CAP_MODE_VLAN_MASK && soak_chance(10);
    sealing.in.tci = (uint16_t)(soak_random(0xfff0) | 1);
    size_t n = flow_sealed(&sealing, seq, ip, len, &wrong, frame);
    if (fault == NO_SUCH_SPI)
        spoil_spi(s, n);
    if (fault == LATE)
        mark(s, seq, true);
    if (fault == GOOD || fault == LATE)
        expect_opened(s, n);
    else if (fault == TOO_LATE && s->kind.esn)
        soak.auth_or_replay++; /* RFC 4303 A2.2: taken for one of the next 2^32, and then its ICV is
                                  wrong; but the window may move while it is being decrypted */
    else
        soak.want[counter_of[fault]]++;
    soak_send(ENGINE_CIPHER, frame, n);
}

/* ------------------------------------------------------------------ the rest */

static void to_host(unsigned counter, size_t n)
{
    soak.want[counter]++;
    expect_frame(ENGINE_HOST1, ENGINE_CIPHER, frame, n);
    soak_send(ENGINE_CIPHER, frame, n);
}

/* RFC 3948 2.2, 2.3: IKE behind the marker, IKE on its own port, a keepalive */
static void udp(void)
{
    struct packet_spec spec = {.src = 0xc6336401,
                               .dst = 0xc0000201,
                               .proto = 17,
                               .sport = 4500,
                               .dport = soak_chance(50) ? 4500 : 500,
                               .len = 60 + soak_random(600),
                               .seed = soak.rng};
    bool alive = spec.dport == 4500 && soak_chance(30);
    if (alive)
        spec.len = 29;
    size_t len = packet_build(&spec, ip);
    memset(ip + 28, alive ? 0xff : 0, alive ? 1 : 4);
    put16(ip + 26, 0); /* no checksum */
    size_t n = packet_frame(engine_cipher_mac, engine_wan_mac, ip, len, 60, frame);
    if (!alive) {
        to_host(ESPL_CNT_IN_HOST_IKE, n);
        return;
    }
    soak.want[ESPL_CNT_IN_DROP_KEEPALIVE]++;
    soak_send(ENGINE_CIPHER, frame, n);
}

static void other(bool mine)
{
    size_t n = 60 + soak_random(1400);
    rng_fill(&soak.rng, frame, n);
    memcpy(frame, engine_cipher_mac, 6);
    if (!mine)
        frame[5] ^= 0x40;
    put16(frame + 12, 0x0806);
    to_host(mine ? ESPL_CNT_IN_HOST_NOT_ESP : ESPL_CNT_IN_HOST_MAC, n);
}

void inbound_make(enum engine_port from)
{
    uint32_t what = soak_random(100);
    if (from == ENGINE_HOST1) {
        size_t n = 60 + soak_random(1400);
        rng_fill(&soak.rng, frame, n);
        frame[0] = 0x54;
        expect_frame(ENGINE_CIPHER, ENGINE_HOST1, frame, n);
        soak_send(from, frame, n);
    } else if (what < 94) {
        esp();
    } else if (what < 96) {
        udp();
    } else {
        other(what < 98);
    }
}
