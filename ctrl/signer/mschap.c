/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MS-CHAPv2's arithmetic. It stands on MD4 and DES, which protect nothing any more: it is run only
 * inside an IKE_SA whose responder has proved by a certificate who it is. See mschap.h.
 */
#include "ctrl/signer/mschap.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

#define NT_HASH 16
#define SHA1_LEN 20
#define PASSWORD_MAX 256 /* UTF-16 units, RFC 2759 8.1 */

/* A context of its own: no other part of the daemon gets MD4 or DES by it. */
static OSSL_LIB_CTX *legacy;

bool mschap_ready(void)
{
    if (legacy)
        return true;
    OSSL_LIB_CTX *ctx = OSSL_LIB_CTX_new();
    if (ctx && OSSL_PROVIDER_load(ctx, "legacy") && OSSL_PROVIDER_load(ctx, "default")) {
        legacy = ctx;
        return true;
    }
    OSSL_LIB_CTX_free(ctx);
    return false;
}

/* ---------------------------------------------------------------- hashes and DES */

static bool digest(const char *name, const struct piece *pieces, size_t count, uint8_t *out,
                   size_t len)
{
    uint8_t full[EVP_MAX_MD_SIZE];
    EVP_MD *md = EVP_MD_fetch(legacy, name, NULL);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = md && ctx && EVP_DigestInit_ex2(ctx, md, NULL) == 1;
    for (size_t i = 0; ok && i < count; i++)
        ok = EVP_DigestUpdate(ctx, pieces[i].p, pieces[i].n) == 1;
    ok = ok && EVP_DigestFinal_ex(ctx, full, NULL) == 1;
    if (ok)
        memcpy(out, full, len);
    OPENSSL_cleanse(full, sizeof full);
    EVP_MD_CTX_free(ctx);
    EVP_MD_free(md);
    return ok;
}

/* RFC 2759 8.6: 56 bits become 8 octets; the parity that DES ignores stays 0 */
static bool des(const uint8_t key[7], const uint8_t clear[8], uint8_t out[8])
{
    uint8_t spread[8];
    int n;
    for (unsigned i = 0; i < 8; i++) {
        unsigned word = i == 0 ? key[0] : (unsigned)(key[i - 1] << 8 | (i < 7 ? key[i] : 0));
        spread[i] = (uint8_t)(word >> i & 0xfe);
    }
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(legacy, "DES-ECB", NULL);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    bool ok = cipher && ctx && EVP_EncryptInit_ex2(ctx, cipher, spread, NULL, NULL) == 1 &&
              EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
              EVP_EncryptUpdate(ctx, out, &n, clear, 8) == 1 && n == 8;
    EVP_CIPHER_CTX_free(ctx);
    EVP_CIPHER_free(cipher);
    OPENSSL_cleanse(spread, sizeof spread);
    return ok;
}

/* ---------------------------------------------------------------- the password */

/* One UTF-8 character, as UTF-16LE at out. Octets taken, 0: it is none (or above U+FFFF). */
static size_t to_utf16(const uint8_t *p, size_t n, uint8_t out[2])
{
    unsigned c = p[0];
    size_t len = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : 0;
    if (len == 0 || len > n)
        return 0;
    c &= len == 1 ? 0x7fu : len == 2 ? 0x1fu : 0x0fu;
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3fu);
    }
    out[0] = (uint8_t)c;
    out[1] = (uint8_t)(c >> 8);
    return len;
}

/* RFC 2759 8.3: MD4 of the password in Unicode */
static bool nt_hash(struct piece password, uint8_t hash[NT_HASH])
{
    uint8_t unicode[2 * PASSWORD_MAX];
    size_t len = 0;
    bool ok = true;
    for (size_t at = 0, n; ok && at < password.n; at += n, len += 2) {
        n = len < sizeof unicode ? to_utf16(password.p + at, password.n - at, unicode + len) : 0;
        ok = n > 0;
    }
    ok = ok && digest("MD4", &(struct piece){unicode, len}, 1, hash, NT_HASH);
    OPENSSL_cleanse(unicode, sizeof unicode);
    return ok;
}

