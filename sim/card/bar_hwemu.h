/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The card's BAR for XRT's hardware emulation: the process that XRT would start as the simulation
 * of an xclbin, at the other end of libxrt_hwemu's socket. The engine's page is the one kernel's
 * registers; its base address in the xclbin is a multiple of 64 KiB.
 */
#ifndef SIM_CARD_BAR_HWEMU_H
#define SIM_CARD_BAR_HWEMU_H

#include "sim/card/bar_server.h"

#define BAR_HWEMU_FDS 2u
#define BAR_HWEMU_MESSAGE 65536u /* longest that is taken, bytes */

struct bar_hwemu {
    int listener, client; /* -1: none */
    char path[108];
    const struct bar_ops *ops;
    void *user;
    size_t have; /* bytes of the next message */
    uint8_t in[BAR_HWEMU_MESSAGE];
};

/* Listens at `path`, or where XRT looks: /tmp/$USER/$EMULATION_SOCKETID, by default xcl_sock, when
 * it is empty. False with a sentence. */
bool bar_hwemu_open(struct bar_hwemu *h, const char *path, const struct bar_ops *ops, void *user,
                    char *why, size_t why_len);
void bar_hwemu_close(struct bar_hwemu *h);
size_t bar_hwemu_fds(const struct bar_hwemu *h, struct pollfd fds[BAR_HWEMU_FDS]);
/* After poll() on those. False: the card has failed. */
bool bar_hwemu_serve(struct bar_hwemu *h, const struct pollfd *fds, size_t n);

#endif
