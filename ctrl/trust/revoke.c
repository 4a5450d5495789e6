/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has a certificate of a verified chain been revoked? OCSP is asked first, then CRLs (strongSwan's
 * order); what is missing is put down to be fetched. See trust.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctrl/trust/store.h"

#define SILENT_FOR 20 /* seconds in which an address that gave nothing is not asked again */
#define ANSWERS 4096  /* most that are remembered */
#define FETCHED_CRLS 256

enum status { STATUS_GOOD, STATUS_REVOKED, STATUS_UNKNOWN, STATUS_WAIT };

/* ---------------------------------------------------------------- what is known */

static void forget_old(struct trust *t)
{
    size_t kept = 0;
    for (struct trust_answer **at = &t->answers; *at;) {
        struct trust_answer *a = *at;
        if (a->until > time(NULL) && ++kept <= ANSWERS) {
            at = &a->next;
            continue;
        }
        *at = a->next;
        X509_free(a->cert);
        free(a);
    }
}

static void remember(struct trust *t, const struct trust_answer *answer, const char *url,
                     X509 *cert)
{
    struct trust_answer *a = calloc(1, sizeof *a);
    if (!a)
        return;
    *a = *answer;
    (void)snprintf(a->url, sizeof a->url, "%s", url);
    a->cert = cert && X509_up_ref(cert) == 1 ? cert : NULL;
    a->next = t->answers;
    t->answers = a;
}

static bool is_silent(const struct trust *t, const char *url)
{
    for (const struct trust_answer *a = t->answers; a; a = a->next)
        if (!a->cert && strcmp(a->url, url) == 0)
            return true;
    return false;
}

static enum status ocsp_known(const struct trust *t, const X509 *cert)
{
    for (const struct trust_answer *a = t->answers; a; a = a->next)
        if (a->cert && X509_cmp(a->cert, cert) == 0)
            return a->revoked ? STATUS_REVOKED : STATUS_GOOD;
    return STATUS_UNKNOWN;
}

/* Those that the issuer has signed: OpenSSL would judge by the first that carries its name. */
static STACK_OF(X509_CRL) * signed_by(STACK_OF(X509_CRL) * crls, X509 *issuer)
{
    STACK_OF(X509_CRL) *found = sk_X509_CRL_new_null();
    for (int i = 0; found && i < sk_X509_CRL_num(crls); i++) {
        X509_CRL *crl = sk_X509_CRL_value(crls, i);
        if (X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(issuer)) == 0 &&
            X509_CRL_verify(crl, X509_get0_pubkey(issuer)) == 1)
            (void)sk_X509_CRL_push(found, crl);
    }
    return found;
}

/* OpenSSL judges the CRL as well as the certificate: its times, scope and extensions. */
static enum status crl_known(STACK_OF(X509_CRL) * crls, X509 *cert, X509 *issuer)
{
    STACK_OF(X509) *anchor = sk_X509_new_null();
    STACK_OF(X509_CRL) *theirs = signed_by(crls, issuer);
    int error = X509_V_ERR_OUT_OF_MEM;
    if (anchor && theirs && sk_X509_push(anchor, issuer) > 0)
        sk_X509_pop_free(store_verify(anchor, NULL, theirs, true, cert, &error), X509_free);
    sk_X509_free(anchor);
    sk_X509_CRL_free(theirs);
    return error == X509_V_OK                 ? STATUS_GOOD
           : error == X509_V_ERR_CERT_REVOKED ? STATUS_REVOKED
                                              : STATUS_UNKNOWN;
}

static enum status crls_known(const struct trust *t, X509 *cert, X509 *issuer)
{
    enum status a = crl_known(t->crls, cert, issuer), b = crl_known(t->fetched, cert, issuer);
    if (a == STATUS_REVOKED || b == STATUS_REVOKED)
        return STATUS_REVOKED;
    return a == STATUS_GOOD || b == STATUS_GOOD ? STATUS_GOOD : STATUS_UNKNOWN;
}

/* ---------------------------------------------------------------- what is to be fetched */

static void fetch_free(struct trust_fetch *f)
{
    OPENSSL_free(f->post);
    X509_free(f->cert);
    X509_free(f->issuer);
    free(f);
}

static bool is_coming(const struct trust *t, const char *url, bool ocsp, const X509 *cert)
{
    for (const struct trust_fetch *f = t->fetches; f; f = f->next)
        if (strcmp(f->url, url) == 0 && (f->post != NULL) == ocsp &&
            (!ocsp || X509_cmp(f->cert, cert) == 0))
            return true;
    return false;
}

static bool put_down(struct trust *t, const char *url, bool ocsp, X509 *cert, X509 *issuer)
{
    struct trust_fetch *f = calloc(1, sizeof *f);
    if (!f)
        return false;
    f->number = ++t->next_number;
    (void)snprintf(f->url, sizeof f->url, "%s", url);
    f->cert = X509_up_ref(cert) == 1 ? cert : NULL;
    f->issuer = X509_up_ref(issuer) == 1 ? issuer : NULL;
    if (!f->cert || !f->issuer || (ocsp && !ocsp_request(cert, issuer, &f->post, &f->post_len))) {
        fetch_free(f);
        return false;
    }
    f->next = t->fetches;
    t->fetches = f;
    return true;
}

