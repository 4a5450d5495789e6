/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A card in a PCI slot: which device, which of its BARs, where in it the register page is, and how
 * it is mapped. Everything that can be wrong is found here, before the first access, by looking at
 * what the kernel knows of the device; each has a sentence that says what to do.
 */
#include "driver/bus/mapped.h"
#include "driver/bus/pci_find.h"
#include "driver/bus/pci_ids.h"
#include "driver/bus/uri.h"
#include "driver/bus/vfio.h"
#include "driver/regs.h"

#include <errno.h>
#include <fcntl.h>
#include <pci/header.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BAR, OFFSET, ID, SYSFS, OPTIONS };

struct place { /* of the register page */
    struct espl_pci_device device;
    bool found;
    uint32_t bar, offset;
};

static bool look(void *user, const struct espl_pci_device *device)
{
    struct place *place = user;
    place->found = espl_pci_same(&place->device, device);
    if (place->found)
        place->device = *device;
    return !place->found;
}

/* Is the device there, does it answer, and is it one that may be a card? */
static enum espl_err identify(struct place *place, const struct espl_uri_option *options, char *why,
                              size_t why_len)
{
    char id[16];
    const struct espl_pci_device *device = &place->device;
    if (!place->found) {
        (void)snprintf(why, why_len,
                       "there is no such PCI device (lspci lists them; one that is "
                       "new needs a rescan of the bus, or a warm reboot)");
        return ESPL_ERR_OPEN;
    }
    if (device->vendor == UINT16_MAX) {
        (void)snprintf(why, why_len,
                       "the device does not answer: its configuration reads as all "
                       "ones (it fell off the bus, or needs a warm reboot)");
        return ESPL_ERR_DEAD;
    }
    (void)snprintf(id, sizeof id, "%04x:%04x", device->known_vendor, device->id);
    const struct espl_pci_id *known = espl_pci_known(device->known_vendor, device->id);
    bool given = options[ID].value[0] != '\0';
    if (given ? strcasecmp(options[ID].value, id) != 0 : !known) {
        (void)snprintf(why, why_len,
                       given ? "the device is %s, not %s"
                             : "%s is no card that this library knows (one that is a card all the "
                               "same: id=%s&bar=N)",
                       id, given ? options[ID].value : id);
        return ESPL_ERR_NOT_CARD;
    }
    if (!given && known->instead) {
        (void)snprintf(why, why_len, "%s is %s: %s", id, known->what, known->instead);
        return ESPL_ERR_NOT_CARD;
    }
    place->bar = known ? known->bar : 0;
    place->offset = known ? known->offset : 0;
    return ESPL_OK;
}

/* "0 of 65536, 2 of 4194304" */
static void list_bars(const struct espl_pci_device *device, char *text, size_t len)
{
    text[0] = '\0';
    for (unsigned i = 0; i < ESPL_PCI_BARS; i++) {
        size_t at = strlen(text);
        if (device->size[i] && !device->ports[i])
            (void)snprintf(text + at, len - at, "%s%u of %llu", at ? ", " : "", i,
                           (unsigned long long)device->size[i]);
    }
}

static enum espl_err check_bar(const struct place *place, char *why, size_t why_len)
{
    const struct espl_pci_device *device = &place->device;
    unsigned bar = place->bar;
    char bars[128];
    if (!device->size[bar] || device->ports[bar]) {
        list_bars(device, bars, sizeof bars);
        (void)snprintf(why, why_len, "BAR %u is %s; the device's BARs of memory, in bytes: %s", bar,
                       device->size[bar]    ? "one of I/O ports"
                       : device->upper[bar] ? "the upper half of the BAR before it"
                                            : "not there",
                       bars[0] ? bars : "none");
        return ESPL_ERR_OPEN;
    }
    if (place->offset % 4 || device->size[bar] < (uint64_t)place->offset + ESPL_PAGE_BYTES) {
        (void)snprintf(why, why_len,
                       "BAR %u has %llu bytes: no room for the register page of %u at 0x%x", bar,
                       (unsigned long long)device->size[bar], ESPL_PAGE_BYTES, place->offset);
        return ESPL_ERR_NOT_CARD;
    }
    return ESPL_OK;
}

static enum espl_err parse(const char *rest, struct espl_uri_option options[OPTIONS],
                           struct place *place, char *why, size_t why_len)
{
    char address[ESPL_URI_TEXT];
    if (!espl_uri_split(rest, address, options, OPTIONS, why, why_len))
        return ESPL_ERR_URI;
    if (!espl_pci_parse(address, &place->device)) {
        (void)snprintf(why, why_len, "\"%.64s\" is not a PCI address (0000:65:00.0)", address);
        return ESPL_ERR_URI;
    }
    return ESPL_OK;
}

static enum espl_err find(const char *rest, struct place *place, char *why, size_t why_len)
{
    struct espl_uri_option options[OPTIONS] = {[BAR] = {.name = "bar"},
                                               [OFFSET] = {.name = "offset"},
                                               [ID] = {.name = "id"},
                                               [SYSFS] = {.name = "sysfs"}};
    *place = (struct place){.found = false};
    enum espl_err err = parse(rest, options, place, why, why_len);
    if (err)
        return err;
    if (!espl_pci_each(options[SYSFS].value, look, place, why, why_len))
        return ESPL_ERR_OPEN;
    err = identify(place, options, why, why_len);
    if (!err && (!espl_uri_number(&options[BAR], ESPL_PCI_BARS - 1, &place->bar, why, why_len) ||
                 !espl_uri_number(&options[OFFSET], UINT32_MAX - ESPL_PAGE_BYTES, &place->offset,
                                  why, why_len)))
        err = ESPL_ERR_URI;
    return err ? err : check_bar(place, why, why_len);
}

