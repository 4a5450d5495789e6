# SPDX-License-Identifier: Apache-2.0
# Fuzzers: fuzz_NAME.c is one under libFuzzer (clang), and with replay.c a test of its corpus (gcc).
#
#   make fuzz                       every target for SECONDS each; finds go to build/fuzz/corpus/NAME
#   make fuzz FUZZ=payload SECONDS=3600
#   make fuzz-corpus                what is new in them joins tests/fuzz/corpus, as few files as can be

FUZZ_ALL := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ     ?= $(FUZZ_ALL)
SECONDS  ?= 60
CLANG    ?= clang
FUZZ_SAN := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all

# What the targets stand on: the daemon, and its tests' network, harness and fakes
FUZZ_HELP := tests/ctrl/exchange/lab.c tests/ctrl/exchange/fakedp.c tests/ctrl/vici/harness.c
FUZZ_SRC   = $(CTRL_SRC) $(DRIVER_SRC) $(FUZZ_HELP)

FUZZ_REPLAYS := $(FUZZ_ALL:%=$(B)/tests/fuzz/fuzz_%)
$(FUZZ_REPLAYS): $(B)/tests/fuzz/%: $(B)/san/tests/fuzz/%.o $(B)/san/tests/fuzz/replay.o $(B)/san/unit_ctrl.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN) -o $@ $^ -lcmocka $(UNIT_LIBS_ctrl)

$(B)/fuzz/obj/%.o: %.c
	$(call say,CC fuzz,$<)
	@mkdir -p $(@D)
	$(Q)$(CLANG) -std=c11 $(CPPFLAGS) -O1 -g $(FUZZ_SAN) -MMD -MP -c -o $@ $<

$(B)/fuzz/fuzz.a: $(patsubst %.c,$(B)/fuzz/obj/%.o,$(FUZZ_SRC))
	$(Q)rm -f $@ && ar rcs $@ $^

FUZZERS := $(FUZZ_ALL:%=$(B)/fuzz/fuzz_%)
$(FUZZERS): $(B)/fuzz/%: $(B)/fuzz/obj/tests/fuzz/%.o $(B)/fuzz/fuzz.a
	$(call say,LINK,$@)
	$(Q)$(CLANG) -fsanitize=fuzzer,address,undefined -o $@ $^ -lcmocka $(UNIT_LIBS_ctrl)

-include $(shell find $(B)/fuzz/obj -name '*.d' -type f 2>/dev/null)

.PHONY: fuzz fuzz-corpus
fuzz: ## fuzz FUZZ=NAME.. (default: all) for SECONDS each
	$(Q)tests/lib/packages.sh build fuzz
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) $(FUZZ:%=$(B)/fuzz/fuzz_%)
	$(Q)tests/fuzz/run.sh $(B)/fuzz $(SECONDS) $(FUZZ)

fuzz-corpus: ## merge what the fuzzers found into tests/fuzz/corpus
	$(Q)for t in $(FUZZ); do mkdir -p tests/fuzz/corpus/$$t; \
	    $(B)/fuzz/fuzz_$$t -merge=1 tests/fuzz/corpus/$$t $(B)/fuzz/corpus/$$t 2>/dev/null; \
	    echo "$$t: $$(ls tests/fuzz/corpus/$$t | wc -l) inputs"; done
