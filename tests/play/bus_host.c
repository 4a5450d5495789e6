/* SPDX-License-Identifier: Apache-2.0 */
/* The driver's bus to an engine on a bench (see bus_host.h). */
#include "tests/play/bus_host.h"

#include <stdlib.h>

struct espl_bus {
    struct host *host;
};

uint64_t bus_host_writes;

struct espl_bus *bus_host_new(struct host *host)
{
    struct espl_bus *bus = malloc(sizeof *bus);
    if (bus)
        bus->host = host;
    return bus;
}

static void close_bus(struct espl_bus *bus)
{
    free(bus);
}

/*
 * The driver waits for the mailbox, and for the end of a reset, by reading until its deadline. That
 * is one of wall-clock time, of which a busy machine may need a lot for the card's few thousand
 * cycles: so the card's time passes before such a read, until there is an answer.
 */
#define STEP 64u   /* cycles */
#define MOST 4096u /* steps; what takes longer the driver shall find out */

static void wait_for(struct espl_bus *bus, uint32_t mask, uint32_t value)
{
    for (unsigned i = 0; i < MOST; i++) {
        host_cycles(bus->host, STEP);
        if ((host_rd(bus->host, ESPL_REG_STATUS) & mask) == value)
            return;
    }
}

static enum espl_err read_words(struct espl_bus *bus, uint32_t off, uint32_t *words, size_t count)
{
    if (off == ESPL_REG_MBOX_DONE)
        wait_for(bus, ESPL_STATUS_BUSY_MASK, 0);
    if (off == ESPL_REG_STATUS)
        wait_for(bus, ESPL_STATUS_READY_MASK, ESPL_STATUS_READY_MASK);
    for (size_t i = 0; i < count; i++)
        words[i] = host_rd(bus->host, off + 4 * (uint32_t)i);
    return ESPL_OK;
}

static enum espl_err write_words(struct espl_bus *bus, uint32_t off, const uint32_t *words,
                                 size_t count)
{
    for (size_t i = 0; i < count; i++)
        host_wr(bus->host, off + 4 * (uint32_t)i, words[i]);
    bus_host_writes += count;
    return ESPL_OK;
}

static enum espl_err rd32(struct espl_bus *bus, uint32_t off, uint32_t *value)
{
    return read_words(bus, off, value, 1);
}

static enum espl_err wr32(struct espl_bus *bus, uint32_t off, uint32_t value)
{
    return write_words(bus, off, &value, 1);
}

static int no_fd(struct espl_bus *bus)
{
    (void)bus;
    return -1;
}

const struct espl_bus_ops bus_host = {
    .scheme = "host",
    .close = close_bus,
    .rd32 = rd32,
    .wr32 = wr32,
    .write = write_words,
    .read = read_words,
    .fd = no_fd,
};
