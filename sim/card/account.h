/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The account of frames (invariant 6 of the architecture): what went into the ports is what came
 * out, or stands in a counter with a reason. It compares what the harness saw at the ports with the
 * card's own counters, over the time since the last reset.
 */
#ifndef SIM_CARD_ACCOUNT_H
#define SIM_CARD_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/regs.h"
#include "sim/card/card.h"

struct account {
    uint64_t counter[ESPL_CNT_SPAN]; /* at the beginning */
    uint64_t in_frames[SIM_PORTS], out_frames[SIM_PORTS], out_bytes[SIM_PORTS];
    bool open; /* begun, and not reset since */
};

/* All counters of an idle card. False: card->failed. */
bool account_counters(struct sim_card *card, uint64_t counter[ESPL_CNT_SPAN]);

/* Begins, or begins anew after a reset; only while the card is idle. False: card->failed. */
bool account_begin(struct account *a, struct sim_card *card);
/* Only while the card is idle. False with a sentence: the account is broken (or the card). With no
 * account open it is true: a reset drops what is in flight without a count. */
bool account_holds(struct account *a, struct sim_card *card, char *why, size_t why_len);

#endif
