# SPDX-License-Identifier: Apache-2.0
# libespalier and espctl.

DRIVER_SRC := $(wildcard driver/*.c driver/bus/*.c)
ESPCTL_CMD := $(filter-out driver/espctl/main.c,$(wildcard driver/espctl/*.c))
ESPCTL_SRC := $(ESPCTL_CMD) driver/espctl/main.c
DRIVER_OBJS := $(DRIVER_SRC:%.c=$(B)/obj/%.o)
ESPCTL_OBJS := $(ESPCTL_SRC:%.c=$(B)/obj/%.o)
DRIVER_ABI := 0
DRIVER_LIBS := -lpci

ALL += $(B)/libespalier.so $(B)/libespalier.a $(B)/espctl

$(B)/libespalier.a: $(DRIVER_OBJS)
	$(call say,AR,$@)
	@rm -f $@
	$(Q)ar rcs $@ $^

$(B)/libespalier.so: $(DRIVER_OBJS) driver/libespalier.map
	$(call say,LINK,$@)
	$(Q)$(CC) -shared $(LDFLAGS) -Wl,-soname,libespalier.so.$(DRIVER_ABI) \
	    -Wl,--version-script=driver/libespalier.map -Wl,-z,defs -o $@ $(DRIVER_OBJS) $(DRIVER_LIBS)
	$(Q)ln -sf $(@F) $@.$(DRIVER_ABI)

# Linked with the archive, so that the program runs where it was built.
$(B)/espctl: $(ESPCTL_OBJS) $(B)/libespalier.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -pie -o $@ $^ -ljansson $(DRIVER_LIBS)

# What the tests in tests/driver link with
UNIT_SRC_driver  := $(DRIVER_SRC) $(ESPCTL_CMD) sim/card/bar_shm.c
UNIT_LIBS_driver := -ljansson -lpthread $(DRIVER_LIBS)
UNIT_LD_test_memory := -Wl,--wrap=malloc,--wrap=calloc
$(B)/tests/driver/test_virtual_card $(B)/tests/driver/test_virtual_events: | $(B)/espsim
# XRT's library as test_xrt has it
$(B)/tests/driver/bus/test_xrt: | $(B)/tests/driver/bus/xrt_shim.so
$(B)/tests/driver/bus/xrt_shim.so: $(B)/obj/tests/driver/bus/xrt_shim.o
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -shared -o $@ $<

INSTALL += install-driver
.PHONY: install-driver
install-driver: $(B)/libespalier.so $(B)/libespalier.a $(B)/espctl
	$(Q)install -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(PREFIX)/include/espalier \
	    $(DESTDIR)$(PREFIX)/share/man/man3
	$(Q)install -m 755 $(B)/libespalier.so $(DESTDIR)$(LIBDIR)/libespalier.so.$(VERSION)
	$(Q)ln -sf libespalier.so.$(VERSION) $(DESTDIR)$(LIBDIR)/libespalier.so.$(DRIVER_ABI)
	$(Q)ln -sf libespalier.so.$(DRIVER_ABI) $(DESTDIR)$(LIBDIR)/libespalier.so
	$(Q)install -m 644 $(B)/libespalier.a $(DESTDIR)$(LIBDIR)/
	$(Q)install -m 644 driver/card.h $(DESTDIR)$(PREFIX)/include/espalier/
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@VERSION@|$(VERSION)|' driver/espalier.pc.in \
	    > $(DESTDIR)$(LIBDIR)/pkgconfig/espalier.pc
	$(call install_program,$(B)/espctl,sbin)
	$(Q)install -D -m 644 driver/espctl/espctl.bash \
	    $(DESTDIR)$(PREFIX)/share/bash-completion/completions/espctl
	$(Q)install -m 644 docs/man/libespalier.3 $(DESTDIR)$(PREFIX)/share/man/man3/
