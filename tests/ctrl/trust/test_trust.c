/* SPDX-License-Identifier: Apache-2.0 */
/* Chains, names, usage and revocation, with certificates that OpenSSL makes on the spot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "ctrl/trust/trust.h"
#include "tests/ctrl/trust/pki.h"

static struct trust *t;
static EVP_PKEY *root_key, *middle_key, *key;
static X509 *root, *middle;
static char why[TRUST_WHY];
static struct config_auth conf;

static void add(enum config_cred_kind kind, X509 *cert)
{
    struct config_blob *b = pki_blob(cert);
    assert_true(trust_add(t, kind, b));
    config_blobs_free(b);
}

static int set_up(void **state)
{
    const struct pki_cert r = {.name = "root", .ca = true}, m = {.name = "middle", .ca = true};
    (void)state;
    t = trust_new();
    assert_non_null(t);
    root_key = pki_key("EC:P-256");
    middle_key = pki_key("EC:P-256");
    key = pki_key("EC:P-256");
    root = pki_cert(root_key, &r, NULL, NULL);
    middle = pki_cert(middle_key, &m, root, root_key);
    add(CRED_CA, root);
    conf = (struct config_auth){.kind = CONFIG_AUTH_PUBKEY};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    trust_free(t);
    pki_free();
    return 0;
}

static X509 *host(const struct pki_cert *c)
{
    return pki_cert(key, c, middle, middle_key);
}

/* The chain of what a peer sends: its certificate, and perhaps the intermediate one. */
static STACK_OF(X509) * chain(X509 *cert, bool with_middle, const char *name)
{
    struct trust_peer peer = {.conf = &conf};
    struct config_blob *a = pki_blob(cert), *b = pki_blob(middle);
    struct config_id id;
    assert_true(config_id_parse(name, &id));
    peer.id = &id;
    peer.certs[0].p = a->data;
    peer.certs[0].n = a->len;
    peer.certs[1].p = b->data;
    peer.certs[1].n = b->len;
    peer.count = with_middle ? 2 : 1;
    why[0] = '\0';
    STACK_OF(X509) *found = trust_chain(t, &peer, why);
    config_blobs_free(a);
    config_blobs_free(b);
    return found;
}

static void trusted(X509 *cert, const char *name)
{
    STACK_OF(X509) *c = chain(cert, true, name);
    if (!c)
        fail_msg("%s: %s", name, why);
    assert_int_equal(X509_cmp(sk_X509_value(c, 0), cert), 0);
    sk_X509_pop_free(c, X509_free);
}

static void refused(X509 *cert, const char *name, const char *because)
{
    assert_null(chain(cert, true, name));
    if (!strstr(why, because))
        fail_msg("%s instead of %s", why, because);
}

static void chains(void **state)
{
    const struct pki_cert c = {.name = "sun.example"}, old = {.name = "old", .expired = true};
    const struct pki_cert fake = {.name = "middle", .ca = true};
    X509 *cert = host(&c);
    (void)state;
    trusted(cert, "sun.example");
    assert_null(chain(cert, false, "sun.example")); /* the link is missing */
    add(CRED_CERT, middle);
    STACK_OF(X509) *found = chain(cert, false, "sun.example");
    assert_int_equal(sk_X509_num(found), 3);
    sk_X509_pop_free(found, X509_free);
    refused(host(&old), "old", "expired");
    refused(pki_cert(key, &c, NULL, NULL), "sun.example", "not trusted"); /* by itself */
    /* a CA of the same name and another key */
    EVP_PKEY *other = pki_key("EC:P-256");
    X509 *impostor = pki_cert(other, &fake, NULL, NULL);
    refused(pki_cert(key, &c, impostor, other), "sun.example", "not trusted");
    /* a host is no CA */
    refused(pki_cert(key, &c, cert, key), "sun.example", "not trusted");
    /* a CA that did not sign itself is where no chain ends */
    trust_clear(t);
    add(CRED_CA, middle);
    refused(cert, "sun.example", "not trusted");
}

