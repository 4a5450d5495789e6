/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ID table. Espalier has no vendor ID of its own: a card shows that of its shell. What is
 * really behind it the register page says (MAGIC, MAP_SUM).
 */
#include "driver/bus/pci_ids.h"

#include <stdbool.h>

/* OpenNIC shell (src/system_config/system_config_address_map.sv): the user box at 250 MHz is 1 MiB
 * at 0x100000 of BAR 2, of function 0 only. The device ID tells function, PCIe generation and lanes
 * (open-nic-driver, onic_main.c). */
#define BOX_250MHZ 0x100000u
#define OPENNIC(device)                                                                            \
    {                                                                                              \
        0x10ee, device, 2, BOX_250MHZ, "OpenNIC shell", NULL                                       \
    }
/* XRT's user functions (XRT, xocl): their registers are opened through XRT, context by context. */
#define XRT(device, card)                                                                          \
    {                                                                                              \
        0x10ee, device, 0, 0, card " with an XRT shell",                                           \
            "its kernels are reached through XRT: xrt:0?xclbin=FILE"                               \
    }

static const struct espl_pci_id ids[] = {
    OPENNIC(0x9031),
    OPENNIC(0x9032),
    OPENNIC(0x9034),
    OPENNIC(0x9038),
    OPENNIC(0x903f),
    OPENNIC(0x9041),
    OPENNIC(0x9042),
    OPENNIC(0x9044),
    OPENNIC(0x9048),
    XRT(0x5001, "Alveo U200"),
    XRT(0x5005, "Alveo U250"),
    XRT(0x500d, "Alveo U280"),
    XRT(0x5021, "Alveo U50"),
    XRT(0x505d, "Alveo U55C"),
    /* QEMU's ivshmem: the memory that `espsim run --bar shm:` serves is its BAR 2. */
    {0x1af4, 0x1110, 2, 0, "shared memory of a virtual machine", NULL},
};

/* Functions 1 to 3 of an OpenNIC card have netdevs, but no user box. */
static bool other_function(uint16_t vendor, uint16_t device)
{
    unsigned function = device >> 8 & 0xf;
    return vendor == 0x10ee && device >> 12 == 9 && function >= 1 && function <= 3 &&
           espl_pci_known(vendor, (uint16_t)(device & 0xf0ff));
}

const struct espl_pci_id *espl_pci_known(uint16_t vendor, uint16_t device)
{
    static const struct espl_pci_id other = {
        .what = "OpenNIC shell, not function 0",
        .instead = "the registers are behind function 0 of the same card",
    };
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        if (ids[i].vendor == vendor && ids[i].device == device)
            return &ids[i];
    return other_function(vendor, device) ? &other : NULL;
}
