/* SPDX-License-Identifier: Apache-2.0 */
/* From a peer's certificate to a CA that is trusted, and whether it is the peer's at all. See
 * trust.h. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "ctrl/trust/store.h"
#include "ctrl/wire/ike.h"

#define DEPTH 7      /* certificates between the peer's and the CA */
#define AUTH_LEVEL 2 /* OpenSSL: 112 bits: no SHA-1, no RSA below 2048 bits in a chain */

static STACK_OF(X509) * no_chain(char why[TRUST_WHY], const char *what)
{
    (void)snprintf(why, TRUST_WHY, "%s", what);
    return NULL;
}

/* ---------------------------------------------------------------- names (RFC 4945 3.1) */

static bool is_text(const ASN1_STRING *s, const struct config_id *id)
{
    return (size_t)ASN1_STRING_length(s) == id->len &&
           strncasecmp((const char *)ASN1_STRING_get0_data(s), (const char *)id->data, id->len) ==
               0;
}

static bool is_bytes(const ASN1_STRING *s, const struct config_id *id)
{
    return (size_t)ASN1_STRING_length(s) == id->len &&
           memcmp(ASN1_STRING_get0_data(s), id->data, id->len) == 0;
}

static bool name_is(const GENERAL_NAME *name, const struct config_id *id)
{
    int type;
    const void *value = GENERAL_NAME_get0_value(name, &type);
    switch (id->type) {
    case ID_FQDN:
        return type == GEN_DNS && is_text(value, id);
    case ID_RFC822_ADDR:
        return type == GEN_EMAIL && is_text(value, id);
    case ID_IPV4_ADDR:
    case ID_IPV6_ADDR:
        return type == GEN_IPADD && is_bytes(value, id);
    default:
        return false;
    }
}

static bool subject_is(X509 *cert, const struct config_id *id)
{
    const unsigned char *at = id->data;
    X509_NAME *name = d2i_X509_NAME(NULL, &at, (long)id->len);
    bool same =
        name && at == id->data + id->len && X509_NAME_cmp(name, X509_get_subject_name(cert)) == 0;
    X509_NAME_free(name);
    return same;
}

bool trust_names(X509 *cert, const struct config_id *id)
{
    if (id->type == ID_DER_ASN1_DN)
        return subject_is(cert, id);
    GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    bool found = false;
    for (int i = 0; names && !found && i < sk_GENERAL_NAME_num(names); i++)
        found = name_is(sk_GENERAL_NAME_value(names, i), id);
    GENERAL_NAMES_free(names);
    return found;
}

/* ---------------------------------------------------------------- usage (RFC 4945 5.1.3) */

/* 5.1.3.2: to sign; without the extension anything goes */
static bool may_sign(X509 *cert)
{
    uint32_t usage = X509_get_key_usage(cert);
    return usage == UINT32_MAX || (usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION));
}

/* 5.1.3.12: for IKE, for anything; and what people have, for TLS or IPsec's older numbers */
static bool is_for_ike(X509 *cert)
{
    static const char *const oids[] = {
        "1.3.6.1.5.5.7.3.17", "1.3.6.1.5.5.8.2.2", "2.5.29.37.0",       "1.3.6.1.5.5.7.3.1",
        "1.3.6.1.5.5.7.3.2",  "1.3.6.1.5.5.7.3.5", "1.3.6.1.5.5.7.3.6", "1.3.6.1.5.5.7.3.7"};
    EXTENDED_KEY_USAGE *eku = X509_get_ext_d2i(cert, NID_ext_key_usage, NULL, NULL);
    bool found = !eku;
    for (int i = 0; eku && !found && i < sk_ASN1_OBJECT_num(eku); i++) {
        char text[64] = "";
        OBJ_obj2txt(text, sizeof text, sk_ASN1_OBJECT_value(eku, i), 1);
        for (size_t j = 0; j < sizeof oids / sizeof *oids; j++)
            found |= strcmp(text, oids[j]) == 0;
    }
    EXTENDED_KEY_USAGE_free(eku);
    return found;
}

