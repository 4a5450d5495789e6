# SPDX-License-Identifier: Apache-2.0
# Tests. A test stands at the path of what it tests and is a cmocka program.
#
#   tests/hw/DIR/test_MODULE.c      runs against the verilated hw/DIR/MODULE.v
#   tests/{driver,ctrl,sim}/...     run under ASan and UBSan with the san/ objects of what they test

# RTL tests: test_MODULE[-VARIANT].c; common helpers in tests/lib and the ESP model in sim/model.
# A variant without flags of its own is another test of the same model.
RTL_TESTS := $(patsubst %.c,$(B)/%,$(wildcard tests/hw/*/test_*.c))
# parameters of the tests' models: an SA whose sequence numbers end within a test
VFLAGS_out_engine   := -GSEQ_LAST=64\'d3000
VFLAGS_out_sequence := -GSEQ_LAST=64\'d3000
# a page that does not have everything, so that it refuses
VFLAGS_csr          := -GCAP_ALG=32\'d3 -GCAP_MODE=32\'h9ed
# and one that does
VFLAGS_csr-full     := -GCAP_ALG=32\'d15 -GCAP_MODE=32\'h1fff
# wrong tags are told of within a test too
VFLAGS_in_replay    := -GQUIET=8
# and SAs with extended numbers that begin below 2^64, and below 2^32
VFLAGS_out_sequence-esn := -GSEQ_START=64\'hfffffffffffff447
VFLAGS_out_engine-esn   := -GSEQ_START=64\'hffffffc0
# AES as the virtual card has it
VFLAGS_aes_pipe-tables := -DAES_TABLES
RTL_TEST_OBJS := $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/lib/*.c sim/model/*.c sim/core/*.c))

rtl_of_test = $(if $(VFLAGS_$(1))$(RTL_TRACE_$(1)),$(1),$(call rtl_module,$(1)))
.SECONDEXPANSION:
$(RTL_TESTS): $(B)/tests/hw/%: $(B)/obj/tests/hw/%.o $(RTL_TEST_OBJS) $(B)/rtl/$$(call rtl_of_test,$$(subst test_,,$$(notdir $$*)))/librtl.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -o $@ $^ -lcmocka -lcrypto $(RTL_LIBS)

# Unit tests: tests/{driver,ctrl,sim}/.../test_X.c. A part says in its .mk what its tests link with:
#   UNIT_SRC_<part>   C files of the product (an archive: a test takes what it needs)
#   UNIT_LIBS_<part>  libraries
#   UNIT_LD_test_X    flags of one test (-Wl,--wrap=malloc)
# Other C files below tests/<part>/ are helpers of that part's tests.
UNIT_PARTS := driver ctrl sim
UNIT_C     := $(shell find $(addprefix tests/,$(UNIT_PARTS)) -name '*.c' 2>/dev/null | sort)
UNIT_TESTS := $(patsubst %.c,$(B)/%,$(filter $(addsuffix /test_%,$(sort $(patsubst %/,%,$(dir $(UNIT_C))))),$(UNIT_C)))

define unit_archive
$(B)/san/unit_$(1).a: $$(patsubst %.c,$(B)/san/%.o,$$(UNIT_SRC_$(1)) \
    $$(filter tests/$(1)/%,$$(filter-out $$(UNIT_TESTS:$(B)/%=%.c),$$(UNIT_C))))
	@mkdir -p $$(@D) && rm -f $$@
	$$(Q)ar rcs $$@ $$^
endef
$(foreach p,$(UNIT_PARTS),$(eval $(call unit_archive,$(p))))

$(UNIT_TESTS): $(B)/tests/%: $(B)/san/tests/%.o $(B)/san/unit_$$(firstword $$(subst /, ,$$*)).a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN) $(UNIT_LD_$(notdir $*)) -o $@ $^ -lcmocka $(UNIT_LIBS_$(firstword $(subst /, ,$*)))

# What espalierd and strongSwan do together, one after the other
STRONGSWAN_SCRIPTS = tests/interop/ikeauth.sh tests/interop/ikeproto.sh

# Everything that runs as a test: programs, and scripts of tests/interop that exit 0
TESTS   = $(RTL_TESTS) $(UNIT_TESTS) $(B)/tests/soak/soak $(FUZZ_REPLAYS)
SCRIPTS = tests/driver/completion.sh tests/hw/board.sh tests/hw/lint.sh tests/hw/formal.sh tests/hw/regs.sh \
          tests/interop/demo.sh tests/interop/swanctl.sh $(STRONGSWAN_SCRIPTS) tests/interop/ikelink.sh \
          tests/interop/ikemany.sh tests/interop/nhrp.sh \
          tests/interop/xfrm.sh tests/interop/pci.sh tests/interop/xrt.sh \
          tests/hil/virtual.sh tests/hil/taps.sh

.PHONY: test test-programs demo packages
packages: ## install the Debian packages that are missing
	$(Q)tests/lib/packages.sh build test demonstrate kernel XRT

test: packages ## install what is missing, build, run all tests
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) all test-programs
	$(Q)tests/lib/run.sh $(TESTS) $(SCRIPTS)
test-programs: $(TESTS) $(B)/interop/sockets $(B)/interop/edu

demo: ## install what is missing, build, and show a tunnel to strongSwan
	$(Q)tests/lib/packages.sh build demonstrate
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) all
	$(Q)python3 -B tests/interop/demo.py

# The program of the Linux guest (tests/interop/kernel.py): its initramfs has no C library
$(B)/interop/sockets: tests/interop/guest/sockets.c
	$(call say,CC guest,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 $(CPPFLAGS) -O2 $(WARN) -static -s -o $@ $<

.PHONY: interop
interop: interop-strongswan interop-xfrm interop-pci interop-xrt ## all of the following

.PHONY: interop-strongswan
interop-strongswan: ## install what is missing, build, and let espalierd meet strongSwan in every way
	$(Q)tests/lib/packages.sh build test demonstrate
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) $(B)/espsim $(B)/espctl $(B)/espalierd
	$(Q)set -e; for s in $(STRONGSWAN_SCRIPTS); do $$s; done
	$(Q)set -e; for s in ikelink ikemany; do python3 -B tests/interop/$$s.py --whole; done
	$(Q)tests/interop/nhrp.sh || test $$? = 77

.PHONY: interop-xfrm
interop-xfrm: ## install what is missing, build, and let the card meet the Linux kernel's XFRM
	$(Q)tests/lib/packages.sh build kernel
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) $(B)/espsim $(B)/espctl $(B)/interop/sockets
	$(Q)python3 -B tests/interop/xfrm.py

# Another, for the machine with a card on its PCI bus (tests/interop/pci.py)
$(B)/interop/edu: $(B)/obj/tests/interop/guest/edu.o $(B)/libespalier.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -pie -o $@ $^ $(DRIVER_LIBS)

.PHONY: interop-pci
interop-pci: ## install what is missing, build, and drive cards on a virtual machine's PCI bus
	$(Q)tests/lib/packages.sh build test kernel
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) $(B)/espsim $(B)/espctl $(B)/espalierd $(B)/interop/edu
	$(Q)python3 -B tests/interop/pci.py

.PHONY: interop-xrt
interop-xrt: ## install what is missing, build, and drive the card through XRT's hardware emulation
	$(Q)tests/lib/packages.sh build test demonstrate XRT
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) $(B)/espsim $(B)/espctl $(B)/espalierd
	$(Q)python3 -B tests/interop/xrt.py

.PHONY: hil
hil: ## the datapath's scenarios on a card: make hil CARD=pci:0000:65:00.0 PLAIN=eth0 CIPHER=eth1 [HOST0= HOST1=]
	$(if $(and $(CARD),$(PLAIN),$(CIPHER)),,$(error make hil CARD=pci:0000:65:00.0 PLAIN=eth0 CIPHER=eth1 [HOST0= HOST1=]))
	$(Q)tests/lib/packages.sh build test
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) $(B)/espctl
	$(Q)python3 -B tests/hil/hil.py --card '$(CARD)' --plain '$(PLAIN)' --cipher '$(CIPHER)' \
	    $(if $(HOST0),--host0 '$(HOST0)') $(if $(HOST1),--host1 '$(HOST1)') --packets 100000 --seconds 600

# A program on each bus, and what it says: tests/bench/bus
$(B)/bench/bus_speed: $(B)/obj/tests/bench/bus/bus_speed.o $(B)/libespalier.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -pie -o $@ $^ $(DRIVER_LIBS)
.PHONY: bench-bus
bench-bus: $(B)/espsim $(B)/espctl $(B)/bench/bus_speed ## register round trips and SAs a second on every bus (build/bench/bus.json)
	$(Q)python3 -B tests/bench/bus/buses.py

.PHONY: bench
bench: all $(B)/bench/hw $(IKE_BENCH) ## cycles, beats, simulation speed, tunnels; writes build/bench/bench.json, *-short.json
	$(Q)tests/lib/packages.sh build demonstrate
	$(Q)python3 -B tests/bench/bench.py
	$(Q)$(B)/bench/hw --short $(B)/bench/hw-short.json
	$(Q)python3 -B tests/bench/ike.py --short

# Programs on the whole engine, set up by libespalier: what tests/play has for tests/bench and tests/soak
PLAY_OBJS := $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/play/*.c) $(DRIVER_SRC)) $(RTL_TEST_OBJS) \
             $(B)/rtl/esp_engine/librtl.a
PLAY_LIBS := -lcmocka -ljansson -lcrypto $(DRIVER_LIBS) $(RTL_LIBS)
$(B)/bench/hw: $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/bench/*.c)) $(PLAY_OBJS)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(PLAY_LIBS)

$(B)/tests/soak/soak: $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/soak/*.c)) $(PLAY_OBJS)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(PLAY_LIBS)

PACKETS ?= 1000000
SEED    ?= $(shell date +%s)
.PHONY: soak
soak: $(B)/tests/soak/soak ## random traffic, faults and changes through the engine: make soak PACKETS=n SEED=n
	$(Q)$(B)/tests/soak/soak --packets $(PACKETS) --seed $(SEED)

# Lines of the RTL that run in the soak and in the tests of modules: a build of its own, for counting costs time.
# Some of it: make coverage COVERAGE_OF="tests/soak/soak tests/hw/csr/test_csr"
COVERAGE_OF ?= tests/soak/soak $(patsubst %.c,%,$(wildcard tests/hw/*/test_*.c))
.PHONY: coverage
coverage: ## count the lines of the RTL that tests reach (build/coverage, docs/coverage.md)
	$(Q)$(MAKE) --no-print-directory B=$(B)/coverage COVERAGE=1 $(COVERAGE_OF:%=$(B)/coverage/%)
	@rm -rf $(B)/coverage/counts && mkdir -p $(B)/coverage/counts
	$(Q)set -e; for t in $(COVERAGE_OF); do echo "  RUN      $$t"; \
	    RTL_COVERAGE=$(B)/coverage/counts $(B)/coverage/$$t > $(B)/coverage/run.log 2>&1 || { cat $(B)/coverage/run.log; exit 1; }; done
	$(Q)python3 -B tests/coverage/report.py $(B)/coverage/counts $(B)/coverage

.PHONY: bench-hw
bench-hw: $(B)/bench/hw ## every length, mode and number of SAs through the engine (build/bench/hw.json)
	$(Q)$(B)/bench/hw $(BENCH_HW) $(B)/bench/hw.json

.PHONY: unit
unit: $(UNIT_TESTS) ## run the unit tests of driver, ctrl and sim
	$(Q)set -e; for t in $^; do echo "== $$t"; $$t; done
