/* SPDX-License-Identifier: Apache-2.0 */
/* A BAR and an interrupt through VFIO, for a device that is bound to vfio-pci. */
#ifndef ESPALIER_VFIO_H
#define ESPALIER_VFIO_H

#include "driver/bus/mapped.h"
#include "driver/bus/pci_find.h"

/* Maps the page at `offset` of the BAR into bus, and makes its interrupt an eventfd. On failure
 * what bus owns by then is closed with it. */
enum espl_err espl_vfio_open(struct espl_bus *bus, const struct espl_pci_device *device,
                             unsigned bar, uint32_t offset, char *why, size_t why_len);

#endif
