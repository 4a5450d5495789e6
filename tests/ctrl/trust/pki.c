/* SPDX-License-Identifier: Apache-2.0 */
/* See pki.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "tests/ctrl/trust/pki.h"

#define MANY 256
static EVP_PKEY *keys[MANY];
static X509 *certs[MANY];
static size_t key_count, cert_count;

EVP_PKEY *pki_key(const char *kind)
{
    EVP_PKEY *key = strncmp(kind, "RSA:", 4) == 0  ? EVP_RSA_gen((unsigned)atoi(kind + 4))
                    : strncmp(kind, "EC:", 3) == 0 ? EVP_EC_gen(kind + 3)
                                                   : EVP_PKEY_Q_keygen(NULL, NULL, kind);
    assert_non_null(key);
    assert_true(key_count < MANY);
    return keys[key_count++] = key;
}

void pki_free(void)
{
    while (key_count)
        EVP_PKEY_free(keys[--key_count]);
    while (cert_count)
        X509_free(certs[--cert_count]);
}

static void extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    assert_non_null(e);
    assert_int_equal(X509_add_ext(cert, e, -1), 1);
    X509_EXTENSION_free(e);
}

static const EVP_MD *hash_of(const EVP_PKEY *key)
{
    return EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? NULL : EVP_sha256();
}

X509 *pki_cert(EVP_PKEY *key, const struct pki_cert *c, X509 *issuer, EVP_PKEY *issuer_key)
{
    static long serial = 1000;
    char text[300];
    X509 *cert = X509_new();
    X509_NAME *name = X509_get_subject_name(cert);
    assert_int_equal(X509_set_version(cert, 2), 1);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(cert), -86400 * 2);
    X509_gmtime_adj(X509_getm_notAfter(cert), c->expired ? -86400 : 86400);
    X509_NAME_add_entry_by_txt(name, "C", MBSTRING_UTF8, (const unsigned char *)"CH", -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)c->name, -1, -1,
                               0);
    X509_set_issuer_name(cert, X509_get_subject_name(issuer ? issuer : cert));
    X509_set_pubkey(cert, key);
    extend(cert, issuer ? issuer : cert, NID_basic_constraints,
           c->ca ? "critical,CA:TRUE" : "CA:FALSE");
    extend(cert, issuer ? issuer : cert, NID_subject_key_identifier, "hash");
    extend(cert, issuer ? issuer : cert, NID_key_usage,
           c->usage ? c->usage
           : c->ca  ? "keyCertSign,cRLSign"
                    : "digitalSignature");
    snprintf(text, sizeof text, "%s%s", c->san ? "" : "DNS:", c->san ? c->san : c->name);
    if (!c->ca && *text && !(c->san && !*c->san))
        extend(cert, issuer, NID_subject_alt_name, text);
    if (c->eku)
        extend(cert, issuer, NID_ext_key_usage, c->eku);
    snprintf(text, sizeof text, "URI:%s", c->crl ? c->crl : "");
    if (c->crl)
        extend(cert, issuer, NID_crl_distribution_points, text);
    snprintf(text, sizeof text, "OCSP;URI:%s", c->ocsp ? c->ocsp : "");
    if (c->ocsp)
        extend(cert, issuer, NID_info_access, text);
    if (c->constraints)
        extend(cert, issuer ? issuer : cert, NID_name_constraints, c->constraints);
    issuer_key = issuer ? issuer_key : key;
    assert_true(X509_sign(cert, issuer_key, hash_of(issuer_key)) > 0);
    assert_true(cert_count < MANY);
    return certs[cert_count++] = cert;
}

struct config_blob *pki_crl(X509 *issuer, EVP_PKEY *key, X509 *revoked, bool expired)
{
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *t = ASN1_TIME_new();
    unsigned char *der = NULL;
    X509_CRL_set_version(crl, 1);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer));
    X509_CRL_set1_lastUpdate(crl, X509_gmtime_adj(t, -86400));
    X509_CRL_set1_nextUpdate(crl, X509_gmtime_adj(t, expired ? -3600 : 86400));
    if (revoked) {
        X509_REVOKED *r = X509_REVOKED_new();
        X509_REVOKED_set_serialNumber(r, X509_get_serialNumber(revoked));
        X509_REVOKED_set_revocationDate(r, X509_gmtime_adj(t, -3600));
        X509_CRL_add0_revoked(crl, r);
    }
    assert_true(X509_CRL_sign(crl, key, hash_of(key)) > 0);
    int len = i2d_X509_CRL(crl, &der);
    struct config_blob *b = config_blob_new(BLOB_CRL, der, (size_t)len);
    assert_non_null(b);
    OPENSSL_free(der);
    ASN1_TIME_free(t);
    X509_CRL_free(crl);
    return b;
}

unsigned char *pki_ocsp(X509 *cert, X509 *issuer, X509 *signer, EVP_PKEY *key, bool revoked,
                        size_t *len)
{
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), cert, issuer);
    ASN1_TIME *now = X509_gmtime_adj(NULL, -60), *next = X509_gmtime_adj(NULL, 3600);
    unsigned char *der = NULL;
    assert_non_null(OCSP_basic_add1_status(
        basic, id, revoked ? V_OCSP_CERTSTATUS_REVOKED : V_OCSP_CERTSTATUS_GOOD,
        OCSP_REVOKED_STATUS_NOSTATUS, revoked ? now : NULL, now, next));
    assert_int_equal(OCSP_basic_sign(basic, signer, key, EVP_sha256(), NULL, 0), 1);
    OCSP_RESPONSE *resp = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    *len = (size_t)i2d_OCSP_RESPONSE(resp, &der);
    OCSP_RESPONSE_free(resp);
    OCSP_BASICRESP_free(basic);
    OCSP_CERTID_free(id);
    ASN1_TIME_free(now);
    ASN1_TIME_free(next);
    return der;
}

struct config_blob *pki_blob(X509 *cert)
{
    unsigned char *der = NULL;
    int len = i2d_X509(cert, &der);
    struct config_blob *b = config_blob_new(BLOB_CERT, der, (size_t)len);
    assert_non_null(b);
    OPENSSL_free(der);
    return b;
}

void pki_pem_key(EVP_PKEY *key, const char *path)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL), 1);
    fclose(f);
}

void pki_pem_cert(X509 *cert, const char *path)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(PEM_write_X509(f, cert), 1);
    fclose(f);
}
