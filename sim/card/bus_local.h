/* SPDX-License-Identifier: Apache-2.0 */
/* The driver's bus to a virtual card in the same process. */
#ifndef SIM_CARD_BUS_LOCAL_H
#define SIM_CARD_BUS_LOCAL_H

#include "driver/bus/bus.h"
#include "sim/card/card.h"

extern const struct espl_bus_ops sim_bus_local;

/* For espl_card_open_bus(); `card` outlives it. NULL: no memory. */
struct espl_bus *sim_bus_local_new(struct sim_card *card);

#endif