/* The first address that is not known to be silent. */
static enum status ask(struct trust *t, const struct store_uris *u, bool ocsp, X509 *cert,
                       X509 *issuer)
{
    for (size_t i = 0; i < u->count; i++) {
        if (is_silent(t, u->list[i]))
            continue;
        if (is_coming(t, u->list[i], ocsp, cert) || put_down(t, u->list[i], ocsp, cert, issuer))
            return STATUS_WAIT;
    }
    return STATUS_UNKNOWN;
}

static enum status look(struct trust *t, X509 *cert, X509 *issuer, bool *has_uri)
{
    struct store_uris ocsp, crl;
    uris_ocsp(t, cert, issuer, &ocsp);
    uris_crl(t, cert, issuer, &crl);
    *has_uri = ocsp.count + crl.count > 0;
    enum status s = crls_known(t, cert, issuer);
    if (s == STATUS_REVOKED)
        return s;
    enum status o = ocsp_known(t, cert);
    if (o != STATUS_UNKNOWN)
        return o;
    if (s == STATUS_GOOD) /* a CRL that is still valid: nothing has to be asked */
        return s;
    s = ask(t, &ocsp, true, cert, issuer);
    return s == STATUS_UNKNOWN ? ask(t, &crl, false, cert, issuer) : s;
}

enum trust_verdict trust_revoked(struct trust *t, STACK_OF(X509) * chain,
                                 enum config_revocation policy, char why[TRUST_WHY])
{
    bool wait = false;
    forget_old(t);
    for (int i = 0; i + 1 < sk_X509_num(chain); i++) {
        bool has_uri;
        enum status s = look(t, sk_X509_value(chain, i), sk_X509_value(chain, i + 1), &has_uri);
        if (s == STATUS_REVOKED) {
            (void)snprintf(why, TRUST_WHY, "%s has been revoked",
                           i ? "a CA of its certificate" : "its certificate");
            return TRUST_BAD;
        }
        if (s == STATUS_UNKNOWN && (policy == CONFIG_REVOCATION_STRICT ||
                                    (policy == CONFIG_REVOCATION_IFURI && has_uri))) {
            (void)snprintf(why, TRUST_WHY, "whether %s has been revoked is not known",
                           i ? "a CA of its certificate" : "its certificate");
            return TRUST_BAD;
        }
        wait |= s == STATUS_WAIT;
    }
    return wait ? TRUST_WAIT : TRUST_GOOD;
}

/* ---------------------------------------------------------------- what came */

const struct trust_fetch *trust_next_fetch(struct trust *t)
{
    for (struct trust_fetch *f = t->fetches; f; f = f->next)
        if (!f->begun) {
            f->begun = true;
            return f;
        }
    return NULL;
}

/* A CRL that the issuer has signed, in the place of its last one. */
static bool take_crl(struct trust *t, const struct trust_fetch *f, const uint8_t *data, size_t len)
{
    struct config_blob *b = config_blob_new(BLOB_CRL, data, len);
    const unsigned char *at = b ? b->data : NULL;
    X509_CRL *crl = b ? d2i_X509_CRL(NULL, &at, (long)b->len) : NULL;
    config_blobs_free(b);
    if (!crl || X509_CRL_verify(crl, X509_get0_pubkey(f->issuer)) != 1) {
        X509_CRL_free(crl);
        return false;
    }
    for (int i = sk_X509_CRL_num(t->fetched); i-- > 0;)
        if (X509_NAME_cmp(X509_CRL_get_issuer(sk_X509_CRL_value(t->fetched, i)),
                          X509_CRL_get_issuer(crl)) == 0 ||
            i >= FETCHED_CRLS)
            X509_CRL_free(sk_X509_CRL_delete(t->fetched, i));
    if (sk_X509_CRL_push(t->fetched, crl) > 0)
        return crl_known(t->fetched, f->cert, f->issuer) != STATUS_UNKNOWN;
    X509_CRL_free(crl);
    return false;
}

static bool take_ocsp(struct trust *t, const struct trust_fetch *f, const uint8_t *data, size_t len)
{
    struct trust_answer answer = {.good = false};
    if (!ocsp_read(f->cert, f->issuer, data, len, &answer))
        return false;
    remember(t, &answer, f->url, f->cert);
    return true;
}

void trust_fetched(struct trust *t, unsigned number, const uint8_t *data, size_t len)
{
    struct trust_fetch **at = &t->fetches, *f;
    while (*at && (*at)->number != number)
        at = &(*at)->next;
    if (!(f = *at))
        return;
    *at = f->next;
    if (!data || !(f->post ? take_ocsp(t, f, data, len) : take_crl(t, f, data, len))) {
        const struct trust_answer silent = {.until = time(NULL) + SILENT_FOR};
        remember(t, &silent, f->url, NULL);
    }
    fetch_free(f);
}

void trust_flush(struct trust *t)
{
    while (t->answers) {
        struct trust_answer *a = t->answers;
        t->answers = a->next;
        X509_free(a->cert);
        free(a);
    }
    while (sk_X509_CRL_num(t->fetched) > 0)
        X509_CRL_free(sk_X509_CRL_pop(t->fetched));
}

void revoke_clear(struct trust *t)
{
    while (t->answers) {
        struct trust_answer *a = t->answers;
        t->answers = a->next;
        X509_free(a->cert);
        free(a);
    }
    while (t->fetches) {
        struct trust_fetch *f = t->fetches;
        t->fetches = f->next;
        fetch_free(f);
    }
}