/* ---------------------------------------------------------------- the chain (RFC 5280 6) */

STACK_OF(X509) * store_verify(STACK_OF(X509) * anchors, STACK_OF(X509) * untrusted,
                              STACK_OF(X509_CRL) * crls, bool partial, X509 *cert, int *error)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    STACK_OF(X509) *chain = NULL;
    *error = X509_V_ERR_OUT_OF_MEM;
    if (store && ctx && X509_STORE_CTX_init(ctx, store, cert, untrusted) == 1) {
        X509_VERIFY_PARAM *p = X509_STORE_CTX_get0_param(ctx);
        X509_STORE_CTX_set0_trusted_stack(ctx, anchors);
        X509_VERIFY_PARAM_set_depth(p, DEPTH);
        X509_VERIFY_PARAM_set_auth_level(p, AUTH_LEVEL);
        if (partial)
            X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_PARTIAL_CHAIN);
        if (crls) {
            X509_STORE_CTX_set0_crls(ctx, crls);
            X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_CRL_CHECK);
        }
        if (X509_verify_cert(ctx) == 1)
            chain = X509_STORE_CTX_get1_chain(ctx);
        *error = chain ? X509_V_OK : X509_STORE_CTX_get_error(ctx);
    }
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    return chain;
}

static bool in_blobs(const struct config_blob *list, X509 *cert)
{
    unsigned char *der = NULL;
    int len = i2d_X509(cert, &der);
    bool found = false;
    for (; list && len > 0 && !found; list = list->next)
        found = list->len == (size_t)len && memcmp(list->data, der, list->len) == 0;
    OPENSSL_free(der);
    return found;
}

/* Takes a reference of each; true: all of them. */
static bool push_all(STACK_OF(X509) * to, STACK_OF(X509) * from)
{
    for (int i = 0; i < sk_X509_num(from); i++) {
        X509 *cert = sk_X509_value(from, i);
        if (X509_up_ref(cert) != 1)
            return false;
        if (sk_X509_push(to, cert) <= 0) {
            X509_free(cert);
            return false;
        }
    }
    return true;
}

/* remote.cacerts are trusted as if they had been added. */
static bool push_cas(struct trust *t, STACK_OF(X509) * anchors, STACK_OF(X509) * untrusted,
                     const struct config_blob *list)
{
    for (; list; list = list->next) {
        X509 *cert = store_named(t, list);
        if (!cert || sk_X509_push(store_is_self_signed(cert) ? anchors : untrusted, cert) <= 0) {
            X509_free(cert);
            return false;
        }
    }
    return true;
}

static bool has_ca_of(STACK_OF(X509) * chain, const struct config_blob *cacerts)
{
    for (int i = 1; i < sk_X509_num(chain); i++)
        if (in_blobs(cacerts, sk_X509_value(chain, i)))
            return true;
    return cacerts == NULL;
}

static STACK_OF(X509) * build(struct trust *t, const struct config_auth *conf, X509 *cert,
                              STACK_OF(X509) * sent, char why[TRUST_WHY])
{
    STACK_OF(X509) *anchors = sk_X509_new_null(), *untrusted = sk_X509_new_null(), *chain = NULL;
    int error = X509_V_ERR_OUT_OF_MEM;
    if (anchors && untrusted && push_all(anchors, t->anchors) && push_all(untrusted, sent) &&
        push_all(untrusted, t->others) && push_cas(t, anchors, untrusted, conf->cacerts))
        chain = store_verify(anchors, untrusted, NULL, false, cert, &error);
    if (!chain)
        (void)snprintf(why, TRUST_WHY, "its certificate is not trusted: %s",
                       X509_verify_cert_error_string(error));
    else if (!has_ca_of(chain, conf->cacerts)) {
        sk_X509_pop_free(chain, X509_free);
        chain = no_chain(why, "its certificate is of another CA than the connection names");
    }
    sk_X509_pop_free(anchors, X509_free);
    sk_X509_pop_free(untrusted, X509_free);
    return chain;
}

