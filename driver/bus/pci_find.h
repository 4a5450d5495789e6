/* SPDX-License-Identifier: Apache-2.0 */
/* PCI devices as libpci finds them. */
#ifndef ESPALIER_PCI_FIND_H
#define ESPALIER_PCI_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ESPL_PCI_BARS 6
#define ESPL_PCI_PATH 512

struct espl_pci_device {
    unsigned domain, bus, device, function;
    uint16_t vendor, id, command; /* vendor and command as its configuration space says now */
    uint16_t known_vendor;        /* as it was when the kernel found it */
    uint64_t size[ESPL_PCI_BARS]; /* bytes, 0: no such BAR */
    bool ports[ESPL_PCI_BARS];    /* I/O ports, not memory */
    bool upper[ESPL_PCI_BARS];    /* upper half of the 64-bit BAR before it */
    char driver[32];              /* kernel driver that is bound to it, or empty */
    char folder[ESPL_PCI_PATH];   /* /sys/bus/pci/devices/0000:65:00.0 */
};

typedef bool (*espl_pci_fn)(void *user, const struct espl_pci_device *device);

/* Calls `each` for every device below `sysfs` ("/sys", NULL) until it returns false. False with a
 * sentence: libpci failed. */
bool espl_pci_each(const char *sysfs, espl_pci_fn each, void *user, char *why, size_t why_len);

/* "[DDDD:]BB:DD.F", hexadecimal */
bool espl_pci_parse(const char *text, struct espl_pci_device *device);
bool espl_pci_same(const struct espl_pci_device *a, const struct espl_pci_device *b);

#endif
