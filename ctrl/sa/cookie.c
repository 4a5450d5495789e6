/* SPDX-License-Identifier: Apache-2.0 */
/* Making and checking cookies without remembering one. See cookie.h. */
#include "ctrl/sa/cookie.h"

#include <string.h>

#include "ctrl/sa/text.h"

#define SECRET_LIFE_MS (60u * 1000u)

static bool refresh(struct ike_manager *m)
{
    struct cookie_jar *jar = &m->jar;
    uint64_t now = now_ms(m);
    if (jar->filled && now - jar->changed_at < SECRET_LIFE_MS)
        return true;
    uint8_t fresh[sizeof jar->secret[0]];
    if (!random_bytes(fresh, sizeof fresh) ||
        (!jar->filled && !random_bytes(jar->secret[0], sizeof fresh)))
        return false;
    memcpy(jar->secret[1], jar->secret[0], sizeof fresh);
    memcpy(jar->secret[0], fresh, sizeof fresh);
    jar->version++;
    jar->filled = true;
    jar->changed_at = now;
    return true;
}

/* RFC 7296 2.6: <VersionIDofSecret> | Hash(Ni | IPi | SPIi | <secret>) */
static bool compute(const uint8_t secret[32], uint8_t version, struct bytes ni,
                    const struct endpoint *peer, uint64_t spi_i, uint8_t cookie[COOKIE_LEN])
{
    uint8_t spi[8], out[HASH_MAX];
    struct wr w = wr_over(spi, sizeof spi);
    wr_u64(&w, spi_i);
    const struct piece pieces[] = {
        {ni.p, ni.n}, {peer->addr.bytes, addr_len(&peer->addr)}, {spi, sizeof spi}};
    if (hmac(alg_prf(PRF_HMAC_SHA2_256), (struct piece){secret, 32}, pieces, 3, out) != CRYPTO_OK)
        return false;
    cookie[0] = version;
    memcpy(cookie + 1, out, COOKIE_LEN - 1);
    return true;
}

bool cookie_make(struct ike_manager *m, struct bytes ni, const struct endpoint *peer,
                 uint64_t spi_i, uint8_t cookie[COOKIE_LEN])
{
    return refresh(m) && compute(m->jar.secret[0], m->jar.version, ni, peer, spi_i, cookie);
}

bool cookie_right(struct ike_manager *m, struct bytes ni, const struct endpoint *peer,
                  uint64_t spi_i, struct bytes cookie)
{
    uint8_t expected[COOKIE_LEN];
    if (cookie.n != COOKIE_LEN || !refresh(m))
        return false;
    unsigned age = (uint8_t)(m->jar.version - cookie.p[0]);
    return age < 2 && compute(m->jar.secret[age], cookie.p[0], ni, peer, spi_i, expected) &&
           crypto_equal(expected, cookie.p, COOKIE_LEN);
}
