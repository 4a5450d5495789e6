/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A card behind an XRT shell: the engine is a kernel of an xclbin, and its registers are reached
 * through XRT's hardware abstraction layer (xrt.h, xrt-next.h), one call a word. The library is
 * looked for when it is needed, so nothing needs XRT that does not use it; of its layers the lowest
 * is taken, because the ones above end the process with a C++ exception where XRT is half
 * installed.
 */
#include "driver/bus/bus.h"
#include "driver/bus/lock.h"
#include "driver/bus/uri.h"
#include "driver/bus/xclbin.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIBRARY "libxrt_core.so.2"
#define KERNEL "espalier:espalier_1" /* hw/board/vitis */

enum { XCLBIN, IP, SHARED, LIB, OPTIONS };

/* XRT's calls, as xrt.h and xrt-next.h declare them */
struct hal {
    unsigned (*probe)(void);
    void *(*open)(unsigned index, const char *unused, int unused2);
    void (*close)(void *device);
    int (*load)(void *device, const void *axlf);
    int (*index)(void *device, const char *ip);
    int (*open_context)(void *device, const uint8_t uuid[16], unsigned ip, bool shared);
    int (*close_context)(void *device, const uint8_t uuid[16], unsigned ip);
    int (*read)(void *device, uint32_t ip, uint32_t off, uint32_t *value);
    int (*write)(void *device, uint32_t ip, uint32_t off, uint32_t value);
};

static const struct {
    const char *name;
    size_t at;
} calls[] = {
    {"xclProbe", offsetof(struct hal, probe)},
    {"xclOpen", offsetof(struct hal, open)},
    {"xclClose", offsetof(struct hal, close)},
    {"xclLoadXclBin", offsetof(struct hal, load)},
    {"xclIPName2Index", offsetof(struct hal, index)},
    {"xclOpenContext", offsetof(struct hal, open_context)},
    {"xclCloseContext", offsetof(struct hal, close_context)},
    {"xclRegRead", offsetof(struct hal, read)},
    {"xclRegWrite", offsetof(struct hal, write)},
};

struct espl_bus {
    struct hal hal;
    void *device; /* owned */
    struct espl_xclbin xclbin;
    uint32_t ip;
    bool context;          /* open, owned */
    struct espl_lock lock; /* on the xclbin, when the context is shared */
};

/* ------------------------------------------------------------------ the library */

/* The library is never unloaded: it has threads and destructors of its own. */
static void *find_library(const char *given)
{
    static const char *const places[] = {"", "/opt/xilinx/xrt/lib/"};
    char path[ESPL_URI_TEXT + 32];
    const char *root = getenv("XILINX_XRT");
    if (given[0])
        return dlopen(given, RTLD_NOW | RTLD_LOCAL);
    void *library = NULL;
    for (size_t i = 0; !library && i < sizeof places / sizeof *places; i++) {
        (void)snprintf(path, sizeof path, "%s" LIBRARY, places[i]);
        library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    }
    if (!library && root && snprintf(path, sizeof path, "%s/lib/" LIBRARY, root) < (int)sizeof path)
        library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    return library;
}

static enum espl_err load_library(struct hal *hal, const char *given, char *why, size_t why_len)
{
    void *library = find_library(given);
    if (!library) {
        (void)snprintf(why, why_len, "XRT is not here: %s", dlerror());
        return ESPL_ERR_OPEN;
    }
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        void *call = dlsym(library, calls[i].name);
        if (!call) {
            (void)snprintf(why, why_len, "this XRT has no %s; 202110 or later is needed",
                           calls[i].name);
            return ESPL_ERR_OPEN;
        }
        memcpy((char *)hal + calls[i].at, &call, sizeof call);
    }
    return ESPL_OK;
}

/* ------------------------------------------------------------------ opening */

static enum espl_err open_device(struct espl_bus *bus, uint32_t index, char *why, size_t why_len)
{
    unsigned count = bus->hal.probe();
    if (index >= count) {
        (void)snprintf(why, why_len,
                       "XRT finds %u cards, none of them is number %u (xbutil examine lists them; "
                       "none at all: is the driver xocl loaded?)",
                       count, index);
        return ESPL_ERR_OPEN;
    }
    bus->device = bus->hal.open(index, NULL, 0);
    if (bus->device)
        return ESPL_OK;
    (void)snprintf(why, why_len, "XRT does not open card %u; may this user (group render)?", index);
    return ESPL_ERR_OPEN;
}

static enum espl_err load_xclbin(struct espl_bus *bus, char *why, size_t why_len)
{
    int rc = bus->hal.load(bus->device, bus->xclbin.bytes);
    if (rc == 0)
        return ESPL_OK;
    int number = abs(rc);
    (void)snprintf(why, why_len, "XRT does not load the xclbin: %s%s", strerror(number),
                   number == EBUSY   ? " (another program uses the one that is loaded)"
                   : number == EPERM ? " (is it for this card's shell?)"
                                     : "");
    return ESPL_ERR_OPEN;
}

static enum espl_err open_kernel(struct espl_bus *bus, const char *name, bool shared, char *why,
                                 size_t why_len)
{
    int index = bus->hal.index(bus->device, name);
    if (index < 0) {
        (void)snprintf(why, why_len, "there is no kernel \"%.80s\" in this xclbin (ip=NAME)", name);
        return ESPL_ERR_NOT_CARD;
    }
    bus->ip = (uint32_t)index;
    int rc = bus->hal.open_context(bus->device, bus->xclbin.uuid, bus->ip, shared);
    bus->context = rc == 0;
    if (rc == 0)
        return ESPL_OK;
    int number = abs(rc);
    (void)snprintf(why, why_len, "XRT does not give out \"%.80s\": %s%s", name, strerror(number),
                   number == EBUSY || number == EPERM
                       ? " (another program has it; shared=1 in all of them, and rw_shared=true in "
                         "xrt.ini, lets several have it)"
                       : "");
    return ESPL_ERR_OPEN;
}

