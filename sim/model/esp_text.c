/* SPDX-License-Identifier: Apache-2.0 */
/* The oracle's middle (see esp_text.h). */
#include "sim/model/esp_text.h"

#include <string.h>

#define AAD_MAX (20u + ESP_MODEL_MAX)

static void nonce_of(const struct esp_model_sa *sa, const uint8_t iv[8], uint8_t nonce[12])
{
    memcpy(nonce, sa->salt, 4); /* RFC 4106 4 */
    memcpy(nonce + 4, iv, 8);
}

/* RFC 4106 5: SPI and sequence number, both halves of it when it is extended. RFC 4543 3.3: then
 * the IV and the text as well. */
static size_t aad_of(const struct esp_model_sa *sa, uint64_t seq, const uint8_t iv[8],
                     const uint8_t *text, size_t len, uint8_t aad[AAD_MAX])
{
    size_t n = sa->esn ? 12 : 8;
    put32(aad, sa->spi);
    if (sa->esn)
        put64(aad + 4, seq);
    else
        put32(aad + 4, (uint32_t)seq);
    if (!sa->gmac)
        return n;
    memcpy(aad + n, iv, 8);
    memcpy(aad + n + 8, text, len);
    return n + 8 + len;
}

bool esp_text_seal(const struct esp_model_sa *sa, uint64_t seq, const uint8_t *text, size_t len,
                   uint8_t *esp)
{
    uint8_t nonce[12], aad[AAD_MAX], *out = esp + ESP_TEXT_HEADER;
    size_t aad_len;

    put32(esp, sa->spi);
    put32(esp + 4, (uint32_t)seq);
    put64(esp + 8, seq);
    nonce_of(sa, esp + 8, nonce);
    aad_len = aad_of(sa, seq, esp + 8, text, len, aad);
    if (sa->gmac)
        memcpy(out, text, len);
    return gcm_seal(sa->key, sa->key_len, nonce, aad, aad_len, text, sa->gmac ? 0 : len, out,
                    out + len);
}

bool esp_text_open(const struct esp_model_sa *sa, const uint8_t *esp, size_t len, uint8_t *text)
{
    const uint8_t *in = esp + ESP_TEXT_HEADER;
    uint64_t seq = (uint64_t)get32(esp + 8) << 32 | get32(esp + 4);
    uint8_t nonce[12], aad[AAD_MAX];
    size_t aad_len;

    nonce_of(sa, esp + 8, nonce);
    aad_len = aad_of(sa, seq, esp + 8, in, len, aad);
    if (!gcm_open(sa->key, sa->key_len, nonce, aad, aad_len, in, sa->gmac ? 0 : len, in + len,
                  text))
        return false;
    if (sa->gmac)
        memcpy(text, in, len);
    return true;
}
