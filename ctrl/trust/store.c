/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates, CAs and CRLs come and go. See trust.h. */
#include "ctrl/trust/store.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/x509v3.h>

struct trust *trust_new(void)
{
    struct trust *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->anchors = sk_X509_new_null();
    t->others = sk_X509_new_null();
    t->crls = sk_X509_CRL_new_null();
    t->fetched = sk_X509_CRL_new_null();
    if (t->anchors && t->others && t->crls && t->fetched)
        return t;
    trust_free(t);
    return NULL;
}

void trust_free(struct trust *t)
{
    if (!t)
        return;
    revoke_clear(t);
    named_clear(t);
    sk_X509_pop_free(t->anchors, X509_free);
    sk_X509_pop_free(t->others, X509_free);
    sk_X509_CRL_pop_free(t->crls, X509_CRL_free);
    sk_X509_CRL_pop_free(t->fetched, X509_CRL_free);
    while (t->authorities) {
        struct config_authority *a = t->authorities;
        t->authorities = a->next;
        config_authority_free(a);
    }
    free(t);
}

/* ---------------------------------------------------------------- adding */

bool store_is_self_signed(X509 *cert)
{
    return X509_self_signed(cert, 1) == 1;
}

static bool has(STACK_OF(X509) * list, const X509 *cert)
{
    for (int i = 0; i < sk_X509_num(list); i++)
        if (X509_cmp(sk_X509_value(list, i), cert) == 0)
            return true;
    return false;
}

static bool add_cert(struct trust *t, bool ca, const struct config_blob *b)
{
    const unsigned char *at = b->data;
    X509 *cert = d2i_X509(NULL, &at, (long)b->len);
    if (!cert)
        return false;
    STACK_OF(X509) *list = ca && store_is_self_signed(cert) ? t->anchors : t->others;
    bool ok = has(list, cert);
    if (ok || !(ok = sk_X509_push(list, cert) > 0))
        X509_free(cert);
    return ok;
}

static bool add_crl(STACK_OF(X509_CRL) * list, const struct config_blob *b)
{
    const unsigned char *at = b->data;
    X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)b->len);
    if (!crl)
        return false;
    for (int i = 0; i < sk_X509_CRL_num(list); i++)
        if (X509_CRL_match(sk_X509_CRL_value(list, i), crl) == 0) {
            X509_CRL_free(crl);
            return true;
        }
    if (sk_X509_CRL_push(list, crl) > 0)
        return true;
    X509_CRL_free(crl);
    return false;
}

bool trust_add(struct trust *t, enum config_cred_kind kind, const struct config_blob *blob)
{
    switch (kind) {
    case CRED_CERT:
        return add_cert(t, false, blob);
    case CRED_CA:
        return add_cert(t, true, blob);
    case CRED_CRL:
        return add_crl(t->crls, blob);
    case CRED_KEY:
        break;
    }
    return false;
}

void trust_clear(struct trust *t)
{
    while (sk_X509_num(t->anchors) > 0)
        X509_free(sk_X509_pop(t->anchors));
    while (sk_X509_num(t->others) > 0)
        X509_free(sk_X509_pop(t->others));
    while (sk_X509_CRL_num(t->crls) > 0)
        X509_CRL_free(sk_X509_CRL_pop(t->crls));
    named_clear(t);
    trust_flush(t);
}

/* ---------------------------------------------------------------- authorities */

bool trust_remove_authority(struct trust *t, const char *name)
{
    for (struct config_authority **at = &t->authorities; *at; at = &(*at)->next)
        if (strcmp((*at)->name, name) == 0) {
            struct config_authority *a = *at;
            *at = a->next;
            config_authority_free(a);
            return true;
        }
    return false;
}

void trust_add_authority(struct trust *t, struct config_authority *a)
{
    (void)trust_remove_authority(t, a->name);
    (void)trust_add(t, CRED_CA, a->cacert);
    a->next = t->authorities;
    t->authorities = a;
}

const struct config_authority *trust_authorities(const struct trust *t)
{
    return t->authorities;
}

/* ---------------------------------------------------------------- what is shown of it */

static bool hash_key(X509 *cert, uint8_t hash[SIGN_KEYID_LEN])
{
    unsigned char *der = NULL;
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
    bool ok = len > 0 && EVP_Digest(der, (size_t)len, hash, NULL, EVP_sha1(), NULL) == 1;
    OPENSSL_free(der);
    return ok;
}

