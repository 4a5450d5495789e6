/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of a replay: lines of espctl's grammar, and default next hops for what they
 * omit. */
#ifndef SIM_REPLAY_DEFAULTS_H
#define SIM_REPLAY_DEFAULTS_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/card/card.h"

/* Opens the card by the driver, carries out the lines of `path`, gives next hops to SAs that have
 * none. False with a sentence. */
bool replay_configure(struct sim_card *card, const char *path, char *why, size_t why_len);

#endif
