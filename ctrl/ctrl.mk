# SPDX-License-Identifier: Apache-2.0
# The IKEv2 daemon espalierd. Everything in ctrl/ but the program itself (ctrl/daemon) is in CTRL_OBJS;
# tests link the same sources from build/san.

CTRL_SRC  := $(filter-out ctrl/daemon/%,$(wildcard ctrl/*/*.c))
CTRL_OBJS := $(patsubst %.c,$(B)/obj/%.o,$(CTRL_SRC))
CTRL_LIBS := -lcrypto
UNIT_SRC_ctrl  = $(CTRL_SRC)
UNIT_LIBS_ctrl = $(CTRL_LIBS)
