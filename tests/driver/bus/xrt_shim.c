/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stand-in for libxrt_core.so.2: the calls of XRT's HAL that the driver makes, in the order it
 * makes them, with a card of the test behind them. It shows our calls, not XRT; that is for
 * tests/interop/xrt.py.
 */
#include "tests/driver/bus/xrt_shim.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define KERNEL_INDEX 3
#define DEVICE ((void *)&shim)

static struct xrt_shim shim;

/* Prototypes as in XRT's headers, which need not be installed */
unsigned xclProbe(void);
void *xclOpen(unsigned index, const char *unused, int unused2);
void xclClose(void *device);
int xclLoadXclBin(void *device, const void *axlf);
int xclIPName2Index(void *device, const char *name);
int xclOpenContext(void *device, const uint8_t uuid[16], unsigned ip, bool shared);
int xclCloseContext(void *device, const uint8_t uuid[16], unsigned ip);
int xclRegRead(void *device, uint32_t ip, uint32_t off, uint32_t *value);
int xclRegWrite(void *device, uint32_t ip, uint32_t off, uint32_t value);

struct xrt_shim *xrt_shim_get(void)
{
    return &shim;
}

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *format, ...)
{
    va_list args;
    size_t at = strlen(shim.log);
    va_start(args, format);
    (void)vsnprintf(shim.log + at, sizeof shim.log - at, format, args);
    va_end(args);
}

unsigned xclProbe(void)
{
    note("probe\n");
    return shim.cards;
}

void *xclOpen(unsigned index, const char *unused, int unused2)
{
    (void)unused;
    (void)unused2;
    note("open %u\n", index);
    return shim.does_not_open ? NULL : DEVICE;
}

void xclClose(void *device)
{
    note("close%s\n", device == DEVICE ? "" : " of another device");
}

int xclLoadXclBin(void *device, const void *axlf)
{
    note("load %s%s\n", (const char *)axlf, device == DEVICE ? "" : " into another device");
    return shim.load;
}

int xclIPName2Index(void *device, const char *name)
{
    (void)device;
    note("index %s\n", name);
    return strcmp(name, shim.kernel) == 0 ? KERNEL_INDEX : -ENOENT;
}

int xclOpenContext(void *device, const uint8_t uuid[16], unsigned ip, bool shared)
{
    (void)device;
    note("context %02x%02x %u%s\n", uuid[0], uuid[15], ip, shared ? " shared" : "");
    return shim.context;
}

int xclCloseContext(void *device, const uint8_t uuid[16], unsigned ip)
{
    (void)device;
    note("leave %02x%02x %u\n", uuid[0], uuid[15], ip);
    return 0;
}

static bool works(void *device, uint32_t ip)
{
    if (device != DEVICE || ip != KERNEL_INDEX || shim.broken_after == 0)
        return false;
    shim.broken_after -= shim.broken_after > 0;
    return true;
}

int xclRegRead(void *device, uint32_t ip, uint32_t off, uint32_t *value)
{
    if (!works(device, ip))
        return -EIO;
    shim.read(off, value);
    return 0;
}

int xclRegWrite(void *device, uint32_t ip, uint32_t off, uint32_t value)
{
    if (!works(device, ip))
        return -EIO;
    shim.write(off, value);
    return 0;
}
