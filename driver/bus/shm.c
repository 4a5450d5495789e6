/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A register page in a file of shared memory, served by `espsim run --bar shm:FILE`: what a guest
 * sees as a PCI BAR, from the outside. There is no interrupt, and a server that was killed is
 * noticed only by the mailbox's deadline; one that ends leaves all ones, as PCIe reads where nobody
 * is.
 */
#include "driver/bus/mapped.h"
#include "driver/bus/uri.h"
#include "driver/regs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static enum espl_err check_file(int fd, char *why, size_t why_len)
{
    struct stat st;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        (void)snprintf(why, why_len, "not a file of shared memory");
        return ESPL_ERR_OPEN;
    }
    if (st.st_size < ESPL_PAGE_BYTES) {
        (void)snprintf(why, why_len, "%lld bytes, fewer than the register page's %u",
                       (long long)st.st_size, ESPL_PAGE_BYTES);
        return ESPL_ERR_NOT_CARD;
    }
    return ESPL_OK;
}

static enum espl_err shm_open_page(const char *rest, struct espl_bus **out, char *why,
                                   size_t why_len)
{
    char path[ESPL_URI_TEXT];
    if (!espl_uri_split(rest, path, NULL, 0, why, why_len))
        return ESPL_ERR_URI;
    struct espl_bus *bus = espl_mapped_new();
    enum espl_err err = ESPL_OK;
    if (!bus) {
        (void)snprintf(why, why_len, "out of memory");
        return ESPL_ERR_NO_MEMORY;
    }
    bus->lock.fd = open(path, O_RDWR | O_CLOEXEC);
    if (bus->lock.fd < 0) {
        (void)snprintf(why, why_len, "%s", strerror(errno));
        err = ESPL_ERR_OPEN;
    }
    if (!err)
        err = check_file(bus->lock.fd, why, why_len);
    if (!err && !espl_mapped_map(bus, bus->lock.fd, 0, 0)) {
        (void)snprintf(why, why_len, "it cannot be mapped: %s", strerror(errno));
        err = ESPL_ERR_OPEN;
    }
    if (err) {
        espl_mapped_close(bus);
        return err;
    }
    *out = bus;
    return ESPL_OK;
}

const struct espl_bus_ops espl_bus_shm = {
    .scheme = "shm",
    .mailbox_ms = ESPL_MAILBOX_SIMULATED_MS,
    .open = shm_open_page,
    ESPL_MAPPED_OPS,
};
