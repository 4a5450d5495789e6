# SPDX-License-Identifier: Apache-2.0
# Espalier: IPsec at 100G on an FPGA card. `make help` lists the targets; each folder's part of the
# build stands in its own .mk file.

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

B       := build
VERSION := 0.1.0

CC      ?= gcc
ifeq ($(origin CC),default)
CC      := gcc
endif
WARN    := -Wall -Wextra -Wshadow -Wconversion -Wvla -Wstrict-prototypes -Wmissing-prototypes -Werror
HARDEN  := -fPIC -fstack-protector-strong -D_FORTIFY_SOURCE=2
CPPFLAGS += -I. -D_GNU_SOURCE -DESPL_VERSION='"$(VERSION)"'
CFLAGS  ?= -O2 -g
LDFLAGS += -Wl,-z,relro,-z,now
SAN     := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

PREFIX  ?= /usr/local
LIBDIR  ?= $(PREFIX)/lib
# $(call install_program,FILE,sbin): a program and its man page
define install_program
install -d $(DESTDIR)$(PREFIX)/$(2) $(DESTDIR)$(PREFIX)/share/man/man8
install -m 755 $(1) $(DESTDIR)$(PREFIX)/$(2)/
install -m 644 docs/man/$(notdir $(1)).8 $(DESTDIR)$(PREFIX)/share/man/man8/
endef

# V=1 shows the commands
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(Q),@printf '  %-8s %s\n' '$(1)' '$(2)')

# build/obj/X.o is for the product, build/san/X.o the same file under ASan and UBSan, for tests
$(B)/obj/%.o: %.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 $(CPPFLAGS) $(CFLAGS) $(WARN) $(HARDEN) -MMD -MP -c -o $@ $<

$(B)/san/%.o: %.c
	$(call say,CC san,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 $(CPPFLAGS) -O1 -g $(WARN) $(SAN) -MMD -MP -c -o $@ $<

include hw/hw.mk
include driver/driver.mk
include sim/sim.mk
include ctrl/ctrl.mk
include tests/fuzz/fuzz.mk
include tests/tests.mk

.PHONY: all install help clean
all: $(ALL) ## build the programs and the library

install: $(INSTALL) ## install below $(DESTDIR)$(PREFIX)

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sort | \
	    awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

clean: ## remove what was built
	rm -rf $(B)

-include $(shell find $(B)/obj $(B)/san -name '*.d' -type f 2>/dev/null)
