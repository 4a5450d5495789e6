/* SPDX-License-Identifier: Apache-2.0 */
/* Where to ask whether a certificate has been revoked: what the administrator has written for its
 * CA, and what the CA has written into it (RFC 5280 4.2.1.13, 4.2.2.1). HTTP only. */
#include <string.h>
#include <strings.h>

#include <openssl/x509v3.h>

#include "ctrl/trust/store.h"

static void add_uri(struct store_uris *u, const char *uri, size_t len)
{
    if (u->count >= STORE_URIS || len >= TRUST_URL || len < 8 ||
        strncasecmp(uri, "http://", 7) != 0 || memchr(uri, '\0', len))
        return;
    memcpy(u->list[u->count], uri, len);
    u->list[u->count++][len] = '\0';
}

static void add_general(struct store_uris *u, const GENERAL_NAME *name)
{
    int type;
    const ASN1_STRING *s = GENERAL_NAME_get0_value(name, &type);
    if (type == GEN_URI)
        add_uri(u, (const char *)ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
}

/* authorities.<name> of this issuer */
static void add_configured(const struct trust *t, X509 *issuer, bool ocsp, struct store_uris *u)
{
    for (const struct config_authority *a = t->authorities; a; a = a->next) {
        const unsigned char *at = a->cacert->data;
        X509 *ca = d2i_X509(NULL, &at, (long)a->cacert->len);
        char *const *list = ocsp ? a->ocsp_uris : a->crl_uris;
        for (size_t i = 0; ca && X509_cmp(ca, issuer) == 0 && i < CONFIG_URIS && list[i]; i++)
            add_uri(u, list[i], strlen(list[i]));
        X509_free(ca);
    }
}

void uris_crl(const struct trust *t, X509 *cert, X509 *issuer, struct store_uris *u)
{
    CRL_DIST_POINTS *points = X509_get_ext_d2i(cert, NID_crl_distribution_points, NULL, NULL);
    u->count = 0;
    add_configured(t, issuer, false, u);
    for (int i = 0; points && i < sk_DIST_POINT_num(points); i++) {
        const DIST_POINT *p = sk_DIST_POINT_value(points, i);
        if (!p->distpoint || p->distpoint->type != 0)
            continue;
        for (int j = 0; j < sk_GENERAL_NAME_num(p->distpoint->name.fullname); j++)
            add_general(u, sk_GENERAL_NAME_value(p->distpoint->name.fullname, j));
    }
    CRL_DIST_POINTS_free(points);
}

void uris_ocsp(const struct trust *t, X509 *cert, X509 *issuer, struct store_uris *u)
{
    STACK_OF(OPENSSL_STRING) *list = X509_get1_ocsp(cert);
    u->count = 0;
    add_configured(t, issuer, true, u);
    for (int i = 0; list && i < sk_OPENSSL_STRING_num(list); i++)
        add_uri(u, sk_OPENSSL_STRING_value(list, i), strlen(sk_OPENSSL_STRING_value(list, i)));
    X509_email_free(list); /* OpenSSL's way to free such a list */
}
