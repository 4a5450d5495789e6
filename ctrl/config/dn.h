/* SPDX-License-Identifier: Apache-2.0 */
/* Distinguished names as identities (RFC 7296 3.5, ID_DER_ASN1_DN). */
#ifndef CTRL_CONFIG_DN_H
#define CTRL_CONFIG_DN_H

#include "ctrl/config/config.h"

/* "C=CH, O=Example, CN=moon" or "/C=CH/O=Example/CN=moon" into id->type, data and len. */
bool dn_parse(const char *text, struct config_id *id);
bool dn_equal(const struct config_id *a, const struct config_id *b);       /* RFC 5280 7.1 */
bool dn_fits(const struct config_id *pattern, const struct config_id *id); /* * is any value */
uint64_t dn_hash(const struct config_id *id); /* of equal ones, the same */
bool dn_is_pattern(const struct config_id *id);

#endif
