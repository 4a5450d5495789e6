/* SPDX-License-Identifier: Apache-2.0 */
/* `espsim replay`: capture files through the engine, offline and the same every time. */
#ifndef SIM_REPLAY_REPLAY_H
#define SIM_REPLAY_REPLAY_H

#include <stdint.h>

#include "driver/regs.h"
#include "sim/card/card.h"

/* argv[0] is "replay". Exit codes as espsim_run(). */
int espsim_replay(int argc, char **argv);

/* What a replay was, for the report. */
struct replay_result {
    const struct sim_card *card;
    uint64_t cycles; /* from the first beat offered to the last beat that crossed */
    uint32_t clock_khz;
    uint64_t counter[ESPL_CNT_SPAN];
};

void replay_report_text(const struct replay_result *result);
bool replay_report_json(
    const struct replay_result *result); /* false: no memory, or stdout is closed */

#endif
