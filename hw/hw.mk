# SPDX-License-Identifier: Apache-2.0
# RTL: verilated models, lint, register map, synthesis.

VERILATOR ?= verilator
HW_DIRS  := $(sort $(dir $(wildcard hw/*/*.v)))
HW_SRC   := $(wildcard hw/*/*.v) $(wildcard hw/*/*.vh)
VFLAGS   := $(addprefix -y ,$(HW_DIRS)) +incdir+hw/regs -Wall hw/lint.vlt

# build/rtl/MODULE[-VARIANT]/librtl.a: the module verilated, with its C shim (sim/core/rtl.h).
# VFLAGS_MODULE[-VARIANT] adds flags (-GPARAM=value); RTL_TRACE_MODULE[-VARIANT]=1 lets it write FST;
# COVERAGE=1 lets all of them count their lines (make coverage).
# Registers start at random values and are reset by the test, as in a card.
RTL_CXXFLAGS := $(if $(COVERAGE),-O1,-O3) -march=native -std=c++17 -DVL_IGNORE_UNKNOWN_ARCH
rtl_module    = $(firstword $(subst -, ,$(1)))
VROOT        := $(shell $(VERILATOR) --getenv VERILATOR_ROOT 2>/dev/null)

$(B)/rtl/%/librtl.a: sim/core/rtl.cpp sim/core/rtl.h hw/lint.vlt $(HW_SRC)
	$(call say,VERILATE,$*)
	@rm -rf $(@D) && mkdir -p $(@D)
	$(Q)$(VERILATOR) --cc --assert --prefix Vrtl --Mdir $(@D) -O3 --x-assign unique --x-initial unique \
	    --output-split 20000 $(if $(RTL_TRACE_$*),--trace-fst) $(if $(COVERAGE),--coverage-line) \
	    $(VFLAGS) $(VFLAGS_$*) --top-module $(call rtl_module,$*) $(wildcard hw/*/$(call rtl_module,$*).v)
	@sed -nE 's/^ *VL_(IN|OUT|IN8|OUT8|IN16|OUT16|IN64|OUT64|INW|OUTW)\(&?([A-Za-z0-9_]+),([0-9]+),([0-9]+).*/PORT(\2, \3 - \4 + 1)/p' \
	    $(@D)/Vrtl.h > $(@D)/ports.h
	@sed -nE 's/^ *VlUnpacked<[A-Za-z]+(<[0-9]+>)?\/\*([0-9]+):0\*\/, ([0-9]+)> ([A-Za-z0-9_]+);$$/MEMORY(\4, \3)/p' \
	    $(@D)/Vrtl___024root.h > $(@D)/memories.h
	@cp sim/core/rtl.cpp $(@D)/rtl_shim.cpp
	$(Q)$(MAKE) -s -C $(@D) -f Vrtl.mk OPT_FAST="$(RTL_CXXFLAGS)" OPT_SLOW="-O1" OPT_GLOBAL="-O2" \
	    Vrtl__ALL.a verilated.o verilated_threads.o $(if $(RTL_TRACE_$*),verilated_fst_c.o) $(if $(COVERAGE),verilated_cov.o) > $(@D)/make.log 2>&1 || { cat $(@D)/make.log; exit 1; }
	$(Q)cd $(@D) && $(CXX) $(RTL_CXXFLAGS) -I. -I$(CURDIR)/sim/core -I$(VROOT)/include -I$(VROOT)/include/vltstd \
	    -DRTL_MODEL=Vrtl '-DRTL_MODEL_H="Vrtl.h"' '-DRTL_PORTS_H="ports.h"' '-DRTL_ROOT_H="Vrtl___024root.h"' '-DRTL_MEMORIES_H="memories.h"' $(if $(RTL_TRACE_$*),-DRTL_TRACE) $(if $(COVERAGE),-DRTL_COVERAGE) \
	    -faligned-new -DVM_TRACE=$(if $(RTL_TRACE_$*),1,0) -c -o shim.o rtl_shim.cpp
	@cp $(@D)/Vrtl__ALL.a $@ && ar rs $@ $(@D)/shim.o $(@D)/verilated*.o 2>/dev/null
VFLAGS_gcm_core-decrypt := -GDECRYPT=1
# The virtual card takes the rounds of AES from tables (hw/aes/aes_sbox.vh)
VFLAGS_esp_engine       := -DAES_TABLES
VFLAGS_esp_engine-trace := -DAES_TABLES
RTL_LIBS := -lstdc++ -lm -lpthread -lz

.PHONY: lint
lint: ## lint every Verilog module alone, under Verilator and Icarus; the engine as the virtual card and with 16,384 SAs too
	$(Q)set -e; for f in $(wildcard hw/*/*.v); do m=$$(basename $$f .v); \
	    $(VERILATOR) --lint-only $(VFLAGS) --top-module $$m $$f; \
	    iverilog -g2005 -t null -Ihw/regs $(addprefix -I,$(HW_DIRS)) $(addprefix -y ,$(HW_DIRS)) -s $$m $$f; done; \
	    $(VERILATOR) --lint-only $(VFLAGS) $(VFLAGS_esp_engine) -GSLOT_W=14 --top-module esp_engine hw/top/esp_engine.v; \
	    echo 'lint: ok'

.PHONY: regs regs-check
REGS_PY := $(B)/venv/bin/python
$(REGS_PY): hw/regs/requirements.txt
	@python3 -m venv $(B)/venv && $(B)/venv/bin/pip install -q --disable-pip-version-check -r $<
	@touch $@
regs: $(REGS_PY) ## make the products of the register map anew
	$(Q)$(REGS_PY) hw/regs/gen.py
regs-check: $(REGS_PY) ## check that they are in step with their source
	$(Q)$(REGS_PY) hw/regs/gen.py --check

# Each part is mapped alone and the rest of the engine around them (hw/synth/synth.py). One part:
# make synth SYNTH_TOP=gcm_core SYNTH_PARTS=
SYNTH_TOP   := esp_engine
SYNTH_PARTS := gf128_sums gf128_dot aes_round aes_round_shared aes_pipe gcm_core in_engine out_engine csr sa_in_table sa_out_table gcm_derive policy_tile \
               policy_match policy_exact policy_table neigh_table nexthop_table engine_side
.PHONY: synth
synth: ## map the engine to UltraScale+ with Yosys: LUT, FF, memories, levels (build/synth.json)
	$(Q)sh tests/lib/packages.sh synthesise
	$(Q)python3 hw/synth/synth.py $(B)/synth $(B)/synth.json $(SYNTH_TOP) $(SYNTH_PARTS)

# The proofs (docs/proofs.md). Some of them: make formal FORMAL="axis_fifo in_replay"
.PHONY: formal formal-quick formal-mutants
formal: ## prove the table of hw/formal/proofs.py with Yosys and z3
	$(Q)sh tests/lib/packages.sh synthesise
	$(Q)python3 -B hw/formal/prove.py $(B)/formal $(FORMAL)
formal-quick: ## the proofs and planted bugs that take seconds
	$(Q)sh tests/lib/packages.sh synthesise
	$(Q)python3 -B hw/formal/prove.py $(B)/formal --quick $(FORMAL)
	$(Q)python3 -B hw/formal/prove.py $(B)/formal --quick --mutants $(FORMAL)
formal-mutants: ## plant bugs, each of which a proof must catch
	$(Q)sh tests/lib/packages.sh synthesise
	$(Q)python3 -B hw/formal/prove.py $(B)/formal --mutants $(FORMAL)