size_t trust_cas(const struct trust *t, uint8_t (*hashes)[SIGN_KEYID_LEN], size_t max)
{
    size_t count = 0;
    for (int i = 0; i < sk_X509_num(t->anchors) && count < max; i++)
        count += hash_key(sk_X509_value(t->anchors, i), hashes[count]);
    return count;
}

typedef void (*each_fn)(void *user, enum config_cred_kind kind, const uint8_t *der, size_t len);

static void each_cert(STACK_OF(X509) * list, enum config_cred_kind kind, each_fn each, void *user)
{
    for (int i = 0; i < sk_X509_num(list); i++) {
        unsigned char *der = NULL;
        int len = i2d_X509(sk_X509_value(list, i), &der);
        if (len > 0)
            each(user, kind, der, (size_t)len);
        OPENSSL_free(der);
    }
}

static void each_crl(STACK_OF(X509_CRL) * list, each_fn each, void *user)
{
    for (int i = 0; i < sk_X509_CRL_num(list); i++) {
        unsigned char *der = NULL;
        int len = i2d_X509_CRL(sk_X509_CRL_value(list, i), &der);
        if (len > 0)
            each(user, CRED_CRL, der, (size_t)len);
        OPENSSL_free(der);
    }
}

void trust_each(const struct trust *t, each_fn each, void *user)
{
    each_cert(t->others, CRED_CERT, each, user);
    each_cert(t->anchors, CRED_CA, each, user);
    each_crl(t->crls, each, user);
    each_crl(t->fetched, each, user);
}

/* ---------------------------------------------------------------- ours */

typedef bool (*has_fn)(void *user, const EVP_PKEY *key);

static bool is_usable(X509 *cert, const struct config_id *id, has_fn has_key, void *user)
{
    return cert && X509_get0_pubkey(cert) && has_key(user, X509_get0_pubkey(cert)) &&
           (id->type == 0 || trust_names(cert, id));
}

static X509 *issuer_in(STACK_OF(X509) * list, X509 *cert)
{
    for (int i = 0; i < sk_X509_num(list); i++)
        if (X509_check_issued(sk_X509_value(list, i), cert) == X509_V_OK)
            return sk_X509_value(list, i);
    return NULL;
}

static bool is_asked(X509 *ca, const struct trust_cas *asked)
{
    uint8_t hash[SIGN_KEYID_LEN];
    bool found = false;
    if (!hash_key(ca, hash))
        return false;
    for (size_t i = 0; i < asked->count && !found; i++)
        found = memcmp(hash, asked->hashes[i], sizeof hash) == 0;
    return found;
}

/* RFC 7296 3.7: has one of these CAs signed it, or a CA above it? */
static bool leads_to(const struct trust *t, X509 *cert, const struct trust_cas *asked)
{
    for (int i = 0; cert && i < TRUST_CERTS; i++) {
        X509 *anchor = issuer_in(t->anchors, cert);
        if (anchor && is_asked(anchor, asked))
            return true;
        cert = issuer_in(t->others, cert);
        if (cert && is_asked(cert, asked))
            return true;
    }
    return false;
}

/* Takes what is better than *best; true: nothing can be better any more. */
static bool consider(const struct trust *t, X509 *cert, const struct trust_cas *asked, X509 **best)
{
    bool fits = asked->count == 0 || leads_to(t, cert, asked);
    if (*best && !fits)
        return false;
    if (X509_up_ref(cert) != 1)
        return false;
    X509_free(*best);
    *best = cert;
    return fits;
}

X509 *trust_own(struct trust *t, const struct config_blob *named, const struct config_id *id,
                const struct trust_cas *asked, has_fn has_key, void *user)
{
    X509 *best = NULL;
    bool done = false;
    for (const struct config_blob *b = named; b && !done; b = b->next) {
        X509 *cert = store_named(t, b);
        if (is_usable(cert, id, has_key, user))
            done = consider(t, cert, asked, &best);
        X509_free(cert);
    }
    for (int i = 0; !named && !done && i < sk_X509_num(t->others); i++) {
        X509 *cert = sk_X509_value(t->others, i);
        if (is_usable(cert, id, has_key, user))
            done = consider(t, cert, asked, &best);
    }
    return best;
}

STACK_OF(X509) * trust_path(const struct trust *t, X509 *cert)
{
    STACK_OF(X509) *path = sk_X509_new_null();
    X509 *at = cert;
    while (path && sk_X509_num(path) < TRUST_CERTS && (at = issuer_in(t->others, at)) &&
           !has(path, at))
        if (X509_up_ref(at) != 1 || sk_X509_push(path, at) <= 0)
            break;
    return path;
}
