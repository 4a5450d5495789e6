/* SPDX-License-Identifier: Apache-2.0 */
/* Distinguished names: "C=CH, O=Example, CN=moon" to DER and back, and whether two are the same. */
#include <stdio.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include "ctrl/config/dn.h"
#include "ctrl/wire/ike.h"

/* ---------------------------------------------------------------- text to DER */

/* strongSwan's short names that OpenSSL has other ones for */
static const char *attribute(const char *name)
{
    static const struct {
        const char *ours, *openssl;
    } names[] = {{"E", "emailAddress"},
                 {"Email", "emailAddress"},
                 {"SN", "serialNumber"},
                 {"S", "SN"},
                 {"G", "GN"},
                 {"T", "title"},
                 {"ND", "name"}};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (strcmp(names[i].ours, name) == 0)
            return names[i].openssl;
    return name;
}

static void trim(char *text)
{
    size_t len = strlen(text), skip = strspn(text, " \t");
    while (len > skip && strchr(" \t", text[len - 1]))
        len--;
    memmove(text, text + skip, len - skip);
    text[len - skip] = '\0';
}

static bool add_part(X509_NAME *name, char *part)
{
    char *equals = strchr(part, '=');
    if (!equals)
        return false;
    *equals++ = '\0';
    trim(part);
    trim(equals);
    return *equals && X509_NAME_add_entry_by_txt(name, attribute(part), MBSTRING_UTF8,
                                                 (const unsigned char *)equals, -1, -1, 0) == 1;
}

/* Up to the separator; \ in front of one makes it part of the value. */
static const char *next_part(const char *at, char separator, char *part, size_t size)
{
    size_t len = 0;
    for (; *at && *at != separator; at++) {
        if (*at == '\\' && at[1])
            at++;
        if (len + 1 >= size)
            return NULL;
        part[len++] = *at;
    }
    part[len] = '\0';
    return *at ? at + 1 : at;
}

bool dn_parse(const char *text, struct config_id *id)
{
    X509_NAME *name = X509_NAME_new();
    char separator = *text == '/' ? '/' : ',', part[256];
    unsigned char *der = NULL;
    bool ok = name != NULL;
    int len = 0;
    for (const char *at = *text == '/' ? text + 1 : text; ok && *at;) {
        at = next_part(at, separator, part, sizeof(part));
        ok = at && add_part(name, part);
        if (!at)
            break;
    }
    if (ok)
        len = i2d_X509_NAME(name, &der);
    ok = len > 0 && (size_t)len <= sizeof(id->data);
    if (ok) {
        id->type = ID_DER_ASN1_DN;
        id->len = (size_t)len;
        memcpy(id->data, der, id->len);
    }
    OPENSSL_free(der);
    X509_NAME_free(name);
    return ok;
}

/* ---------------------------------------------------------------- DER to text */

static X509_NAME *decode(const uint8_t *der, size_t len)
{
    const unsigned char *at = der;
    X509_NAME *name = d2i_X509_NAME(NULL, &at, (long)len);
    if (name && at != der + len) {
        X509_NAME_free(name);
        name = NULL;
    }
    return name;
}

static void name_text(const X509_NAME *name, char *text, size_t size)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int n = 0;
    if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_SEP_CPLUS_SPC | ASN1_STRFLGS_RFC2253) >= 0)
        n = BIO_read(bio, text, (int)size - 1);
    text[n > 0 ? n : 0] = '\0';
    BIO_free(bio);
}

bool config_id_of_dn(const uint8_t *der, size_t len, struct config_id *id)
{
    X509_NAME *name = len <= sizeof(id->data) ? decode(der, len) : NULL;
    if (!name)
        return false;
    *id = (struct config_id){.type = ID_DER_ASN1_DN, .len = len};
    memcpy(id->data, der, len);
    name_text(name, id->text, sizeof(id->text));
    X509_NAME_free(name);
    return true;
}

/* ---------------------------------------------------------------- comparing */

static bool is_star(const X509_NAME_ENTRY *e)
{
    const ASN1_STRING *s = X509_NAME_ENTRY_get_data(e);
    return ASN1_STRING_length(s) == 1 && *ASN1_STRING_get0_data(s) == '*';
}

/* OpenSSL compares whole names as RFC 5280 7.1 wants it: so each part becomes one. */
static bool part_equal(const X509_NAME_ENTRY *a, const X509_NAME_ENTRY *b)
{
    X509_NAME *x = X509_NAME_new(), *y = X509_NAME_new();
    bool same = x && y && X509_NAME_add_entry(x, a, -1, 0) == 1 &&
                X509_NAME_add_entry(y, b, -1, 0) == 1 && X509_NAME_cmp(x, y) == 0;
    X509_NAME_free(x);
    X509_NAME_free(y);
    return same;
}

bool dn_fits(const struct config_id *pattern, const struct config_id *id)
{
    X509_NAME *p = decode(pattern->data, pattern->len), *n = decode(id->data, id->len);
    bool fits = p && n && X509_NAME_entry_count(p) == X509_NAME_entry_count(n);
    for (int i = 0; fits && i < X509_NAME_entry_count(p); i++) {
        const X509_NAME_ENTRY *a = X509_NAME_get_entry(p, i), *b = X509_NAME_get_entry(n, i);
        fits = OBJ_cmp(X509_NAME_ENTRY_get_object(a), X509_NAME_ENTRY_get_object(b)) == 0 &&
               X509_NAME_ENTRY_set(a) == X509_NAME_ENTRY_set(b) && (is_star(a) || part_equal(a, b));
    }
    X509_NAME_free(p);
    X509_NAME_free(n);
    return fits;
}

bool dn_equal(const struct config_id *a, const struct config_id *b)
{
    X509_NAME *x = decode(a->data, a->len), *y = decode(b->data, b->len);
    bool same = x && y && X509_NAME_cmp(x, y) == 0;
    X509_NAME_free(x);
    X509_NAME_free(y);
    return same;
}

uint64_t dn_hash(const struct config_id *id)
{
    X509_NAME *name = decode(id->data, id->len);
    int ok = 0;
    unsigned long hash = name ? X509_NAME_hash_ex(name, NULL, NULL, &ok) : 0;
    X509_NAME_free(name);
    return ok ? hash : 0;
}

bool dn_is_pattern(const struct config_id *id)
{
    X509_NAME *n = decode(id->data, id->len);
    bool star = false;
    for (int i = 0; n && i < X509_NAME_entry_count(n); i++)
        star |= is_star(X509_NAME_get_entry(n, i));
    X509_NAME_free(n);
    return star;
}
