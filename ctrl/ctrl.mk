# SPDX-License-Identifier: Apache-2.0
# The IKEv2 daemon espalierd. Everything in ctrl/ but the program itself (ctrl/daemon) is in CTRL_OBJS;
# tests link the same sources from build/san.

CTRL_SRC  := $(filter-out ctrl/daemon/%,$(wildcard ctrl/*/*.c))
CTRL_OBJS := $(patsubst %.c,$(B)/obj/%.o,$(CTRL_SRC))
# IKE alone, without what opens sockets, files or the card: what its tests link
IKE_SRC   := $(wildcard ctrl/wire/*.c ctrl/crypto/*.c ctrl/sa/*.c ctrl/exchange/*.c)
CTRL_LIBS := -lcrypto
