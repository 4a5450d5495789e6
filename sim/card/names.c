/* SPDX-License-Identifier: Apache-2.0 */
/* What the ports are called: in the Verilog's port names, on command lines, in reports. */
#include "sim/card/card.h"

const char *const sim_card_port_name[SIM_PORTS] = {"plain", "cipher", "host0", "host1"};