/* ------------------------------------------------------------------ through sysfs */

static enum espl_err cannot(const char *file, char *why, size_t why_len)
{
    bool permission = errno == EACCES || errno == EPERM;
    (void)snprintf(why, why_len, "%s: %s%s", file, strerror(errno),
                   permission ? " (root may, and who a udev rule gives the file to)" : "");
    return ESPL_ERR_OPEN;
}

/* A device without a kernel driver may be switched off: then its memory reads as all ones. */
static enum espl_err switch_on(const struct espl_pci_device *device, char *why, size_t why_len)
{
    char path[ESPL_PCI_PATH + 16];
    if (device->command & PCI_COMMAND_MEMORY)
        return ESPL_OK;
    (void)snprintf(path, sizeof path, "%s/enable", device->folder);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool on = fd >= 0 && write(fd, "1", 1) == 1;
    enum espl_err err = on ? ESPL_OK : cannot("the device is off, enable", why, why_len);
    if (fd >= 0)
        close(fd);
    return err;
}

/* errno of mmap: what the kernel has against it */
static enum espl_err cannot_map(const struct place *place, char *why, size_t why_len)
{
    const char *driver = place->device.driver;
    if (errno == EINVAL && *driver)
        (void)snprintf(
            why, why_len,
            "BAR %u cannot be mapped: the driver %s has it, and this kernel keeps others "
            "off then (boot with iomem=relaxed)",
            place->bar, driver);
    else if (errno == EPERM)
        (void)snprintf(why, why_len,
                       "BAR %u cannot be mapped: this kernel is locked down (Secure "
                       "Boot); bind the device to vfio-pci",
                       place->bar);
    else
        (void)snprintf(why, why_len, "BAR %u cannot be mapped: %s", place->bar, strerror(errno));
    return ESPL_ERR_OPEN;
}

static enum espl_err sysfs_open(struct espl_bus *bus, const struct place *place, char *why,
                                size_t why_len)
{
    char path[ESPL_PCI_PATH + 16], name[16];
    struct stat st;
    enum espl_err err = switch_on(&place->device, why, why_len);
    if (err)
        return err;
    (void)snprintf(name, sizeof name, "resource%u", place->bar);
    (void)snprintf(path, sizeof path, "%s/%s", place->device.folder, name);
    bus->lock.fd = open(path, O_RDWR | O_SYNC | O_CLOEXEC);
    if (bus->lock.fd < 0 || fstat(bus->lock.fd, &st) < 0)
        return cannot(name, why, why_len);
    if ((uint64_t)st.st_size < (uint64_t)place->offset + ESPL_PAGE_BYTES) {
        (void)snprintf(why, why_len, "%s has %lld bytes, and BAR %u should have %llu", name,
                       (long long)st.st_size, place->bar,
                       (unsigned long long)place->device.size[place->bar]);
        return ESPL_ERR_OPEN;
    }
    if (!espl_mapped_map(bus, bus->lock.fd, 0, place->offset))
        return cannot_map(place, why, why_len);
    return ESPL_OK;
}

static enum espl_err pci_open(const char *rest, struct espl_bus **out, char *why, size_t why_len)
{
    struct place place;
    enum espl_err err = find(rest, &place, why, why_len);
    if (err)
        return err;
    struct espl_bus *bus = espl_mapped_new();
    if (!bus) {
        (void)snprintf(why, why_len, "out of memory");
        return ESPL_ERR_NO_MEMORY;
    }
    err = strcmp(place.device.driver, "vfio-pci") == 0
              ? espl_vfio_open(bus, &place.device, place.bar, place.offset, why, why_len)
              : sysfs_open(bus, &place, why, why_len);
    if (err) {
        espl_mapped_close(bus);
        return err;
    }
    *out = bus;
    return ESPL_OK;
}

/* ------------------------------------------------------------------ what there is */

struct listing {
    espl_place_fn each;
    void *user;
};

static bool list_one(void *user, const struct espl_pci_device *device)
{
    const struct listing *l = user;
    const struct espl_pci_id *known = espl_pci_known(device->known_vendor, device->id);
    char uri[32], what[128];
    if (!known)
        return true;
    (void)snprintf(uri, sizeof uri, "pci:%04x:%02x:%02x.%x", device->domain, device->bus,
                   device->device, device->function);
    (void)snprintf(what, sizeof what, "%s%s%s%s%s", known->what,
                   device->driver[0] ? ", driver " : "", device->driver, known->instead ? "; " : "",
                   known->instead ? known->instead : "");
    return l->each(l->user, uri, what);
}

static enum espl_err pci_list(espl_place_fn each, void *user)
{
    struct listing l = {each, user};
    char why[256];
    (void)espl_pci_each(NULL, list_one, &l, why, sizeof why); /* a machine without PCI has none */
    return ESPL_OK;
}

const struct espl_bus_ops espl_bus_pci = {
    .scheme = "pci", .open = pci_open, .list = pci_list, ESPL_MAPPED_OPS};
