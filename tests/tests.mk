# SPDX-License-Identifier: Apache-2.0
# Tests. A test stands at the path of what it tests and is a cmocka program.
#
#   tests/hw/DIR/test_MODULE.c      runs against the verilated hw/DIR/MODULE.v
#   tests/{driver,ctrl,sim}/...     run under ASan and UBSan with the san/ objects of what they test

# RTL tests: test_MODULE[-VARIANT].c; common helpers in tests/lib and the ESP model in sim/model.
RTL_TESTS := $(patsubst %.c,$(B)/%,$(wildcard tests/hw/*/test_*.c))
RTL_TEST_OBJS := $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/lib/*.c sim/model/*.c))

.SECONDEXPANSION:
$(RTL_TESTS): $(B)/tests/hw/%: $(B)/obj/tests/hw/%.o $(RTL_TEST_OBJS) $(B)/rtl/$$(subst test_,,$$(notdir $$*))/librtl.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -o $@ $^ -lcmocka -lcrypto $(RTL_LIBS)