/* ---------------------------------------------------------------- RFC 2759 8 */

/* 8.2: what both challenges and the name become */
static bool challenge_hash(const struct mschap *m, uint8_t out[8])
{
    const struct piece p[] = {{m->peer, MSCHAP_CHALLENGE},
                              {m->server, MSCHAP_CHALLENGE},
                              {(const uint8_t *)m->user, strlen(m->user)}};
    return digest("SHA1", p, 3, out, 8);
}

/* 8.5 */
static bool nt_response(const uint8_t challenge[8], const uint8_t hash[NT_HASH],
                        uint8_t out[MSCHAP_RESPONSE])
{
    uint8_t padded[21] = {0};
    memcpy(padded, hash, NT_HASH);
    bool ok = des(padded, challenge, out) && des(padded + 7, challenge, out + 8) &&
              des(padded + 14, challenge, out + 16);
    OPENSSL_cleanse(padded, sizeof padded);
    return ok;
}

/* 8.7: with the response that was right, the server shows that it knows the password, too */
static bool authenticator(const struct mschap *m, const uint8_t hash_hash[NT_HASH],
                          const uint8_t challenge[8], uint8_t out[MSCHAP_PROOF])
{
    static const char magic1[] = "Magic server to client signing constant";
    static const char magic2[] = "Pad to make it do more than one iteration";
    uint8_t first[SHA1_LEN];
    const struct piece a[] = {{hash_hash, NT_HASH},
                              {m->response, MSCHAP_RESPONSE},
                              {(const uint8_t *)magic1, sizeof magic1 - 1}};
    const struct piece b[] = {
        {first, SHA1_LEN}, {challenge, 8}, {(const uint8_t *)magic2, sizeof magic2 - 1}};
    return digest("SHA1", a, 3, first, SHA1_LEN) && digest("SHA1", b, 3, out, MSCHAP_PROOF);
}

/* ---------------------------------------------------------------- RFC 3079 3.3, 3.4 */

static bool session_key(const uint8_t master[16], const char *magic, uint8_t out[16])
{
    uint8_t pad1[40] = {0}, pad2[40];
    memset(pad2, 0xf2, sizeof pad2);
    const struct piece p[] = {
        {master, 16}, {pad1, 40}, {(const uint8_t *)magic, strlen(magic)}, {pad2, 40}};
    return digest("SHA1", p, 4, out, 16);
}

/* The MSK: what the server receives with, what it sends with, zeros */
static bool make_msk(const struct mschap *m, const uint8_t hash_hash[NT_HASH],
                     uint8_t out[MSCHAP_MSK])
{
    static const char magic1[] = "This is the MPPE Master Key";
    uint8_t master[16];
    const struct piece p[] = {{hash_hash, NT_HASH},
                              {m->response, MSCHAP_RESPONSE},
                              {(const uint8_t *)magic1, sizeof magic1 - 1}};
    memset(out, 0, MSCHAP_MSK);
    bool ok = digest("SHA1", p, 3, master, 16) &&
              session_key(master,
                          "On the client side, this is the send key; "
                          "on the server side, it is the receive key.",
                          out) &&
              session_key(master,
                          "On the client side, this is the receive key; "
                          "on the server side, it is the send key.",
                          out + 16);
    OPENSSL_cleanse(master, sizeof master);
    return ok;
}

bool mschap_compute(struct piece password, struct mschap *m)
{
    uint8_t hash[NT_HASH], hash_hash[NT_HASH], challenge[8];
    bool ok = mschap_ready() && nt_hash(password, hash) &&
              digest("MD4", &(struct piece){hash, NT_HASH}, 1, hash_hash, NT_HASH) &&
              challenge_hash(m, challenge) && nt_response(challenge, hash, m->response) &&
              authenticator(m, hash_hash, challenge, m->proof) && make_msk(m, hash_hash, m->msk);
    OPENSSL_cleanse(hash, sizeof hash);
    OPENSSL_cleanse(hash_hash, sizeof hash_hash);
    return ok;
}
