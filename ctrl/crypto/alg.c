/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of algorithms. See alg.h. */
#include "ctrl/crypto/alg.h"

#include <stdio.h>
#include <string.h>

#include "ctrl/wire/ike.h"

/* RFC 5282 7.1: AES-GCM in IKEv2 takes a 4-byte salt and an 8-byte explicit IV */
static const struct alg_encr encrs[ALG_ENCRS] = {
    {ENCR_AES_GCM_16, 128, true, 20, 4, 8, 1, 16, "AES-128-GCM", "aes128gcm16"},
    {ENCR_AES_GCM_16, 256, true, 36, 4, 8, 1, 16, "AES-256-GCM", "aes256gcm16"},
    /* RFC 7634 2: as AES-GCM, and no Key Length attribute */
    {ENCR_CHACHA20_POLY1305, 0, true, 36, 4, 8, 1, 16, "ChaCha20-Poly1305", "chacha20poly1305"},
    {ENCR_AES_CBC, 128, false, 16, 0, 16, 16, 0, "AES-128-CBC", "aes128"},
    {ENCR_AES_CBC, 192, false, 24, 0, 16, 16, 0, "AES-192-CBC", "aes192"},
    {ENCR_AES_CBC, 256, false, 32, 0, 16, 16, 0, "AES-256-CBC", "aes256"},
};

/* RFC 4868 */
static const struct alg_hash prfs[] = {
    {PRF_HMAC_SHA2_256, DIGEST_SHA256, 32, 0, "SHA2-256", "prfsha256"},
    {PRF_HMAC_SHA2_384, DIGEST_SHA384, 48, 0, "SHA2-384", "prfsha384"},
    {PRF_HMAC_SHA2_512, DIGEST_SHA512, 64, 0, "SHA2-512", "prfsha512"},
};
static const struct alg_hash integs[] = {
    {AUTH_HMAC_SHA2_256_128, DIGEST_SHA256, 32, 16, "SHA2-256", "sha256"},
    {AUTH_HMAC_SHA2_384_192, DIGEST_SHA384, 48, 24, "SHA2-384", "sha384"},
    {AUTH_HMAC_SHA2_512_256, DIGEST_SHA512, 64, 32, "SHA2-512", "sha512"},
};

/* RFC 3526, RFC 5903 (a public key is x and y, the secret is x), RFC 8031 */
static const struct alg_group groups[ALG_GROUPS] = {
    {KE_MODP2048, 256, 256, "DH", "modp_2048", "modp2048"},
    {KE_MODP3072, 384, 384, "DH", "modp_3072", "modp3072"},
    {KE_MODP4096, 512, 512, "DH", "modp_4096", "modp4096"},
    {KE_ECP256, 64, 32, "EC", "P-256", "ecp256"},
    {KE_ECP384, 96, 48, "EC", "P-384", "ecp384"},
    {KE_ECP521, 132, 66, "EC", "P-521", "ecp521"},
    {KE_X25519, 32, 32, "X25519", NULL, "x25519"},
};

#define LENGTH(table) (sizeof(table) / sizeof *(table))

const struct alg_encr *alg_encr(unsigned id, unsigned key_bits)
{
    for (size_t i = 0; i < LENGTH(encrs); i++)
        if (encrs[i].id == id && encrs[i].key_bits == key_bits)
            return &encrs[i];
    return NULL;
}

static const struct alg_hash *hash(const struct alg_hash *table, size_t n, unsigned id)
{
    for (size_t i = 0; i < n; i++)
        if (table[i].id == id)
            return &table[i];
    return NULL;
}

const struct alg_hash *alg_prf(unsigned id)
{
    return hash(prfs, LENGTH(prfs), id);
}

const struct alg_hash *alg_integ(unsigned id)
{
    return hash(integs, LENGTH(integs), id);
}

const struct alg_group *alg_group(unsigned id)
{
    for (size_t i = 0; i < LENGTH(groups); i++)
        if (groups[i].id == id)
            return &groups[i];
    return NULL;
}

size_t alg_encr_at(const struct alg_encr *encr)
{
    return (size_t)(encr - encrs);
}

size_t alg_group_at(const struct alg_group *group)
{
    return (size_t)(group - groups);
}

bool alg_is_aead(unsigned encr)
{
    return encr == ENCR_AES_GCM_16 || encr == ENCR_CHACHA20_POLY1305;
}

uint16_t alg_prf_of_integ(unsigned integ)
{
    const struct alg_hash *mac = alg_integ(integ);
    for (size_t i = 0; mac && i < LENGTH(prfs); i++)
        if (prfs[i].digest == mac->digest)
            return prfs[i].id;
    return 0;
}

void suite_text(const struct suite *s, char text[SUITE_TEXT])
{
    const struct alg_encr *encr = alg_encr(s->encr, s->key_bits);
    const struct alg_hash *integ = alg_integ(s->integ), *prf = alg_prf(s->prf);
    const struct alg_group *group = alg_group(s->ke);
    int n = snprintf(text, SUITE_TEXT, "%s%s%s%s%s%s%s%s", encr ? encr->word : "?",
                     integ ? "-" : "", integ ? integ->word : "", prf ? "-" : "", prf ? prf->word : "",
                     group ? "-" : "", group ? group->word : "", s->esn ? "-esn" : "");
    if (n < 0)
        text[0] = '\0';
}
