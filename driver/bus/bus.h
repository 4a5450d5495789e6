/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bus below the driver: how 32-bit registers of the card's page are reached. One table of
 * operations a bus; card.c picks one by the URI's scheme.
 */
#ifndef ESPALIER_BUS_H
#define ESPALIER_BUS_H

#include <stddef.h>
#include <stdint.h>

#include "driver/card.h"

struct espl_bus;

#define ESPL_MAILBOX_MS 1000u
#define ESPL_MAILBOX_SIMULATED_MS 10000u

struct espl_bus_ops {
    const char *scheme; /* "sim" */
    /* How long an operation of the mailbox may take; 0: ESPL_MAILBOX_MS. A card is done within
     * microseconds; where its cycles are simulated, a busy machine needs longer for them. */
    unsigned mailbox_ms;
    /* rest: the URI after "scheme:". why: at least 256 bytes. */
    enum espl_err (*open)(const char *rest, struct espl_bus **bus, char *why, size_t why_len);
    void (*close)(struct espl_bus *bus);
    /* off: byte offset in the page, a multiple of 4. Accesses reach the card in the order of the
     * calls; a write may be posted, a read completes after every write before it. Failure: DEAD or
     * TIMEOUT. */
    enum espl_err (*rd32)(struct espl_bus *bus, uint32_t off, uint32_t *value);
    enum espl_err (*wr32)(struct espl_bus *bus, uint32_t off, uint32_t value);
    enum espl_err (*write)(struct espl_bus *bus, uint32_t off, const uint32_t *words, size_t count);
    enum espl_err (*read)(struct espl_bus *bus, uint32_t off, uint32_t *words, size_t count);
    int (*fd)(struct espl_bus *bus); /* hangs up when the card is gone, or -1 */
    /* Until the interrupt line may have risen since the last call, or `deadline` (espl_now_ms).
     * OK: look; TIMEOUT; DEAD. NULL: this bus tells of no interrupts. */
    enum espl_err (*wait)(struct espl_bus *bus, uint64_t deadline);
    /* Keep other programs off the card's mailbox for one call of the library; ends with the process
     * at the latest. Failure: TIMEOUT or DEAD. NULL: nobody else can reach this card. */
    enum espl_err (*lock)(struct espl_bus *bus);
    void (*unlock)(struct espl_bus *bus);
    /* Who holds the lock, "espalierd (process 1234)"; empty: it can't be told. NULL with lock. */
    void (*holder)(struct espl_bus *bus, char *text, size_t len);
    /* Calls `each` for every card that the machine has on this bus, until it returns false. NULL: a
     * bus whose cards can't be found. */
    enum espl_err (*list)(espl_place_fn each, void *user);
};

/* How a card's URI may look, for messages */
#define ESPL_URI_FORMS                                                                             \
    "pci:0000:65:00.0, xrt:0?xclbin=FILE, shm:/path/to/file, sim:/path/to/socket"

extern const struct espl_bus_ops espl_bus_sim, espl_bus_shm, espl_bus_pci, espl_bus_xrt;

/* Opens a card behind a bus that the caller made: the virtual card in one process, or a test's bus.
 * The card owns `bus` from here on, also on failure. */
ESPL_MUST enum espl_err espl_card_open_bus(const struct espl_bus_ops *ops, struct espl_bus *bus,
                                           struct espl_card **card, char *why, size_t why_len);

#endif
