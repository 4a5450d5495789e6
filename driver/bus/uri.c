/* SPDX-License-Identifier: Apache-2.0 */
/* The options of a card's URI (see uri.h). */
#include "driver/bus/uri.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Copies len characters; false when they do not fit. */
static bool take(char to[ESPL_URI_TEXT], const char *from, size_t len)
{
    if (len >= ESPL_URI_TEXT)
        return false;
    memcpy(to, from, len);
    to[len] = '\0';
    return true;
}

/* One "name=value" of len characters. */
static bool take_option(const char *text, size_t len, struct espl_uri_option *options, size_t count,
                        char *why, size_t why_len)
{
    const char *equals = memchr(text, '=', len);
    size_t name = equals ? (size_t)(equals - text) : len;
    for (size_t i = 0; i < count; i++) {
        if (strlen(options[i].name) != name || memcmp(text, options[i].name, name) != 0)
            continue;
        if (equals && len > name + 1 && take(options[i].value, equals + 1, len - name - 1))
            return true;
        (void)snprintf(why, why_len, "the option %s needs a value of 1 to %d characters",
                       options[i].name, ESPL_URI_TEXT - 1);
        return false;
    }
    (void)snprintf(why, why_len, "\"%.*s\" is not an option of this bus, which has %s",
                   (int)(name < 40 ? name : 40), text, count ? "" : "none");
    for (size_t i = 0; i < count; i++) {
        size_t at = strlen(why);
        (void)snprintf(why + at, why_len - at, "%s%s", i ? ", " : "", options[i].name);
    }
    return false;
}

bool espl_uri_split(const char *rest, char target[ESPL_URI_TEXT], struct espl_uri_option *options,
                    size_t count, char *why, size_t why_len)
{
    size_t len = strcspn(rest, "?");
    for (size_t i = 0; i < count; i++)
        options[i].value[0] = '\0';
    if (!take(target, rest, len)) {
        (void)snprintf(why, why_len, "more than %d characters", ESPL_URI_TEXT - 1);
        return false;
    }
    for (rest += len; *rest; rest += len) {
        rest++; /* ? or & */
        len = strcspn(rest, "&");
        if (!take_option(rest, len, options, count, why, why_len))
            return false;
    }
    return true;
}

bool espl_uri_number(const struct espl_uri_option *option, uint32_t most, uint32_t *value,
                     char *why, size_t why_len)
{
    if (!option->value[0])
        return true;
    char *end;
    errno = 0;
    unsigned long long n = strtoull(option->value, &end, 0);
    if (!errno && !*end && option->value[0] != '-' && n <= most) {
        *value = (uint32_t)n;
        return true;
    }
    (void)snprintf(why, why_len, "%s: \"%.40s\" is not a number from 0 to %u", option->name,
                   option->value, most);
    return false;
}
