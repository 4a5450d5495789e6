/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses and identities as people read them, and identities to and from the wire. */
#ifndef CTRL_SA_TEXT_H
#define CTRL_SA_TEXT_H

#include "ctrl/exchange/manager.h"
#include "ctrl/wire/payload.h"

#define ENDPOINT_TEXT 64
struct endpoint_text {
    char s[ENDPOINT_TEXT];
};
struct endpoint_text endpoint_text(const struct endpoint *e); /* "10.0.0.1[4500]" */

bool addr_equal(const struct espl_addr *a, const struct espl_addr *b);
bool addr_is_any(const struct espl_addr *a); /* family 0, or all zero */
size_t addr_len(const struct espl_addr *a);
bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);

void identity_of_addr(const struct espl_addr *addr, struct config_id *id);
void identity_of_wire(const struct id *wire, struct config_id *id);

#endif
