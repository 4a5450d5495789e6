/* SPDX-License-Identifier: Apache-2.0 */
/* The bench's single figures, of one flow in an engine that is set up and otherwise quiet. */
#ifndef TESTS_BENCH_FIGURES_H
#define TESTS_BENCH_FIGURES_H

#include "tests/bench/rows.h"

void figure_latency(struct flow *flow);
/* An SA is replaced while packets come without a gap. free_slot: an inbound slot that is free. */
void figure_replace(struct espl_card *card, struct flow *flow, uint32_t free_slot);
void figure_writes(struct espl_card *card, const struct flow_kind *kind, uint32_t free_slot);
void figure_speed(struct flow *flow, uint64_t packets);

#endif
