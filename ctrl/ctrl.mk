# SPDX-License-Identifier: Apache-2.0
# The IKEv2 daemon espalierd. Everything in ctrl/ but its main.c is in CTRL_OBJS; tests link the same
# sources, and the driver's, from build/san.

CTRL_SRC  := $(filter-out ctrl/daemon/main.c,$(wildcard ctrl/*/*.c))
CTRL_OBJS := $(patsubst %.c,$(B)/obj/%.o,$(CTRL_SRC))
CTRL_LIBS := -lcrypto -luv -lmnl -ljansson -lcap-ng -lseccomp $(DRIVER_LIBS)
UNIT_SRC_ctrl  = $(CTRL_SRC) $(DRIVER_SRC)
UNIT_LIBS_ctrl = $(CTRL_LIBS)
UNIT_LD_test_config_memory = -Wl,--wrap=malloc,--wrap=calloc,--wrap=strdup
UNIT_LD_test_ike_faults = -Wl,--wrap=malloc,--wrap=calloc,--wrap=random_bytes
UNIT_LD_test_reconfigure = -Wl,--wrap=malloc,--wrap=calloc
UNIT_LD_test_vici_memory = -Wl,--wrap=malloc,--wrap=calloc,--wrap=strdup

ALL += $(B)/espalierd

# Linked with the archive of the driver, so that the program runs where it was built.
$(B)/espalierd: $(B)/obj/ctrl/daemon/main.o $(CTRL_OBJS) $(B)/libespalier.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -pie -o $@ $^ $(CTRL_LIBS)

# IKE alone, with a data plane that costs nothing, and who disturbs it, for tests/bench/ike.py
IKE_BENCH := $(addprefix $(B)/bench/ike-,peer flood)
$(IKE_BENCH): $(B)/bench/ike-%: $(B)/obj/tests/bench/ike/%.o $(CTRL_OBJS) $(B)/libespalier.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -pie -o $@ $^ $(CTRL_LIBS)

.PHONY: bench-ike
bench-ike: $(IKE_BENCH) $(B)/espalierd $(B)/espsim ## tunnels per second, espalierd and charon side by side; writes build/bench/ike.json
	$(Q)tests/lib/packages.sh build demonstrate
	$(Q)python3 -B tests/bench/ike.py

INSTALL += install-espalierd
.PHONY: install-espalierd
install-espalierd: $(B)/espalierd
	$(call install_program,$<,sbin)
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's|@PREFIX@|$(PREFIX)|' ctrl/daemon/espalierd.service > \
	    $(DESTDIR)$(PREFIX)/lib/systemd/system/espalierd.service
	chmod 644 $(DESTDIR)$(PREFIX)/lib/systemd/system/espalierd.service
	install -d $(DESTDIR)$(PREFIX)/lib/sysusers.d
	install -m 644 ctrl/daemon/espalierd.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/espalierd.conf
