/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver's bus to an engine on a test's bench: every access is one over AXI4-Lite, in whose
 * cycles the streams go on.
 */
#ifndef TESTS_PLAY_BUS_HOST_H
#define TESTS_PLAY_BUS_HOST_H

#include "driver/bus/bus.h"
#include "tests/lib/host.h"

extern const struct espl_bus_ops bus_host;
extern uint64_t bus_host_writes; /* registers written so far */

/* For espl_card_open_bus(); `host` outlives it. NULL: no memory. */
struct espl_bus *bus_host_new(struct host *host);

#endif
