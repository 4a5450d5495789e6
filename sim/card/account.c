/* SPDX-License-Identifier: Apache-2.0 */
/* The account of frames (see account.h). */
#include "sim/card/account.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A port's counters; host ports drop what the host does not take. */
static const struct {
    unsigned rx, tx, tx_bytes, error, runt, oversize, full;
} of_port[SIM_PORTS] = {
    [SIM_PLAIN] = {ESPL_CNT_PLAIN_RX_FRAMES, ESPL_CNT_PLAIN_TX_FRAMES, ESPL_CNT_PLAIN_TX_BYTES,
                   ESPL_CNT_PLAIN_DROP_ERROR, ESPL_CNT_PLAIN_DROP_RUNT,
                   ESPL_CNT_PLAIN_DROP_OVERSIZE, 0},
    [SIM_CIPHER] = {ESPL_CNT_CIPHER_RX_FRAMES, ESPL_CNT_CIPHER_TX_FRAMES, ESPL_CNT_CIPHER_TX_BYTES,
                    ESPL_CNT_CIPHER_DROP_ERROR, ESPL_CNT_CIPHER_DROP_RUNT,
                    ESPL_CNT_CIPHER_DROP_OVERSIZE, 0},
    [SIM_HOST0] = {ESPL_CNT_HOST0_RX_FRAMES, ESPL_CNT_HOST0_TX_FRAMES, ESPL_CNT_HOST0_TX_BYTES,
                   ESPL_CNT_HOST0_DROP_ERROR, ESPL_CNT_HOST0_DROP_RUNT,
                   ESPL_CNT_HOST0_DROP_OVERSIZE, ESPL_CNT_HOST0_DROP_FULL},
    [SIM_HOST1] = {ESPL_CNT_HOST1_RX_FRAMES, ESPL_CNT_HOST1_TX_FRAMES, ESPL_CNT_HOST1_TX_BYTES,
                   ESPL_CNT_HOST1_DROP_ERROR, ESPL_CNT_HOST1_DROP_RUNT,
                   ESPL_CNT_HOST1_DROP_OVERSIZE, ESPL_CNT_HOST1_DROP_FULL},
};

/* Where a frame that was received whole may end without leaving. */
static const unsigned drops[] = {
    ESPL_CNT_HOST0_DROP_FULL,     ESPL_CNT_HOST1_DROP_FULL,   ESPL_CNT_OUT_DROP_DISCARD,
    ESPL_CNT_OUT_DROP_BAD_HEADER, ESPL_CNT_OUT_DROP_NO_SA,    ESPL_CNT_OUT_DROP_NO_NEXTHOP,
    ESPL_CNT_OUT_DROP_SEQ_END,    ESPL_CNT_OUT_DROP_LOOP,     ESPL_CNT_IN_DROP_KEEPALIVE,
    ESPL_CNT_IN_DROP_NO_SA,       ESPL_CNT_IN_DROP_MALFORMED, ESPL_CNT_IN_DROP_AUTH,
    ESPL_CNT_IN_DROP_REPLAY,      ESPL_CNT_IN_DROP_PADDING,   ESPL_CNT_IN_DROP_SELECTOR,
    ESPL_CNT_IN_DROP_INNER,       ESPL_CNT_IN_DROP_LOOP,      ESPL_CNT_OUT_DROP_LIFETIME,
    ESPL_CNT_IN_DROP_LIFETIME,    ESPL_CNT_IN_DROP_DUMMY,     ESPL_CNT_OUT_TABLE_ERRORS,
    ESPL_CNT_IN_TABLE_ERRORS,
};

static bool read_all(struct sim_card *card, uint64_t counter[ESPL_CNT_SPAN])
{
    for (unsigned i = 0; i < ESPL_CNT_SPAN; i++) {
        uint32_t low, high;
        if (!sim_card_read(card, ESPL_REG_COUNTERS + 8 * i, &low) ||
            !sim_card_read(card, ESPL_REG_COUNTERS + 8 * i + 4, &high))
            return false;
        counter[i] = (uint64_t)high << 32 | low;
    }
    return true;
}

/* The card adds up its events a few hundred cycles late; a pass over all counters takes longer than
 * that, so what reads the same twice is complete. */
bool account_counters(struct sim_card *card, uint64_t counter[ESPL_CNT_SPAN])
{
    uint64_t before[ESPL_CNT_SPAN];

    if (!read_all(card, counter))
        return false;
    do {
        memcpy(before, counter, sizeof before);
        if (!read_all(card, counter))
            return false;
    } while (memcmp(before, counter, sizeof before) != 0);
    return true;
}

bool account_begin(struct account *a, struct sim_card *card)
{
    for (unsigned p = 0; p < SIM_PORTS; p++) {
        a->in_frames[p] = card->in[p].frames;
        a->out_frames[p] = card->out[p].frames;
        a->out_bytes[p] = card->out[p].bytes;
    }
    card->was_reset = false;
    a->open = account_counters(card, a->counter);
    return a->open;
}

/* What the counters say of one port against what was seen there. */
static bool port_holds(const struct account *a, const struct sim_card *card, unsigned p,
                       const uint64_t now[ESPL_CNT_SPAN], char *why, size_t why_len)
{
    const struct {
        const char *what;
        uint64_t seen, counted;
    } pair[] = {
        {"frames went in", card->in[p].frames - a->in_frames[p],
         now[of_port[p].rx] + now[of_port[p].error] + now[of_port[p].runt] +
             now[of_port[p].oversize]},
        {"frames came out", card->out[p].frames - a->out_frames[p], now[of_port[p].tx]},
        {"bytes came out", card->out[p].bytes - a->out_bytes[p], now[of_port[p].tx_bytes]},
    };

    for (unsigned i = 0; i < sizeof pair / sizeof *pair; i++) {
        if (pair[i].seen == pair[i].counted)
            continue;
        snprintf(why, why_len,
                 "the account is broken: at %s %" PRIu64 " %s, the card counted %" PRIu64,
                 sim_card_port_name[p], pair[i].seen, pair[i].what, pair[i].counted);
        return false;
    }
    return true;
}

bool account_holds(struct account *a, struct sim_card *card, char *why, size_t why_len)
{
    uint64_t now[ESPL_CNT_SPAN], received = 0, sent = 0, dropped = 0;

    if (card->was_reset)
        a->open = false;
    if (!card->failed && (!a->open || account_counters(card, now))) {
        if (!a->open)
            return true;
    } else {
        snprintf(why, why_len, "%s", card->failed);
        return false;
    }
    for (unsigned i = 0; i < ESPL_CNT_SPAN; i++)
        now[i] -= a->counter[i];
    for (unsigned p = 0; p < SIM_PORTS; p++) {
        if (!port_holds(a, card, p, now, why, why_len))
            return false;
        received += now[of_port[p].rx];
        sent += now[of_port[p].tx];
    }
    for (unsigned i = 0; i < sizeof drops / sizeof *drops; i++)
        dropped += now[drops[i]];
    if (received == sent + dropped)
        return true;
    snprintf(why, why_len,
             "the account is broken: %" PRIu64 " frames received, %" PRIu64 " sent and %" PRIu64
             " dropped with a reason",
             received, sent, dropped);
    return false;
}
