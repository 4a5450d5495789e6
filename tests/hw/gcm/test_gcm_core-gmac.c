/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AES-GMAC (RFC 4543) by NIST's vectors of AAD alone, each played with a sequence number of 32 bits
 * and with one of 64. RFC 4543 5 puts the IV behind the sequence number and NIST's AAD has other
 * bytes there; by SP 800-38D 6.4 bytes of AAD that differ by D in block n of m (the block of lengths
 * is the m-th) make tags that differ by D * H^(m - n + 1).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim/model/gcm.h"
#include "tests/lib/gcm_core.h"
#include "tests/lib/nist_gcm.h"

#define BATCH 400

static struct gcm_core *core;
static struct gcm_packet packets[BATCH];
static struct nist_gcm records[BATCH];
static uint8_t outs[BATCH][NIST_GCM_MAX];

/* The AAD is the sequence number's words, then the IV's place, then text */
static bool make(unsigned n, size_t aad_len)
{
    const struct nist_gcm *r = &records[n];
    if (r->iv.len != 12 || r->ct.len != 0 || (r->key.len != 16 && r->key.len != 32) ||
        r->aad.len < aad_len + 8)
        return false;
    struct gcm_packet *p = &packets[n];
    *p = (struct gcm_packet){.key_len = r->key.len,
                             .aad_len = aad_len,
                             .gmac = true,
                             .slot = n,
                             .text = r->aad.bytes + aad_len + 8,
                             .len = r->aad.len - aad_len - 8,
                             .out = outs[n]};
    memcpy(p->key, r->key.bytes, r->key.len);
    memcpy(p->nonce, r->iv.bytes, 12);
    memcpy(p->aad, r->aad.bytes, aad_len);
    return true;
}

/* The tag that the core would have made with NIST's bytes in the IV's place */
static void nist_tag(const struct gcm_packet *p, const struct nist_gcm *r, uint8_t tag[16])
{
    uint8_t h[16][16], differ[32] = {0};
    size_t blocks = (r->aad.len + 15) / 16;
    assert_true(gcm_h_powers(p->key, p->key_len, h));
    for (size_t i = 0; i < 8; i++)
        differ[p->aad_len + i] = r->aad.bytes[p->aad_len + i] ^ p->nonce[4 + i];
    memcpy(tag, p->tag, 16);
    for (size_t n = 0; n < 2 && n < blocks; n++) {
        uint8_t product[16];
        gcm_multiply(differ + 16 * n, h[blocks - n], product);
        for (unsigned i = 0; i < 16; i++)
            tag[i] ^= product[i];
    }
}

static unsigned right, wrong;

static void play(const char *name, size_t aad_len)
{
    FILE *f = fopen(name, "r");
    if (!f)
        fail_msg("%s is missing (Debian: python3-cryptography-vectors)", name);
    bool more = true;
    while (more) {
        unsigned n = 0;
        while (n < BATCH && (more = nist_gcm_next(f, &records[n])))
            n += make(n, aad_len);
        gcm_core_run(core, packets, n, 5, n + 1);
        for (unsigned i = 0; i < n; i++) {
            uint8_t tag[16];
            assert_memory_equal(packets[i].out, packets[i].text, packets[i].len);
            nist_tag(&packets[i], &records[i], tag);
            if (records[i].fail)
                assert_memory_not_equal(tag, records[i].tag.bytes, records[i].tag.len);
            else
                assert_memory_equal(tag, records[i].tag.bytes, records[i].tag.len);
            right += !records[i].fail;
            wrong += records[i].fail;
        }
    }
    fclose(f);
}

static void test_nist(void **state)
{
    (void)state;
    static const char *const files[] = {
        NIST_GCM_DIR "gcmEncryptExtIV128.rsp", NIST_GCM_DIR "gcmEncryptExtIV256.rsp",
        NIST_GCM_DIR "gcmDecrypt128.rsp",      NIST_GCM_DIR "gcmDecrypt256.rsp",
    };
    for (unsigned i = 0; i < sizeof files / sizeof *files; i++) {
        play(files[i], 8);
        play(files[i], 12);
    }
    print_message("           %u tags, %u wrong tags\n", right, wrong);
    assert_true(right > 1000 && wrong > 100);
}

int main(void)
{
    struct rtl *rtl = rtl_new(NULL);
    core = gcm_core_new(rtl);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_nist)};
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    gcm_core_free(core);
    rtl_free(rtl);
    return rc;
}
