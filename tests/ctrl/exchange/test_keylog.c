/* SPDX-License-Identifier: Apache-2.0 */
/* What Wireshark is given (only when it was asked for): the lines decrypt what went over the wire.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "tests/ctrl/exchange/lab.h"

static struct lab lab;
static char ike[8][1024], esp[16][512];
static size_t ikes, esps;
static uint8_t auth[4096]; /* A's IKE_AUTH request */
static size_t auth_len;

static void keep(void *user, const char *file, const char *line)
{
    (void)user;
    if (strcmp(file, "esp_sa") == 0 && esps < 16)
        snprintf(esp[esps++], sizeof esp[0], "%s", line);
    else if (strcmp(file, "ikev2_decryption_table") == 0 && ikes < 8)
        snprintf(ike[ikes++], sizeof ike[0], "%s", line);
    else
        fail_msg("%s: %s", file, line);
}

static bool watch(struct lab *l, unsigned from, uint8_t *data, size_t *len)
{
    (void)l;
    if (from == 0 && data[18] == 35 && !auth_len) {
        memcpy(auth, data, *len);
        auth_len = *len;
    }
    return true;
}

static size_t unhex(const char *text, uint8_t *out)
{
    size_t n = 0;
    unsigned byte;
    while (sscanf(text + 2 * n, "%2x", &byte) == 1 && n < 64)
        out[n++] = (uint8_t)byte;
    return n;
}

/* RFC 5282 with OpenSSL alone: the salt is the last four bytes of SK_ei. */
static void assert_opens(const char *hex, const uint8_t *spi)
{
    uint8_t key[64], nonce[12], tag[16], text[4096], found[16];
    int n;
    assert_int_equal(unhex(hex, key), 36);
    memcpy(nonce, key + 32, 4);
    memcpy(nonce + 4, auth + 32, 8);
    memcpy(tag, auth + auth_len - 16, 16);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    assert_int_equal(EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, nonce), 1);
    assert_int_equal(EVP_DecryptUpdate(ctx, NULL, &n, auth, 32), 1);
    assert_int_equal(EVP_DecryptUpdate(ctx, text, &n, auth + 40, (int)(auth_len - 56)), 1);
    assert_int_equal(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, 16, tag), 1);
    assert_int_equal(EVP_DecryptFinal_ex(ctx, text, &n), 1);
    EVP_CIPHER_CTX_free(ctx);
    memcpy(found, auth, 16);
    assert_memory_equal(found, spi, 16);
}

static void test_lines_decrypt(void **state)
{
    const struct lab_conf a = {.keys = keep};
    char text[80], encr[64], ei[160], er[160];
    uint8_t spis[16], key[64];
    unsigned spi;
    (void)state;
    lab_init(&lab, &a, NULL);
    lab.tap = watch;
    lab_up(&lab);
    assert_int_equal(ikes, 1);
    assert_int_equal(esps, 2);
    assert_int_equal(sscanf(ike[0], "%16[0-9a-f],%16[0-9a-f],%72[0-9a-f],%72[0-9a-f],\"%63[^\"]\"",
                            text, text + 16, ei, er, encr),
                     5);
    assert_string_equal(encr, "AES-GCM-256 with 16 octet ICV [RFC5282]");
    assert_non_null(strstr(ike[0], "\",,,\"NONE [RFC4306]\""));
    assert_int_equal(unhex(text, spis), 16);
    assert_opens(ei, spis);
    assert_string_not_equal(ei, er);
    const struct dp_child *c = &fakedp_policy(&lab.side[0].dp, &lab.side[0].out)->child;
    assert_int_equal(
        sscanf(esp[1],
               "\"IPv4\",\"10.99.0.1\",\"10.99.0.2\",\"0x%8x\",\"AES-GCM with 16 octet ICV "
               "[RFC4106]\",\"0x%72[0-9a-f]\",\"NULL\",\"\",\"32-bit\"",
               &spi, text),
        2);
    assert_int_equal(spi, c->spi_out);
    assert_int_equal(unhex(text, key), 36);
    assert_memory_equal(key, c->key_out, 36);
    lab_free(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines_decrypt)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
