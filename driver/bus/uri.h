/* SPDX-License-Identifier: Apache-2.0 */
/* The options of a card's URI: TARGET[?name=value[&name=value...]]. */
#ifndef ESPALIER_URI_H
#define ESPALIER_URI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ESPL_URI_TEXT 256 /* longest target or value, with its end */

struct espl_uri_option {
    const char *name;          /* "bar" */
    char value[ESPL_URI_TEXT]; /* empty when the option is not there */
};

/* Cuts `rest` into the target and the options that the bus knows. False with a sentence: an option
 * that it does not know, one without a value, or anything too long. */
bool espl_uri_split(const char *rest, char target[ESPL_URI_TEXT], struct espl_uri_option *options,
                    size_t count, char *why, size_t why_len);

/* The option as a number, decimal or after 0x; *value stays when it is not there. */
bool espl_uri_number(const struct espl_uri_option *option, uint32_t most, uint32_t *value,
                     char *why, size_t why_len);

#endif
