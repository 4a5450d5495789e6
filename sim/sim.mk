# SPDX-License-Identifier: Apache-2.0
# The virtual card: espsim, and the C side of every RTL test.

SIM_SRC  := $(wildcard sim/*.c sim/card/*.c sim/ports/*.c sim/replay/*.c) sim/core/axil.c
# espsim replay has the driver and espctl's commands inside
SIM_OBJS := $(patsubst %.c,$(B)/obj/%.o,$(SIM_SRC) $(DRIVER_SRC) $(ESPCTL_CMD))
SIM_LIBS := -ljansson -lcrypto $(DRIVER_LIBS)

ALL += $(B)/espsim

$(B)/espsim: $(SIM_OBJS) $(B)/rtl/esp_engine/librtl.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(SIM_LIBS) $(RTL_LIBS)

# The same with waveforms; espsim --trace becomes it. Tens of times slower, so not built by default.
RTL_TRACE_esp_engine-trace := 1
$(B)/espsim-trace: $(SIM_OBJS) $(B)/rtl/esp_engine-trace/librtl.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(SIM_LIBS) $(RTL_LIBS)

.PHONY: espsim-trace
espsim-trace: $(B)/espsim-trace ## build the virtual card with waveforms, for espsim --trace

# Its tests: what needs no model is linked with them; the rest runs the program.
UNIT_SRC_sim  := $(filter-out sim/espsim.c %/run.c %/replay.c %/defaults.c %/bus_local.c,$(SIM_SRC)) \
    $(wildcard sim/model/*.c)
UNIT_LIBS_sim := -ljansson -lcrypto $(DRIVER_LIBS)
$(addprefix $(B)/tests/sim/,test_espsim replay/test_replay): | $(B)/espsim

INSTALL += install-espsim
.PHONY: install-espsim
install-espsim: $(B)/espsim
	$(call install_program,$<,bin)
