/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The accessor (see mapped.h). Every access is one 32-bit load or store in the order of the calls:
 * no compiler may join, split or move it (volatile), and no processor may let it pass another (the
 * fences; PCIe keeps the order of writes, and lets no read pass them). Burst instructions are not
 * used: an AXI4-Lite register page takes words.
 */
#include "driver/bus/mapped.h"
#include "driver/handle.h"
#include "driver/regs.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct espl_bus *espl_mapped_new(void)
{
    struct espl_bus *bus = calloc(1, sizeof *bus);
    if (!bus)
        return NULL;
    bus->interrupt = -1;
    bus->lock.fd = -1;
    for (size_t i = 0; i < ESPL_MAPPED_FDS; i++)
        bus->fds[i] = -1;
    return bus;
}

bool espl_mapped_map(struct espl_bus *bus, int fd, uint64_t at, uint32_t offset)
{
    size_t unit = (size_t)sysconf(_SC_PAGESIZE), skip = offset % unit;
    size_t len = (skip + ESPL_PAGE_BYTES + unit - 1) / unit * unit;
    void *map = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
                     (off_t)(at + offset - skip)); /* only the page: a shell's other registers act
                                                      when read */
    if (map == MAP_FAILED)
        return false;
    bus->map = map;
    bus->map_len = len;
    bus->page = (volatile uint32_t *)((char *)map + skip);
    return true;
}

void espl_mapped_close(struct espl_bus *bus)
{
    if (!bus)
        return;
    if (bus->map)
        munmap(bus->map, bus->map_len);
    espl_lock_close(&bus->lock);
    for (size_t i = ESPL_MAPPED_FDS; i-- > 0;)
        if (bus->fds[i] >= 0)
            close(bus->fds[i]);
    free(bus);
}

enum espl_err espl_mapped_rd32(struct espl_bus *bus, uint32_t off, uint32_t *value)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST); /* behind every write before it */
    *value = bus->page[off / 4];
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return ESPL_OK;
}

enum espl_err espl_mapped_wr32(struct espl_bus *bus, uint32_t off, uint32_t value)
{
    __atomic_thread_fence(__ATOMIC_RELEASE);
    bus->page[off / 4] = value;
    return ESPL_OK;
}

enum espl_err espl_mapped_read(struct espl_bus *bus, uint32_t off, uint32_t *words, size_t count)
{
    enum espl_err err = ESPL_OK;
    for (size_t i = 0; i < count && !err; i++)
        err = espl_mapped_rd32(bus, off + 4 * (uint32_t)i, &words[i]);
    return err;
}

enum espl_err espl_mapped_write(struct espl_bus *bus, uint32_t off, const uint32_t *words,
                                size_t count)
{
    enum espl_err err = ESPL_OK;
    for (size_t i = 0; i < count && !err; i++)
        err = espl_mapped_wr32(bus, off + 4 * (uint32_t)i, words[i]);
    return err;
}

int espl_mapped_fd(struct espl_bus *bus)
{
    return bus->interrupt;
}

/* A device without an interrupt is looked at in its place. */
enum espl_err espl_mapped_wait(struct espl_bus *bus, uint64_t deadline)
{
    uint64_t count, now = espl_now_ms(), left = deadline > now ? deadline - now : 0;
    if (bus->interrupt < 0 && left > ESPL_LOOK_MS)
        left = ESPL_LOOK_MS;
    struct pollfd fd = {.fd = bus->interrupt, .events = POLLIN};
    int n = poll(&fd, 1, left < INT_MAX ? (int)left : INT_MAX);
    if (n > 0 && read(bus->interrupt, &count, sizeof count) < 0 && errno != EAGAIN)
        return ESPL_ERR_DEAD;
    return n > 0 || (bus->interrupt < 0 && left) ? ESPL_OK : ESPL_ERR_TIMEOUT;
}

enum espl_err espl_mapped_lock(struct espl_bus *bus)
{
    return bus->lock.fd < 0 ? ESPL_OK : espl_lock_take(&bus->lock);
}

void espl_mapped_unlock(struct espl_bus *bus)
{
    if (bus->lock.fd >= 0)
        espl_lock_give(&bus->lock);
}

void espl_mapped_holder(struct espl_bus *bus, char *text, size_t len)
{
    espl_lock_holder(&bus->lock, text, len);
}
