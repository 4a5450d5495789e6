/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver's bus to a virtual card in the same process. The card's time passes in its register
 * accesses; between two of them it goes on for as long as it has work, as a real card would while
 * its host does something else. So the driver's polling ends after the same number of accesses
 * always, and a replay is the same every time.
 */
#include "sim/card/bus_local.h"

#include <stdlib.h>

#define WORK 64u /* cycles the card gets before a read */

struct espl_bus {
    struct sim_card *card;
};

struct espl_bus *sim_bus_local_new(struct sim_card *card)
{
    struct espl_bus *bus = malloc(sizeof *bus);
    if (bus)
        bus->card = card;
    return bus;
}

static void local_close(struct espl_bus *bus)
{
    free(bus);
}

static enum espl_err local_read(struct espl_bus *bus, uint32_t off, uint32_t *words, size_t count)
{
    (void)sim_card_step(bus->card, WORK);
    for (size_t i = 0; i < count; i++)
        if (!sim_card_read(bus->card, off + 4 * (uint32_t)i, &words[i]))
            return ESPL_ERR_DEAD;
    return ESPL_OK;
}

static enum espl_err local_write(struct espl_bus *bus, uint32_t off, const uint32_t *words,
                                 size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!sim_card_write(bus->card, off + 4 * (uint32_t)i, words[i]))
            return ESPL_ERR_DEAD;
    return ESPL_OK;
}

static enum espl_err local_rd32(struct espl_bus *bus, uint32_t off, uint32_t *value)
{
    return local_read(bus, off, value, 1);
}

static enum espl_err local_wr32(struct espl_bus *bus, uint32_t off, uint32_t value)
{
    return local_write(bus, off, &value, 1);
}

static int local_fd(struct espl_bus *bus)
{
    (void)bus;
    return -1;
}

const struct espl_bus_ops sim_bus_local = {
    .scheme = "local",
    .mailbox_ms = 6 * ESPL_MAILBOX_SIMULATED_MS, /* nobody else is there to be waited for */
    .close = local_close,
    .rd32 = local_rd32,
    .wr32 = local_wr32,
    .write = local_write,
    .read = local_read,
    .fd = local_fd,
};