/* RFC 4945 3.1 */
static void names(void **state)
{
    const struct pki_cert c = {
        .name = "sun",
        .san = "DNS:sun.example,DNS:*.wild.example,email:sun@example,IP:10.0.0.7,IP:2001:db8::7"};
    const struct pki_cert none = {.name = "moon.example", .san = ""};
    X509 *cert = host(&c);
    (void)state;
    trusted(cert, "sun.example");
    trusted(cert, "SUN.example");
    trusted(cert, "sun@example");
    trusted(cert, "10.0.0.7");
    trusted(cert, "2001:db8::7");
    trusted(cert, "C=CH, CN=sun");
    trusted(cert, "C=ch, CN=SUN"); /* RFC 5280 7.1 */
    static const char *const wrong[] = {"sun",      "un.example",        "sun.example2",
                                        "10.0.0.8", "x.wild.example",    "keyid:sun.example",
                                        "CN=sun",   "C=CH, CN=sun, O=x", "@@sun.example"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        refused(cert, wrong[i], "does not name it");
    refused(host(&none), "moon.example", "does not name it"); /* CN is no name of a host */
}

/* RFC 4945 5.1.3.2, 5.1.3.12 */
static void usage(void **state)
{
    static const struct {
        const char *usage, *eku;
        bool ok;
    } all[] = {
        {"digitalSignature", "1.3.6.1.5.5.7.3.17", true},
        {"nonRepudiation", "anyExtendedKeyUsage", true},
        {"digitalSignature,keyEncipherment", "serverAuth,clientAuth", true},
        {"keyEncipherment", NULL, false},
        {"digitalSignature", "codeSigning", false},
        {"digitalSignature", "OCSPSigning", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const struct pki_cert c = {.name = "sun", .usage = all[i].usage, .eku = all[i].eku};
        if (all[i].ok)
            trusted(host(&c), "sun");
        else
            refused(host(&c), "sun", "not for signing in IKE");
    }
}

static void what_the_connection_names(void **state)
{
    const struct pki_cert c = {.name = "sun"}, ca = {.name = "else", .ca = true},
                          old = {.name = "sun", .expired = true};
    X509 *cert = host(&c), *own = pki_cert(key, &c, NULL, NULL);
    EVP_PKEY *other = pki_key("EC:P-256");
    X509 *elsewhere = pki_cert(other, &ca, NULL, NULL);
    (void)state;
    conf.cacerts = pki_blob(elsewhere);
    refused(cert, "sun", "of another CA");
    trusted(pki_cert(key, &c, elsewhere, other), "sun"); /* trusted by being named */
    config_blobs_free(conf.cacerts);
    conf.cacerts = pki_blob(middle);
    trusted(cert, "sun");
    config_blobs_free(conf.cacerts);
    conf.cacerts = NULL;
    conf.certs = pki_blob(own);
    trusted(own, "sun");
    refused(cert, "sun", "none of those that the connection names");
    config_blobs_free(conf.certs);
    X509 *over = pki_cert(key, &old, NULL, NULL);
    conf.certs = pki_blob(over);
    refused(over, "sun", "no longer valid");
    config_blobs_free(conf.certs);
}

/* CVE-2026-14957: a key that can't be read, trailing bytes, cut anywhere: no chain, and no crash */
static void unparsable_cert_key(void **state)
{
    const struct pki_cert c = {.name = "sun"};
    struct config_blob *b = pki_blob(host(&c));
    struct config_id id;
    (void)state;
    assert_true(config_id_parse("sun", &id));
    uint8_t *copy = malloc(b->len + 1);
    assert_non_null(copy);
    for (size_t i = 0; i < 2 * b->len; i++) {
        struct trust_peer peer = {.conf = &conf, .id = &id, .count = 1};
        memcpy(copy, b->data, b->len);
        peer.certs[0].p = copy;
        peer.certs[0].n = i < b->len ? i : b->len;
        if (i >= b->len)
            copy[i - b->len] ^= 0x10;
        assert_null(trust_chain(t, &peer, why));
    }
    struct trust_peer peer = {.conf = &conf, .id = &id, .count = 1};
    memcpy(copy, b->data, b->len);
    copy[b->len] = 0;
    peer.certs[0].p = copy;
    peer.certs[0].n = b->len + 1;
    assert_null(trust_chain(t, &peer, why));
    assert_string_equal(why, "its certificate can't be read");
    free(copy);
    config_blobs_free(b);
}

static bool has_any(void *user, const EVP_PKEY *k)
{
    (void)k;
    return user != NULL;
}

/* Two certificates of ours, of two CAs: the one goes out that the peer has asked for. */
/* CVE-2026-35331: names that a CA above may not vouch for, however they are written */
static void name_constraints(void **state)
{
    static const struct {
        const char *constraints, *san;
        bool good;
    } rows[] = {{"critical,permitted;DNS:inside.example", "DNS:a.inside.example", true},
                {"critical,permitted;DNS:inside.example", "DNS:a.outside.example", false},
                {"permitted;DNS:inside.example", "DNS:a.outside.example", false},
                {"critical,excluded;DNS:outside.example", "DNS:a.outside.example", false},
                {"critical,excluded;DNS:outside.example", "DNS:A.OUTSIDE.EXAMPLE", false},
                {"critical,permitted;DNS:inside.example", "DNS:a.inside.example,DNS:b.outside.example", false},
                {"critical,permitted;IP:10.0.0.0/255.0.0.0", "IP:10.1.2.3", true},
                {"critical,permitted;IP:10.0.0.0/255.0.0.0", "IP:11.1.2.3", false}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char which[] = {'C', 'A', (char)('0' + i), '\0'};
        const struct pki_cert ca = {.name = which, .ca = true, .constraints = rows[i].constraints},
                              c = {.name = "host", .san = rows[i].san};
        EVP_PKEY *bound_key = pki_key("EC:P-256");
        X509 *bound = pki_cert(bound_key, &ca, root, root_key), *cert = pki_cert(key, &c, bound, bound_key);
        char name[64];
        snprintf(name, sizeof name, "%s", strchr(rows[i].san, ':') + 1);
        name[strcspn(name, ",")] = '\0';
        add(CRED_CERT, bound);
        if (rows[i].good)
            trusted(cert, name);
        else
            refused(cert, name, "not trusted");
    }
}

static void what_the_peer_asks_for(void **state)
{
    const struct pki_cert c = {.name = "sun"}, ca = {.name = "else", .ca = true};
    EVP_PKEY *other = pki_key("EC:P-256");
    X509 *elsewhere = pki_cert(other, &ca, NULL, NULL), *own[2];
    uint8_t all[4][SIGN_KEYID_LEN];
    struct config_id id;
    (void)state;
    own[0] = host(&c);
    own[1] = pki_cert(key, &c, elsewhere, other);
    add(CRED_CERT, middle);
    add(CRED_CERT, own[0]);
    add(CRED_CERT, own[1]);
    add(CRED_CA, elsewhere);
    assert_int_equal(trust_cas(t, all, 4), 2);
    assert_true(config_id_parse("sun", &id));
    for (size_t i = 0; i < 3; i++) { /* root, the other, one that nobody knows */
        uint8_t one[1][SIGN_KEYID_LEN] = {{0}};
        if (i < 2)
            memcpy(one[0], all[i], SIGN_KEYID_LEN);
        const struct trust_cas asked = {one, 1};
        X509 *found = trust_own(t, NULL, &id, &asked, has_any, &id);
        assert_non_null(found);
        assert_int_equal(X509_cmp(found, own[i % 2]), 0);
        X509_free(found);
    }
    const struct trust_cas none = {NULL, 0};
    assert_null(trust_own(t, NULL, &id, &none, has_any, NULL)); /* no key */
    STACK_OF(X509) *path = trust_path(t, own[0]);
    assert_int_equal(sk_X509_num(path), 1); /* the intermediate one, not the root */
    sk_X509_pop_free(path, X509_free);
}

/* ---------------------------------------------------------------- revocation */

static enum trust_verdict verdict(X509 *cert, const char *name, enum config_revocation policy)
{
    STACK_OF(X509) *c = chain(cert, true, name);
    assert_non_null(c);
    enum trust_verdict v = trust_revoked(t, c, policy, why);
    sk_X509_pop_free(c, X509_free);
    return v;
}

static void add_crl(struct config_blob *b)
{
    assert_true(trust_add(t, CRED_CRL, b));
    config_blobs_free(b);
}

static void crls_of_files(void **state)
{
    const struct pki_cert c = {.name = "sun"};
    X509 *cert = host(&c);
    (void)state;
    assert_int_equal(verdict(cert, "sun", CONFIG_REVOCATION_RELAXED), TRUST_GOOD);
    assert_int_equal(verdict(cert, "sun", CONFIG_REVOCATION_IFURI), TRUST_GOOD);
    assert_int_equal(verdict(cert, "sun", CONFIG_REVOCATION_STRICT), TRUST_BAD);
    add_crl(pki_crl(middle, middle_key, NULL, true)); /* too old */
    add_crl(pki_crl(root, root_key, NULL, false));
    assert_int_equal(verdict(cert, "sun", CONFIG_REVOCATION_STRICT), TRUST_BAD);
    add_crl(pki_crl(middle, key, cert, false)); /* nobody's */
    assert_int_equal(verdict(cert, "sun", CONFIG_REVOCATION_STRICT), TRUST_BAD);
    add_crl(pki_crl(middle, middle_key, NULL, false));
    assert_int_equal(verdict(cert, "sun", CONFIG_REVOCATION_STRICT), TRUST_GOOD);
}

static void revoked_by_files(void **state)
{
    const struct pki_cert c = {.name = "sun"};
    X509 *cert = host(&c);
    (void)state;
    add_crl(pki_crl(middle, middle_key, cert, false));
    assert_int_equal(verdict(cert, "sun", CONFIG_REVOCATION_RELAXED), TRUST_BAD);
    assert_string_equal(why, "its certificate has been revoked");
    assert_int_equal(verdict(host(&c), "sun", CONFIG_REVOCATION_RELAXED), TRUST_GOOD);
    add_crl(pki_crl(root, root_key, middle, false));
    assert_int_equal(verdict(host(&c), "sun", CONFIG_REVOCATION_RELAXED), TRUST_BAD);
    assert_string_equal(why, "a CA of its certificate has been revoked");
}

/* What is asked for, and its number. */
static unsigned asked(const char *url, bool post)
{
    const struct trust_fetch *f = trust_next_fetch(t);
    assert_non_null(f);
    assert_string_equal(f->url, url);
    assert_int_equal(f->post != NULL, post);
    assert_null(trust_next_fetch(t));
    return f->number;
}

static void crls_fetched(void **state)
{
    const struct pki_cert c = {.name = "sun", .crl = "http://crl.example/ca.crl"};
    X509 *cert = host(&c);
    (void)state;
    for (int round = 0; round < 4; round++) { /* none, another CA's, revoked, good */
        assert_int_equal(verdict(cert, "sun", CONFIG_REVOCATION_IFURI), TRUST_WAIT);
        unsigned n = asked("http://crl.example/ca.crl", false);
        assert_int_equal(verdict(cert, "sun", CONFIG_REVOCATION_IFURI), TRUST_WAIT);
        assert_null(trust_next_fetch(t)); /* it is on its way */
        struct config_blob *b = round == 0   ? NULL
                                : round == 1 ? pki_crl(root, root_key, cert, false)
                                : round == 2 ? pki_crl(middle, middle_key, cert, false)
                                             : pki_crl(middle, middle_key, NULL, false);
        trust_fetched(t, n, b ? b->data : NULL, b ? b->len : 0);
        config_blobs_free(b);
        assert_int_equal(verdict(cert, "sun", CONFIG_REVOCATION_IFURI),
                         round == 3 ? TRUST_GOOD : TRUST_BAD);
        assert_string_equal(why, round < 2 ? "whether its certificate has been revoked is not known"
                                 : round == 2 ? "its certificate has been revoked"
                                              : "");
        trust_flush(t);
    }
    trust_fetched(t, 9999, NULL, 0); /* nobody asked */
}

static void ocsp(void **state)
{
    const struct pki_cert c = {.name = "sun", .ocsp = "http://ocsp.example/"};
    const struct pki_cert delegate = {.name = "responder", .eku = "OCSPSigning"};
    EVP_PKEY *other = pki_key("EC:P-256");
    X509 *cert = host(&c), *responder = pki_cert(other, &delegate, middle, middle_key),
         *stranger = pki_cert(other, &delegate, root, root_key), *host2 = host(&c);
    (void)state;
    const struct {
        X509 *about, *by;
        EVP_PKEY *key;
        bool revoked;
        enum trust_verdict verdict;
    } all[] = {
        {cert, middle, middle_key, false, TRUST_GOOD}, {cert, middle, middle_key, true, TRUST_BAD},
        {cert, responder, other, false, TRUST_GOOD},   {cert, responder, other, true, TRUST_BAD},
        {host2, middle, middle_key, false, TRUST_BAD}, /* about another one */
        {cert, stranger, other, false, TRUST_BAD},     /* delegated by another CA */
        {cert, host2, key, false, TRUST_BAD},          /* not delegated at all */
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        size_t len;
        assert_int_equal(verdict(cert, "sun", CONFIG_REVOCATION_IFURI), TRUST_WAIT);
        unsigned n = asked("http://ocsp.example/", true);
        unsigned char *der =
            pki_ocsp(all[i].about, middle, all[i].by, all[i].key, all[i].revoked, &len);
        trust_fetched(t, n, der, len);
        OPENSSL_free(der);
        assert_int_equal(verdict(cert, "sun", CONFIG_REVOCATION_IFURI), all[i].verdict);
        assert_null(trust_next_fetch(t));
        trust_flush(t);
    }
}

/* CVE-2022-40617: a certificate that is not trusted makes us ask nobody */
static void nothing_is_fetched_before_trust(void **state)
{
    const struct pki_cert c = {
        .name = "sun", .crl = "http://10.0.0.1/inside", .ocsp = "http://10.0.0.1/inside"};
    (void)state;
    assert_null(chain(pki_cert(key, &c, NULL, NULL), true, "sun"));
    assert_null(chain(host(&c), false, "sun"));
    assert_null(chain(host(&c), true, "moon"));
    assert_null(trust_next_fetch(t));
}

static void only_http(void **state)
{
    static const char *const urls[] = {"ldap://x/y", "file:///etc/passwd", "https://x/y",
                                       "ftp://x/y"};
    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        const struct pki_cert c = {.name = "sun", .crl = urls[i]};
        assert_int_equal(verdict(host(&c), "sun", CONFIG_REVOCATION_RELAXED), TRUST_GOOD);
        assert_null(trust_next_fetch(t));
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(chains),
        TEST(names),
        TEST(usage),
        TEST(what_the_connection_names),
        TEST(crls_of_files),
        TEST(revoked_by_files),
        TEST(crls_fetched),
        TEST(ocsp),
        TEST(only_http),
        TEST(unparsable_cert_key),
        TEST(what_the_peer_asks_for),
        TEST(name_constraints),
        TEST(nothing_is_fetched_before_trust),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
