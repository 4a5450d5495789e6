/* SPDX-License-Identifier: Apache-2.0 */
/* Algorithms by the names that strongSwan's tools show (those of IANA's registry). */
#ifndef CTRL_VICI_NAMES_H
#define CTRL_VICI_NAMES_H

#include "ctrl/wire/ike.h"

struct vici_name {
    unsigned id;
    const char *name;
};

extern const struct vici_name vici_encrs[], vici_integs[], vici_prfs[], vici_groups[];
/* NULL: not there */
const char *vici_name(const struct vici_name *table, unsigned id);

#endif