/* A certificate that the connection names is trusted as it is, while it lasts. */
static STACK_OF(X509) * pinned(X509 *cert, char why[TRUST_WHY])
{
    STACK_OF(X509) * chain;
    if (X509_cmp_current_time(X509_get0_notBefore(cert)) > 0 ||
        X509_cmp_current_time(X509_get0_notAfter(cert)) < 0)
        return no_chain(why, "its certificate is not yet or no longer valid");
    chain = sk_X509_new_null();
    if (chain && X509_up_ref(cert) == 1 && sk_X509_push(chain, cert) > 0)
        return chain;
    sk_X509_free(chain);
    return no_chain(why, "no memory");
}

/* ---------------------------------------------------------------- what the peer sent */

/* DER with nothing behind it, and a key that OpenSSL can read (the class of CVE-2026-14957). */
static X509 *parse(const uint8_t *p, size_t n)
{
    const unsigned char *at = p;
    X509 *cert = d2i_X509(NULL, &at, (long)n);
    if (cert && (at != p + n || !X509_get0_pubkey(cert))) {
        X509_free(cert);
        cert = NULL;
    }
    return cert;
}

/* The first is the peer's own (RFC 7296 3.6); those after it that can't be read are left out. NULL:
 * there is none, or it can't be read. */
static STACK_OF(X509) * parse_all(const struct trust_peer *peer)
{
    STACK_OF(X509) *list = sk_X509_new_null();
    for (size_t i = 0; list && i < peer->count; i++) {
        X509 *cert = parse(peer->certs[i].p, peer->certs[i].n);
        if (cert && sk_X509_push(list, cert) > 0)
            continue;
        X509_free(cert);
        if (i == 0)
            break;
    }
    return list;
}

/* Without CERT: one that the connection names, or that was added, and that names the peer. */
static X509 *known(struct trust *t, const struct trust_peer *peer)
{
    for (const struct config_blob *b = peer->conf->certs; b; b = b->next) {
        X509 *cert = store_named(t, b);
        if (cert && X509_get0_pubkey(cert) && trust_names(cert, peer->id))
            return cert;
        X509_free(cert);
    }
    for (int i = 0; !peer->conf->certs && i < sk_X509_num(t->others); i++) {
        X509 *cert = sk_X509_value(t->others, i);
        if (trust_names(cert, peer->id) && X509_get0_pubkey(cert) && X509_up_ref(cert) == 1)
            return cert;
    }
    return NULL;
}

static STACK_OF(X509) * judge(struct trust *t, const struct trust_peer *peer, X509 *cert,
                              STACK_OF(X509) * sent, char why[TRUST_WHY])
{
    if (!trust_names(cert, peer->id))
        return no_chain(why, "its certificate does not name it");
    if (!may_sign(cert) || !is_for_ike(cert))
        return no_chain(why, "its certificate is not for signing in IKE");
    if (peer->conf->certs)
        return in_blobs(peer->conf->certs, cert)
                   ? pinned(cert, why)
                   : no_chain(why, "its certificate is none of those that the connection names");
    return build(t, peer->conf, cert, sent, why);
}

STACK_OF(X509) * trust_chain(struct trust *t, const struct trust_peer *peer, char why[TRUST_WHY])
{
    STACK_OF(X509) *sent = parse_all(peer), *chain = NULL;
    X509 *cert = NULL;
    if (!sent)
        return no_chain(why, "no memory");
    if (sk_X509_num(sent) > 0 && X509_up_ref(sk_X509_value(sent, 0)) == 1)
        cert = sk_X509_value(sent, 0);
    else if (peer->count == 0)
        cert = known(t, peer);
    if (cert)
        chain = judge(t, peer, cert, sent, why);
    else
        chain =
            no_chain(why, peer->count ? "its certificate can't be read" : "no certificate for it");
    X509_free(cert);
    sk_X509_pop_free(sent, X509_free);
    return chain;
}
