/* SPDX-License-Identifier: Apache-2.0 */
/* What the PCI devices are that may be a card, and where in them its register page is. */
#ifndef ESPALIER_PCI_IDS_H
#define ESPALIER_PCI_IDS_H

#include <stddef.h>
#include <stdint.h>

struct espl_pci_id {
    uint16_t vendor, device;
    uint8_t bar;
    uint32_t offset; /* of the page in the BAR */
    const char *what;
    const char *instead; /* why it can't be opened as pci:, and what can be done; else NULL */
};

const struct espl_pci_id *espl_pci_known(uint16_t vendor, uint16_t device); /* or NULL */

#endif
