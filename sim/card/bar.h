/* SPDX-License-Identifier: Apache-2.0 */
/* All the ways into the card's register page from outside, as `espsim run` is told: --socket and
 * --bar. */
#ifndef SIM_CARD_BAR_H
#define SIM_CARD_BAR_H

#include "sim/card/bar_hwemu.h"
#include "sim/card/bar_server.h"
#include "sim/card/bar_shm.h"

struct bar_specs {
    const char *socket; /* path of the SEQPACKET socket, or NULL */
    const char *shm;    /* file, or NULL */
    const char *hwemu; /* XRT's hardware emulation: path of its socket, "" the usual one; or NULL */
};

struct bar {
    struct bar_server server;
    struct bar_shm shm;
    struct bar_hwemu hwemu;
    bool has_server, has_shm, has_hwemu;
};
#define BAR_ALL_FDS (BAR_FDS + BAR_HWEMU_FDS)

/* "shm:FILE" or "xrt-hwemu[:PATH]" into the specification. False: not understood. */
bool bar_spec_parse(struct bar_specs *specs, const char *text);
bool bar_open(struct bar *bar, const struct bar_specs *specs, const struct bar_ops *ops, void *user,
              char *why, size_t why_len);
void bar_close(struct bar *bar);

size_t bar_fds(const struct bar *bar, struct pollfd fds[BAR_ALL_FDS]);
/* After poll() on those. moved: the card has done something since the last call. False: the card
 * has failed. */
bool bar_serve(struct bar *bar, const struct pollfd *fds, size_t n, bool moved);
void bar_irq(struct bar *bar, bool level);
/* Nanoseconds until the next call should come without an event; UINT64_MAX: any time. */
uint64_t bar_patience(const struct bar *bar);

#endif
