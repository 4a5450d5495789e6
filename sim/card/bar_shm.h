/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The card's BAR as a page of shared memory: driver/bus/shm.c maps it, and so does a virtual
 * machine, to which it is a PCI device's BAR (QEMU's ivshmem-plain). No read of the page has a side
 * effect and only few registers act when written, so it is enough to look at those now and then,
 * and to keep the rest as the card has it.
 */
#ifndef SIM_CARD_BAR_SHM_H
#define SIM_CARD_BAR_SHM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/regs.h"
#include "sim/card/bar_server.h"

#define BAR_SHM_SHARED 3 /* registers that both ends write */

struct bar_shm {
    int fd; /* -1: none */
    char path[256];
    volatile uint32_t *page; /* owned mapping */
    const struct bar_ops *ops;
    void *user;
    uint32_t doorbell;               /* as last seen */
    uint32_t shared[BAR_SHM_SHARED]; /* as both ends had them last */
    bool stale;                      /* the card did something since the last refresh */
    bool busy;                       /* an operation was rung and has not ended */
    bool resetting;                  /* CONTROL.reset was written and its sweep has not ended */
    uint64_t acted, refreshed;       /* ns: when the host last did something; the last refresh */
};

/* Makes the file, for its owner alone, or takes one that no other server has. False with a
 * sentence. */
bool bar_shm_open(struct bar_shm *s, const char *path, const struct bar_ops *ops, void *user,
                  char *why, size_t why_len);
/* The page reads as all ones from here on, as PCIe does where nobody is; the file's name goes. */
void bar_shm_close(struct bar_shm *s);

/* Carries out what the host has written. `moved`: the card did something since the last call, so
 * its counters are read anew, some time soon. False: the card has failed. */
bool bar_shm_serve(struct bar_shm *s, bool moved);
/* Nanoseconds until the next call should come. */
uint64_t bar_shm_patience(const struct bar_shm *s);

#endif
