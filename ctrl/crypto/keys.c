/* SPDX-License-Identifier: Apache-2.0 */
/* Key derivation. See keys.h. */
#include "ctrl/crypto/keys.h"

#include <string.h>

#include <openssl/crypto.h>

#define KEYMAT_MAX (3 * HASH_MAX + 2 * HASH_MAX + 2 * 36)

static struct piece whole(const struct secret *s)
{
    return (struct piece){s->data, s->len};
}

static struct piece agreed(const struct dh_secret *s)
{
    return (struct piece){s->data, s->len};
}

void ike_keys_clear(struct ike_keys *k)
{
    secret_clear(&k->d);
    secret_clear(&k->pi);
    secret_clear(&k->pr);
    cipher_key_clear(&k->from_i);
    cipher_key_clear(&k->from_r);
}

/* RFC 7296 2.14: prf(Ni | Nr, g^ir); 2.18: prf(SK_d (old), g^ir (new) | Ni | Nr) with the old SA's
 * PRF */
static enum crypto_err skeyseed(const struct alg_hash *prf, const struct dh_secret *shared,
                                const struct exchange_nonces *n, const struct secret *old_d,
                                uint16_t old_prf, struct secret *out)
{
    uint8_t key[2 * 256];
    enum crypto_err err;
    if (n->ni.n + n->nr.n > sizeof key)
        return CRYPTO_FAILED;
    if (old_d) {
        const struct piece pieces[] = {agreed(shared), n->ni, n->nr};
        prf = alg_prf(old_prf);
        err = prf ? hmac(prf, whole(old_d), pieces, 3, out->data) : CRYPTO_UNSUPPORTED;
    } else {
        memcpy(key, n->ni.p, n->ni.n);
        memcpy(key + n->ni.n, n->nr.p, n->nr.n);
        const struct piece secret = agreed(shared);
        err = hmac(prf, (struct piece){key, n->ni.n + n->nr.n}, &secret, 1, out->data);
    }
    out->len = err == CRYPTO_OK ? prf->len : 0;
    return err;
}

static void cut(const uint8_t **from, struct secret *to, size_t len)
{
    memcpy(to->data, *from, len); /* every length is below SECRET_MAX: see the tables in alg.c */
    to->len = len;
    *from += len;
}

enum crypto_err ike_keys_derive(struct ike_keys *k, const struct suite *suite,
                                const struct dh_secret *shared, const struct exchange_nonces *nonces,
                                uint64_t spi_i, uint64_t spi_r, const struct secret *old_d,
                                uint16_t old_prf)
{
    const struct alg_hash *prf = alg_prf(suite->prf), *integ = alg_integ(suite->integ);
    const struct alg_encr *encr = alg_encr(suite->encr, suite->key_bits);
    uint8_t keymat[KEYMAT_MAX], spis[16];
    struct secret seed = {.len = 0};
    if (!prf || !encr || (!encr->aead && !integ))
        return CRYPTO_UNSUPPORTED;
    size_t a = encr->aead ? 0 : integ->len, e = encr->key_len, p = prf->len;
    for (unsigned i = 0; i < 8; i++) {
        spis[i] = (uint8_t)(spi_i >> (56 - 8 * i));
        spis[8 + i] = (uint8_t)(spi_r >> (56 - 8 * i));
    }
    enum crypto_err err = skeyseed(prf, shared, nonces, old_d, old_prf, &seed);
    if (err == CRYPTO_OK) {
        const struct piece pieces[] = {nonces->ni, nonces->nr, {spis, sizeof spis}};
        err = prf_plus(prf, whole(&seed), pieces, 3, keymat, 3 * p + 2 * a + 2 * e);
    }
    if (err == CRYPTO_OK) {
        const uint8_t *at = keymat;
        *k = (struct ike_keys){.from_i = {.encr = encr, .integ = encr->aead ? NULL : integ}};
        k->from_r = k->from_i;
        cut(&at, &k->d, p);
        cut(&at, &k->from_i.auth, a);
        cut(&at, &k->from_r.auth, a);
        cut(&at, &k->from_i.enc, e);
        cut(&at, &k->from_r.enc, e);
        cut(&at, &k->pi, p);
        cut(&at, &k->pr, p);
    }
    OPENSSL_cleanse(keymat, sizeof keymat);
    secret_clear(&seed);
    return err;
}

size_t auth_octets(uint16_t prf_id, struct piece message, struct piece nonce,
                   const struct secret *sk_p, struct piece id, uint8_t *out, size_t cap)
{
    const struct alg_hash *prf = alg_prf(prf_id);
    uint8_t maced_id[HASH_MAX];
    if (!prf || message.n > cap || nonce.n > cap - message.n ||
        prf->len > cap - message.n - nonce.n ||
        hmac(prf, whole(sk_p), &id, 1, maced_id) != CRYPTO_OK)
        return 0;
    memcpy(out, message.p, message.n);
    memcpy(out + message.n, nonce.p, nonce.n);
    memcpy(out + message.n + nonce.n, maced_id, prf->len);
    return message.n + nonce.n + prf->len;
}

/* RFC 7296 2.15: prf( prf(Shared Secret, "Key Pad for IKEv2"), <SignedOctets>) */
enum crypto_err auth_shared(uint16_t prf_id, struct piece secret, struct piece octets,
                            uint8_t out[HASH_MAX])
{
    static const char pad[] = "Key Pad for IKEv2";
    const struct alg_hash *prf = alg_prf(prf_id);
    const struct piece padding = {(const uint8_t *)pad, sizeof pad - 1};
    uint8_t key[HASH_MAX];
    if (!prf)
        return CRYPTO_UNSUPPORTED;
    enum crypto_err err = hmac(prf, secret, &padding, 1, key);
    if (err == CRYPTO_OK)
        err = hmac(prf, (struct piece){key, prf->len}, &octets, 1, out);
    OPENSSL_cleanse(key, sizeof key);
    return err;
}

/* RFC 7296 2.17: KEYMAT = prf+(SK_d, [g^ir |] Ni | Nr); the initiator's direction comes first */
enum crypto_err child_keys(uint16_t prf_id, const struct secret *sk_d, const struct dh_secret *shared,
                           const struct exchange_nonces *nonces, uint8_t *from_i, uint8_t *from_r,
                           size_t key_len)
{
    const struct alg_hash *prf = alg_prf(prf_id);
    const struct piece seed[] = {shared ? agreed(shared) : (struct piece){NULL, 0}, nonces->ni,
                                 nonces->nr};
    uint8_t keymat[2 * 36];
    if (!prf || 2 * key_len > sizeof keymat)
        return CRYPTO_UNSUPPORTED;
    enum crypto_err err = prf_plus(prf, whole(sk_d), seed, 3, keymat, 2 * key_len);
    if (err == CRYPTO_OK) {
        memcpy(from_i, keymat, key_len);
        memcpy(from_r, keymat + key_len, key_len);
    }
    OPENSSL_cleanse(keymat, sizeof keymat);
    return err;
}
