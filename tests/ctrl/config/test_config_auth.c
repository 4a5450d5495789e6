/* SPDX-License-Identifier: Apache-2.0 */
/* How each side proves itself, as swanctl.conf says it; and the files beside it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctrl/config/config.h"
#include "tests/ctrl/trust/pki.h"

static char dir[] = "/tmp/espl-auth-XXXXXX", path[128], why[512];
static EVP_PKEY *key;
static X509 *cert;

static const char *below(const char *name)
{
    static char full[256];
    snprintf(full, sizeof full, "%s/%s", dir, name);
    return full;
}

static int set_up(void **state)
{
    static const char *const folders[] = {"x509", "x509ca", "private", "x509crl"};
    const struct pki_cert c = {.name = "moon.example"};
    (void)state;
    strcpy(dir, "/tmp/espl-auth-XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/swanctl.conf", dir);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(mkdir(below(folders[i]), 0700), 0);
    key = pki_key("EC:P-256");
    cert = pki_cert(key, &c, NULL, NULL);
    pki_pem_cert(cert, below("x509/moon.pem"));
    return 0;
}

static int tear_down(void **state)
{
    char command[160];
    (void)state;
    snprintf(command, sizeof command, "rm -r %s", dir);
    assert_int_equal(system(command), 0);
    pki_free();
    return 0;
}

static struct config *load(const char *text)
{
    struct config *config = NULL;
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    why[0] = '\0';
    if (config_load(path, &config, why, sizeof why) != 0)
        return NULL;
    return config;
}

/* A connection with this `auth` of the peer. */
static struct config *with_auth(const char *auth)
{
    char text[512];
    snprintf(text, sizeof text,
             "connections { gw { local { certs = moon.pem }\n remote { auth = %s\n id = x } } }\n",
             auth);
    return load(text);
}

static void rules(void **state)
{
    static const struct {
        const char *text;
        struct sign_rule rule;
    } all[] = {
        {"pubkey", {0, 0, false, 0, 0}},
        {"pubkey-sha256-sha512",
         {0, SIGN_HASH_BIT(SIGN_SHA256) | SIGN_HASH_BIT(SIGN_SHA512), false, 0, 0}},
        {"rsa-3072", {SIGN_RSA, 0, false, 3072, 0}},
        {"ike:rsa/pss-sha384", {SIGN_RSA, SIGN_HASH_BIT(SIGN_SHA384), true, 0, 0}},
        {"ecdsa-384-sha384", {SIGN_ECDSA, SIGN_HASH_BIT(SIGN_SHA384), false, 0, 384}},
        {"ed25519", {SIGN_ED25519, 0, false, 0, 0}},
        {"rsa-2048-ecdsa-256", {SIGN_RSA | SIGN_ECDSA, 0, false, 2048, 256}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct config *c = with_auth(all[i].text);
        if (!c)
            fail_msg("%s", why);
        const struct sign_rule *r = &c->conns->remote.rule;
        assert_int_equal(c->conns->remote.kind, CONFIG_AUTH_PUBKEY);
        assert_int_equal(r->keys, all[i].rule.keys);
        assert_int_equal(r->hashes, all[i].rule.hashes);
        assert_int_equal(r->pss, all[i].rule.pss);
        assert_int_equal(r->rsa_bits, all[i].rule.rsa_bits);
        assert_int_equal(r->ecdsa_bits, all[i].rule.ecdsa_bits);
        config_unref(c);
    }
    static const char *const bad[] = {"rsa-",       "rsa--sha256", "-rsa",    "rsa-99999", "3072",
                                      "pubkey-md5", "pubkey-2048", "eap-tls", "rsa:sha256"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_null(with_auth(bad[i]));
}

static void certificates_by_name(void **state)
{
    struct config *c = with_auth("pubkey");
    struct config_blob *b = pki_blob(cert);
    (void)state;
    assert_non_null(c);
    assert_string_equal(c->conns->local_id.text, "C=CH, CN=moon.example");
    assert_int_equal(c->conns->local.certs->len, b->len);
    assert_memory_equal(c->conns->local.certs->data, b->data, b->len);
    config_blobs_free(b);
    config_unref(c);
    assert_null(load("connections { gw { local { certs = sun.pem }\n remote { } } }\n"));
    assert_non_null(strstr(why, "x509/sun.pem can't be read: No such file"));
    assert_null(load("connections { gw { local { certs = ../swanctl.conf }\n remote { } } }\n"));
    assert_non_null(strstr(why, "is no certificate"));
}

static void folders(void **state)
{
    struct config_blob *crl = pki_crl(cert, key, NULL, false);
    unsigned kinds[CRED_KEY + 1] = {0};
    (void)state;
    pki_pem_cert(cert, below("x509ca/root.pem"));
    pki_pem_key(key, below("private/moon.pem"));
    FILE *f = fopen(below("x509crl/moon.crl"), "w");
    assert_int_equal(fwrite(crl->data, 1, crl->len, f), crl->len);
    fclose(f);
    config_blobs_free(crl);
    struct config *c = load("secrets { private-1 { file = moon.pem\n secret = open } }\n");
    if (!c)
        fail_msg("%s", why);
    for (const struct config_cred *cred = c->creds; cred; cred = cred->next) {
        kinds[cred->kind]++;
        if (cred->kind == CRED_KEY) { /* open, and not read */
            assert_true(cred->fd >= 0);
            assert_null(cred->data);
            assert_int_equal(cred->passphrase->len, 4);
        }
    }
    for (int i = 0; i <= CRED_KEY; i++)
        assert_int_equal(kinds[i], 1);
    assert_null(c->secrets);
    config_unref(c);
    assert_null(load("secrets { private-1 { file = sun.pem\n secret = open } }\n"));
    assert_non_null(strstr(why, "there is no private key sun.pem"));
    f = fopen(below("x509/broken.pem"), "w");
    fputs("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", f);
    fclose(f);
    assert_null(load("connections { }\n"));
    assert_non_null(strstr(why, "x509/broken.pem is no certificate"));
}

static void patterns(void **state)
{
    static const struct {
        const char *pattern, *id;
        bool fits;
    } all[] = {
        {"%any", "moon.example", true},
        {"*.example", "moon.example", true},
        {"*.example", ".example", false},
        {"*.example", "moon.example.org", false},
        {"*.example", "moon@x.example", false},
        {"*@example", "moon@example", true},
        {"*@example", "moon.example", false},
        {"C=CH, O=*, CN=moon", "C=CH, O=Lab, CN=moon", true},
        {"C=CH, O=*, CN=moon", "C=CH, O=Lab, CN=sun", false},
        {"C=CH, CN=*", "C=CH, O=Lab, CN=moon", false},
        {"C=CH, CN=moon", "c=ch, CN=Moon", false}, /* attributes have one spelling */
        {"C=CH, CN=moon", "C=ch, CN=MOON", true},
        {"10.0.0.1", "10.0.0.1", true},
        {"10.0.0.1", "10.0.0.2", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct config_id p, id;
        assert_true(config_id_parse(all[i].pattern, &p));
        bool known = config_id_parse(all[i].id, &id);
        if ((known && config_id_fits(&p, &id)) != all[i].fits)
            fail_msg("%s, %s", all[i].pattern, all[i].id);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(rules), TEST(certificates_by_name), TEST(folders),
                                       TEST(patterns)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
