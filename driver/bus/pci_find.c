/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Enumeration by libpci (see pci_find.h). Its error handler may not return, and its own ends the
 * process; here it jumps out of the library's call.
 */
#include "driver/bus/pci_find.h"

#include <pci/pci.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* One call at a time in a thread */
static _Thread_local struct {
    jmp_buf out;
    char *why;
    size_t why_len;
} failure;

static void PCI_NONRET failed(char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(failure.why, failure.why_len, format, args);
    va_end(args);
    longjmp(failure.out, 1);
}

static void quiet(char *format, ...)
{
    (void)format; /* what a warning is about is told by what is missing then */
}

static void fill_bars(struct espl_pci_device *to, const struct pci_dev *from)
{
    bool wide = false;
    for (unsigned i = 0; i < ESPL_PCI_BARS; i++) {
        to->size[i] = from->size[i];
        to->upper[i] = wide;
        to->ports[i] = (from->base_addr[i] & PCI_BASE_ADDRESS_SPACE) == PCI_BASE_ADDRESS_SPACE_IO;
        wide =
            !wide && !to->ports[i] && from->size[i] &&
            (from->base_addr[i] & PCI_BASE_ADDRESS_MEM_TYPE_MASK) == PCI_BASE_ADDRESS_MEM_TYPE_64;
    }
}

static bool fill(struct espl_pci_device *to, struct pci_dev *from)
{
    int wanted = PCI_FILL_IDENT | PCI_FILL_BASES | PCI_FILL_SIZES | PCI_FILL_DRIVER;
    (void)pci_fill_info(from, wanted); /* which of them it got is seen below */
    const char *driver = pci_get_string_property(from, PCI_FILL_DRIVER);
    *to = (struct espl_pci_device){.domain = (unsigned)from->domain,
                                   .bus = from->bus,
                                   .device = from->dev,
                                   .function = from->func,
                                   .known_vendor = from->vendor_id,
                                   .id = from->device_id,
                                   .vendor = pci_read_word(from, PCI_VENDOR_ID),
                                   .command = pci_read_word(from, PCI_COMMAND)};
    fill_bars(to, from);
    (void)snprintf(to->driver, sizeof to->driver, "%s", driver ? driver : "");
    int n = snprintf(to->folder, sizeof to->folder, "%s/devices/%04x:%02x:%02x.%x",
                     pci_get_param(from->access, "sysfs.path"), to->domain, to->bus, to->device,
                     to->function);
    return n > 0 && (size_t)n < sizeof to->folder;
}

static void scan(struct pci_access *access, espl_pci_fn each, void *user)
{
    struct espl_pci_device device;
    pci_init(access);
    pci_scan_bus(access);
    for (struct pci_dev *d = access->devices; d; d = d->next)
        if (fill(&device, d) && !each(user, &device))
            return;
}

bool espl_pci_each(const char *sysfs, espl_pci_fn each, void *user, char *why, size_t why_len)
{
    char path[ESPL_PCI_PATH];
    struct pci_access *access = pci_alloc();
    failure.why = why;
    failure.why_len = why_len;
    access->method = PCI_ACCESS_SYS_BUS_PCI;
    access->writeable = 0; /* what is switched on is switched on through sysfs */
    access->error = failed;
    access->warning = access->debug = quiet;
    if (sysfs && *sysfs) {
        (void)snprintf(path, sizeof path, "%s/bus/pci", sysfs); /* an option's value fits */
        (void)pci_set_param(access, "sysfs.path", path);        /* libpci has this one */
    }
    if (setjmp(failure.out)) {
        pci_cleanup(access);
        return false;
    }
    scan(access, each, user);
    pci_cleanup(access);
    return true;
}

bool espl_pci_parse(const char *text, struct espl_pci_device *device)
{
    unsigned domain = 0, bus, slot, function;
    int end = 0;
    if ((sscanf(text, "%4x:%2x:%2x.%1x%n", &domain, &bus, &slot, &function, &end) != 4 ||
         text[end]) &&
        (domain = 0, end = 0,
         sscanf(text, "%2x:%2x.%1x%n", &bus, &slot, &function, &end) != 3 || text[end]))
        return false;
    *device = (struct espl_pci_device){
        .domain = domain, .bus = bus, .device = slot, .function = function};
    return slot < 32 && function < 8;
}

bool espl_pci_same(const struct espl_pci_device *a, const struct espl_pci_device *b)
{
    return a->domain == b->domain && a->bus == b->bus && a->device == b->device &&
           a->function == b->function;
}
