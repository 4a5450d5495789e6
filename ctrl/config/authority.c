/* SPDX-License-Identifier: Apache-2.0 */
/* authorities.<name>: where to ask whether what a CA has issued is still good. */
#include <stdlib.h>
#include <string.h>

#include "ctrl/config/reader.h"

void config_authority_free(struct config_authority *a)
{
    for (size_t i = 0; i < CONFIG_URIS; i++) {
        free(a->crl_uris[i]);
        free(a->ocsp_uris[i]);
    }
    config_blobs_free(a->cacert);
    free(a->name);
    free(a);
}

static int add_uri(struct reader *r, const struct setting *s, const char *item, void *into)
{
    char **list = into;
    size_t i = 0;
    if (strncmp(item, "http://", 7) != 0)
        return reader_complain(r, s, "%s: only http:// is supported here", item);
    while (i < CONFIG_URIS && list[i])
        i++;
    if (i == CONFIG_URIS)
        return reader_complain(r, s, "has more than %d addresses", CONFIG_URIS);
    list[i] = strdup(item);
    return list[i] ? 0 : reader_complain(r, s, "out of memory");
}

static int read_crl_uris(struct reader *r, const struct setting *s, void *into)
{
    struct config_authority *a = into;
    return read_list(r, s, a->crl_uris, add_uri);
}

static int read_ocsp_uris(struct reader *r, const struct setting *s, void *into)
{
    struct config_authority *a = into;
    return read_list(r, s, a->ocsp_uris, add_uri);
}

static int read_cacert(struct reader *r, const struct setting *s, void *into)
{
    struct config_authority *a = into;
    return read_blob(r, s, s->value, "x509ca", BLOB_CERT, &a->cacert);
}

static const struct key authority_keys[] = {
    KEY_WITH("cacert", read_cacert),
    KEY_WITH("crl_uris", read_crl_uris),
    KEY_WITH("ocsp_uris", read_ocsp_uris),
    KEY_NOT("file"),
    KEY_NOT("handle"),
    KEY_NOT("slot"),
    KEY_NOT("module"),
    KEY_NOT("cert_uri_base"),
};

int read_authorities(struct reader *r, const struct section *section)
{
    struct config_authority **end = &r->config->authorities;
    if (section->settings)
        return reader_complain(r, section->settings, "is not a word of swanctl.conf");
    for (const struct section *s = section->sections; s; s = s->next) {
        struct config_authority *a = calloc(1, sizeof(*a));
        size_t mark = reader_enter(r, s->name);
        if (!a || !(a->name = strdup(s->name))) {
            free(a);
            return reader_complain_section(r, s, "out of memory");
        }
        *end = a;
        end = &a->next;
        if (read_keys(r, s, authority_keys, sizeof(authority_keys) / sizeof(*authority_keys), a) !=
            0)
            return -1;
        if (!a->cacert || a->cacert->next)
            return reader_complain_section(r, s, "one cacert is needed");
        reader_leave(r, mark);
    }
    return 0;
}
