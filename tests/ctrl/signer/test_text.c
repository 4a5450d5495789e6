/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of settings by way of the signer's process: what comes out has numbers for secrets on the
 * lines where they stood, and what is no text of settings does not come out at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/pem.h>

#include "ctrl/config/files.h"
#include "ctrl/signer/link.h"
#include "ctrl/wire/ike.h"
#include "tests/ctrl/trust/pki.h"

static struct signer *signer;
static uint32_t ticket;
static struct files_text text;

static int set_up(void **state)
{
    (void)state;
    ticket = 0;
    signer = signer_start();
    return signer ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    files_text_clear(&text);
    signer_free(signer);
    pki_free();
    return 0;
}

/* What comes of a file with these bytes; signer_text's result. */
static int read_bytes(const void *data, size_t len)
{
    char path[] = "/tmp/espl-text-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, len), len);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    assert_true(signer_give_file(signer->files, ++ticket, fd));
    close(fd);
    unlink(path);
    files_text_clear(&text);
    return signer_text(signer, ticket, "c.conf", &text);
}

static void expect(const char *from, const char *to)
{
    assert_int_equal(read_bytes(from, strlen(from)), 0);
    assert_string_equal(text.why, "");
    assert_int_equal(text.len, strlen(to));
    assert_memory_equal(text.data, to, text.len);
}

static void numbers_for_secrets(void **state)
{
    (void)state;
    expect("secrets { ike { secret = hush } }\n", "secrets { ike { secret = \0011} }\n");
    expect("a { secret = \"x # } y\" # z\n}", "a { secret = \0012\n}");
    /* as many lines as before */
    expect("secrets { eap { id = me\n secret = \"a\nb\\\nc\"\n file = f } }\n# s\nb {\n}\n",
           "secrets { eap { id = me\n secret = \0013\n\n\n file = f } }\n\nb {\n}\n");
    expect("secrets { private { file = f\n phrase = x } }", /* a wrong word: no less secret */
           "secrets { private { file = f\n phrase = \0014} }");
    expect("connections { c { id = secret\n x = secret } }\n",
           "connections { c { id = secret\n x = secret } }\n");
    expect("", "");
    expect("secrets { ike { secret =\n } }", "secrets { ike { secret =\n } }");
    /* what its reader complains of, as it does of the file itself */
    expect("secrets { ike { secret = 0xzz } }", "secrets { ike { secret = 0x} }");
    expect("secrets { ike { secret = 0s! } }", "secrets { ike { secret = 0s} }");
}

/* In parts, and each secret is what it was. */
static void a_long_file(void **state)
{
    enum { COUNT = 5000 };
    static char all[COUNT * 64];
    size_t len = 0;
    unsigned seen = 0;
    (void)state;
    for (unsigned i = 0; i < COUNT; i++)
        len +=
            (size_t)snprintf(all + len, sizeof all - len,
                             "secrets { ike-%u { id = i%u.example\n secret = s%u } }\n", i, i, i);
    assert_int_equal(read_bytes(all, len), 0);
    assert_true(text.len > SIGNER_ANSWER * 4u);
    for (const char *at = text.data, *end = at + text.len;
         (at = memmem(at, (size_t)(end - at), "secret = \1", 10)); at += 10)
        assert_int_equal(strtoul(at + 10, NULL, 10), ++seen);
    assert_int_equal(seen, COUNT);
    assert_null(memmem(text.data, text.len, "= s", 3));
    struct config_id id;
    uint8_t mac[HASH_MAX], expected[HASH_MAX];
    const struct piece octets = {(const uint8_t *)"octets", 6},
                       last = {(const uint8_t *)"s4999", 5};
    struct config_secret s = {.kind = SECRET_IKE, .name = (char *)(uintptr_t) "x", .number = COUNT};
    assert_true(config_id_parse("i.example", &id));
    assert_int_equal(signer_load_secret(signer, &s), SIGNER_OK);
    assert_int_equal(signer_load_secret(signer, &s), SIGNER_OK); /* sections may share one */
    assert_int_equal(signer_psk(signer, &id, &id, PRF_HMAC_SHA2_256, octets, mac), SIGNER_OK);
    assert_int_equal(auth_shared(PRF_HMAC_SHA2_256, last, octets, expected), CRYPTO_OK);
    assert_memory_equal(mac, expected, 32);
    signer_forget(signer);
    assert_int_equal(signer_load_secret(signer, &s), SIGNER_FAILED);
}

/* It says what is wrong, and hands nothing on. */
static void what_is_wrong(void **state)
{
    static const char open[] = "secrets { ike {\n secret = hush\n", nul[] = "a { b = c\n\0 }";
    (void)state;
    assert_int_equal(read_bytes(open, sizeof open - 1), 0);
    assert_string_equal(text.why, "c.conf:1: ike: the section is not closed");
    assert_null(text.data);
    assert_int_equal(read_bytes(nul, sizeof nul - 1), 0);
    assert_string_equal(text.why, "c.conf:2: a NUL byte: this is no text file");
    assert_null(text.data);
    files_text_clear(&text);
    assert_int_equal(signer_text(signer, ticket + 7, "c.conf", &text), -1); /* it never came */
}

/* Who asks for a private key as if it were settings gets none of it. */
static void private_keys_are_no_settings(void **state)
{
    static const char *const kinds[] = {"RSA:2048", "EC:P-256", "ED25519"};
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        EVP_PKEY *key = pki_key(kinds[i]);
        unsigned char *der = NULL;
        char *pem;
        int len = i2d_PrivateKey(key, &der);
        BIO *bio = BIO_new(BIO_s_mem());
        assert_int_equal(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
        long pem_len = BIO_get_mem_data(bio, &pem);
        assert_int_equal(read_bytes(der, (size_t)len), 0);
        assert_true(*text.why && !text.data);
        assert_int_equal(read_bytes(pem, (size_t)pem_len), 0);
        assert_string_equal(text.why,
                            "c.conf:1: -----BEGIN: = and a value or { was expected after it");
        assert_null(text.data);
        BIO_free(bio);
        OPENSSL_free(der);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(numbers_for_secrets),
        TEST(a_long_file),
        TEST(what_is_wrong),
        TEST(private_keys_are_no_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
