/* SPDX-License-Identifier: Apache-2.0 */
/* Reads CAVS GCM files (see nist_gcm.h). */
#include "tests/lib/nist_gcm.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void unhex(const char *s, struct nist_field *field)
{
    field->len = 0;
    for (; isxdigit((unsigned char)s[0]); s += 2) {
        char pair[3] = {s[0], s[1], 0};
        assert_true(isxdigit((unsigned char)s[1]));
        assert_true(field->len < NIST_GCM_MAX);
        field->bytes[field->len++] = (uint8_t)strtoul(pair, NULL, 16);
    }
    assert_true(*s == '\r' || *s == '\n' || *s == '\0');
}

/* One line of a record; true when it is one */
static bool parse(char *line, struct nist_gcm *r)
{
    const struct {
        const char *name;
        struct nist_field *field;
    } fields[] = {
        {"Key", &r->key}, {"IV", &r->iv}, {"PT", &r->pt},
        {"AAD", &r->aad}, {"CT", &r->ct}, {"Tag", &r->tag},
    };
    if (strncmp(line, "FAIL", 4) == 0) {
        r->fail = true;
        return true;
    }
    char *value = strstr(line, " =");
    if (!value || line[0] == '[' || line[0] == '#')
        return false;
    *value = '\0';
    value += value[2] == ' ' ? 3 : 2;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (strcmp(line, fields[i].name) == 0) {
            unhex(value, fields[i].field);
            return true;
        }
    assert_string_equal(line, "Count");
    return true;
}

/* An empty line ends a record */
bool nist_gcm_next(FILE *f, struct nist_gcm *r)
{
    char line[2 * NIST_GCM_MAX + 32];
    bool any = false;
    memset(r, 0, sizeof *r);
    while (fgets(line, sizeof line, f)) {
        if (parse(line, r))
            any = true;
        else if (any)
            return true;
    }
    return any;
}