static void xrt_close(struct espl_bus *bus)
{
    if (bus->context)
        (void)bus->hal.close_context(bus->device, bus->xclbin.uuid, bus->ip);
    if (bus->device)
        bus->hal.close(bus->device);
    espl_lock_close(&bus->lock);
    espl_xclbin_clear(&bus->xclbin);
    free(bus);
}

static enum espl_err parse(const char *rest, struct espl_uri_option options[OPTIONS],
                           uint32_t *index, uint32_t *shared, char *why, size_t why_len)
{
    struct espl_uri_option place = {.name = "the card's number"};
    if (!espl_uri_split(rest, place.value, options, OPTIONS, why, why_len) ||
        !espl_uri_number(&place, 255, index, why, why_len) ||
        !espl_uri_number(&options[SHARED], 1, shared, why, why_len))
        return ESPL_ERR_URI;
    if (place.value[0] && options[XCLBIN].value[0])
        return ESPL_OK;
    (void)snprintf(why, why_len, "%s is missing (xrt:0?xclbin=FILE)",
                   place.value[0] ? "xclbin=FILE" : place.name);
    return ESPL_ERR_URI;
}

static enum espl_err xrt_open(const char *rest, struct espl_bus **out, char *why, size_t why_len)
{
    struct espl_uri_option options[OPTIONS] = {[XCLBIN] = {.name = "xclbin"},
                                               [IP] = {.name = "ip"},
                                               [SHARED] = {.name = "shared"},
                                               [LIB] = {.name = "lib"}};
    uint32_t index = 0, shared = 0;
    enum espl_err err = parse(rest, options, &index, &shared, why, why_len);
    if (err)
        return err;
    struct espl_bus *bus = calloc(1, sizeof *bus);
    if (!bus) {
        (void)snprintf(why, why_len, "out of memory");
        return ESPL_ERR_NO_MEMORY;
    }
    bus->lock.fd = -1;
    err = espl_xclbin_read(&bus->xclbin, options[XCLBIN].value, shared ? &bus->lock.fd : NULL, why,
                           why_len);
    if (!err)
        err = load_library(&bus->hal, options[LIB].value, why, why_len);
    if (!err)
        err = open_device(bus, index, why, why_len);
    if (!err)
        err = load_xclbin(bus, why, why_len);
    if (!err)
        err = open_kernel(bus, options[IP].value[0] ? options[IP].value : KERNEL, shared, why,
                          why_len);
    if (err) {
        xrt_close(bus);
        return err;
    }
    *out = bus;
    return ESPL_OK;
}

/* ------------------------------------------------------------------ accesses */

static enum espl_err xrt_rd32(struct espl_bus *bus, uint32_t off, uint32_t *value)
{
    return bus->hal.read(bus->device, bus->ip, off, value) ? ESPL_ERR_DEAD : ESPL_OK;
}

static enum espl_err xrt_wr32(struct espl_bus *bus, uint32_t off, uint32_t value)
{
    return bus->hal.write(bus->device, bus->ip, off, value) ? ESPL_ERR_DEAD : ESPL_OK;
}

static enum espl_err xrt_read(struct espl_bus *bus, uint32_t off, uint32_t *words, size_t count)
{
    enum espl_err err = ESPL_OK;
    for (size_t i = 0; i < count && !err; i++)
        err = xrt_rd32(bus, off + 4 * (uint32_t)i, &words[i]);
    return err;
}

static enum espl_err xrt_write(struct espl_bus *bus, uint32_t off, const uint32_t *words,
                               size_t count)
{
    enum espl_err err = ESPL_OK;
    for (size_t i = 0; i < count && !err; i++)
        err = xrt_wr32(bus, off + 4 * (uint32_t)i, words[i]);
    return err;
}

static enum espl_err xrt_lock(struct espl_bus *bus)
{
    return bus->lock.fd < 0 ? ESPL_OK : espl_lock_take(&bus->lock);
}

static void xrt_unlock(struct espl_bus *bus)
{
    if (bus->lock.fd >= 0)
        espl_lock_give(&bus->lock);
}

static void xrt_holder(struct espl_bus *bus, char *text, size_t len)
{
    espl_lock_holder(&bus->lock, text, len);
}

static enum espl_err xrt_list(espl_place_fn each, void *user)
{
    struct hal hal;
    char uri[48], why[256];
    if (load_library(&hal, "", why, sizeof why) != ESPL_OK)
        return ESPL_OK; /* without XRT there are none */
    unsigned count = hal.probe();
    for (unsigned i = 0; i < count; i++) {
        (void)snprintf(uri, sizeof uri, "xrt:%u?xclbin=FILE", i);
        if (!each(user, uri, "card of XRT"))
            break;
    }
    return ESPL_OK;
}

const struct espl_bus_ops espl_bus_xrt = {
    .scheme = "xrt",
    .open = xrt_open,
    .close = xrt_close,
    .rd32 = xrt_rd32,
    .wr32 = xrt_wr32,
    .read = xrt_read,
    .write = xrt_write,
    .lock = xrt_lock,
    .unlock = xrt_unlock,
    .holder = xrt_holder,
    .list = xrt_list,
};
