/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A register page in this process's memory: a PCI BAR mapped through sysfs or VFIO, or shared
 * memory. One accessor for all of them, so what is tested over shared memory and in a guest is what
 * drives a card.
 */
#ifndef ESPALIER_MAPPED_H
#define ESPALIER_MAPPED_H

#include "driver/bus/bus.h"
#include "driver/bus/lock.h"

#define ESPL_MAPPED_FDS 4

struct espl_bus {
    volatile uint32_t *page; /* in `map`, at the URI's offset */
    void *map;               /* owned */
    size_t map_len;
    int interrupt;            /* eventfd, one of `fds`; -1: none */
    int fds[ESPL_MAPPED_FDS]; /* owned, closed from the last to the first; -1: none */
    struct espl_lock lock;    /* fd -1: nobody else can have the card */
};

/* An empty one; NULL: no memory. */
struct espl_bus *espl_mapped_new(void);
/* Maps the page that lies `offset` bytes into what `fd` maps from file offset `at`. The page and
 * what is mapped around it fit: the caller has checked. False: errno. */
bool espl_mapped_map(struct espl_bus *bus, int fd, uint64_t at, uint32_t offset);
void espl_mapped_close(struct espl_bus *bus); /* NULL is fine */

enum espl_err espl_mapped_rd32(struct espl_bus *bus, uint32_t off, uint32_t *value);
enum espl_err espl_mapped_wr32(struct espl_bus *bus, uint32_t off, uint32_t value);
enum espl_err espl_mapped_read(struct espl_bus *bus, uint32_t off, uint32_t *words, size_t count);
enum espl_err espl_mapped_write(struct espl_bus *bus, uint32_t off, const uint32_t *words,
                                size_t count);
int espl_mapped_fd(struct espl_bus *bus);
enum espl_err espl_mapped_wait(struct espl_bus *bus, uint64_t deadline);
enum espl_err espl_mapped_lock(struct espl_bus *bus);
void espl_mapped_unlock(struct espl_bus *bus);
void espl_mapped_holder(struct espl_bus *bus, char *text, size_t len);

/* The operations that every bus with a mapped page has, for its table */
#define ESPL_MAPPED_OPS                                                                            \
    .close = espl_mapped_close, .rd32 = espl_mapped_rd32, .wr32 = espl_mapped_wr32,                \
    .read = espl_mapped_read, .write = espl_mapped_write, .fd = espl_mapped_fd,                    \
    .wait = espl_mapped_wait, .lock = espl_mapped_lock, .unlock = espl_mapped_unlock,              \
    .holder = espl_mapped_holder

#endif
