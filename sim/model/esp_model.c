/* SPDX-License-Identifier: Apache-2.0 */
/* The oracle of the packet path (see esp_model.h). */
#include "sim/model/esp_model.h"

#include <string.h>

#define ESP_HEADER 16u /* SPI, sequence number, and the IV (RFC 4106 3.1) */
#define UDP_HEADER 8u
#define PROTO_UDP 17u
#define PROTO_ESP 50u
#define NEXT_IPV4 4u

const char *esp_model_verdict_text(enum esp_model_verdict verdict)
{
    static const char *const text[] = {
        "ok",    "not ESP",   "NAT keepalive", "IKE",                   "malformed",
        "no SA", "wrong ICV", "wrong padding", "no IPv4 packet inside",
    };
    return text[verdict];
}

/* The outer IPv4 and UDP headers in front of `esp_len` bytes of ESP; the bytes they take. */
static size_t outer(const struct esp_model_sa *sa, uint64_t seq, size_t esp_len, uint8_t tos,
                    bool df, uint8_t *p)
{
    size_t udp = sa->encap ? UDP_HEADER : 0;

    memset(p, 0, PACKET_IP4 + udp);
    p[0] = 0x45;
    if (sa->dscp_set) /* RFC 4301 5.1.2.1; else as inside */
        tos = (uint8_t)(sa->dscp << 2 | (tos & 3));
    if (sa->ecn_off) /* RFC 6040 4.1: compatibility mode; else as inside */
        tos &= 0xfc;
    p[1] = tos;
    put16(p + 2, (uint16_t)(PACKET_IP4 + udp + esp_len));
    put16(p + 4, (uint16_t)seq);
    p[6] = (sa->df_set ? sa->df : df) ? 0x40 : 0; /* RFC 4301 8.1 */
    p[8] = sa->ttl;
    p[9] = sa->encap ? PROTO_UDP : PROTO_ESP;
    put32(p + 12, sa->src);
    put32(p + 16, sa->dst);
    packet_ip_checksum(p);
    if (sa->encap) {
        put16(p + 20, sa->sport);
        put16(p + 22, sa->dport);
        put16(p + 24, (uint16_t)(UDP_HEADER + esp_len));
        /* RFC 3948 2.1: the checksum is zero */
    }
    return PACKET_IP4 + udp;
}

static void nonce_of(const struct esp_model_sa *sa, const uint8_t iv[8], uint8_t nonce[12])
{
    memcpy(nonce, sa->salt, 4); /* RFC 4106 4 */
    memcpy(nonce + 4, iv, 8);
}

/* RFC 4106 5: SPI and sequence number, both halves of it when it is extended. */
static size_t aad_of(const struct esp_model_sa *sa, uint64_t seq, uint8_t aad[12])
{
    put32(aad, sa->spi);
    if (sa->esn)
        put64(aad + 4, seq);
    else
        put32(aad + 4, (uint32_t)seq);
    return sa->esn ? 12 : 8;
}

size_t esp_model_seal(const struct esp_model_sa *sa, uint64_t seq, const uint8_t *text, size_t len,
                      uint8_t tos, bool df, uint8_t frame[ESP_MODEL_MAX])
{
    size_t esp_len = ESP_HEADER + len + ESP_MODEL_TAG, at = PACKET_ETH;
    uint8_t nonce[12], aad[12], *esp;

    memcpy(frame, sa->dst_mac, 6);
    memcpy(frame + 6, sa->src_mac, 6);
    put16(frame + 12, 0x0800);
    at += outer(sa, seq, esp_len, tos, df, frame + at);
    esp = frame + at;
    put32(esp, sa->spi);
    put32(esp + 4, (uint32_t)seq);
    put64(esp + 8, seq);
    nonce_of(sa, esp + 8, nonce);
    if (!gcm_seal(sa->key, sa->key_len, nonce, aad, aad_of(sa, seq, aad), text, len,
                  esp + ESP_HEADER, esp + ESP_HEADER + len))
        return 0;
    return at + esp_len;
}

/* Padding 1, 2, 3.. to a multiple of 4, pad length, next header (RFC 4303 2.4 to 2.6). */
static size_t trailer(size_t ip_len, const struct esp_model_wrong *wrong, uint8_t *p)
{
    size_t pad = (0u - (ip_len + 2)) & 3u;

    pad += wrong->more_padding;
    for (size_t i = 0; i < pad; i++)
        p[i] = (uint8_t)(i + 1);
    if (wrong->padding && pad)
        p[0] ^= 0x80;
    p[pad] = wrong->pad_length ? wrong->pad_length : (uint8_t)pad;
    p[pad + 1] = wrong->next_header ? wrong->next_header : NEXT_IPV4;
    return pad + 2;
}

static void flip(uint8_t *p, uint32_t bit)
{
    if (bit)
        p[(bit - 1) / 8] ^= (uint8_t)(1u << (bit - 1) % 8);
}

/* Shortens the packet by `cut` bytes in all its length fields. */
static void shorten(const struct esp_model_sa *sa, uint8_t *ip, size_t cut)
{
    put16(ip + 2, (uint16_t)(get16(ip + 2) - cut));
    packet_ip_checksum(ip);
    if (sa->encap)
        put16(ip + 24, (uint16_t)(get16(ip + 24) - cut));
}

size_t esp_model_encap(const struct esp_model_sa *sa, uint64_t seq, const uint8_t *ip, size_t len,
                       const struct esp_model_wrong *wrong, uint8_t frame[ESP_MODEL_MAX])
{
    static const struct esp_model_wrong nothing;
    uint8_t text[ESP_MODEL_MAX];
    uint8_t *esp = frame + PACKET_ETH + PACKET_IP4 + (sa->encap ? UDP_HEADER : 0);
    size_t total, text_len;

    if (!wrong)
        wrong = &nothing;
    memcpy(text, ip, len);
    packet_forward(text); /* RFC 4301 5.1.2: the tunnel's entry is a router */
    text_len = len + trailer(len, wrong, text + len);
    total = esp_model_seal(sa, seq, text, text_len, ip[1], ip[6] >> 6 & 1, frame);
    if (!total)
        return 0;
    flip(esp + ESP_HEADER, wrong->text_bit);
    flip(esp + ESP_HEADER + text_len, wrong->tag_bit);
    if (wrong->seq)
        put32(esp + 4, (uint32_t)(seq + 1));
    if (wrong->cut)
        shorten(sa, frame + PACKET_ETH, wrong->cut);
    return total - wrong->cut - wrong->cut_frame;
}

/* From the Ethernet header to the ESP header: where ESP begins and its length. */
static enum esp_model_verdict parse_outer(const struct esp_model_sa *sa, const uint8_t *frame,
                                          size_t len, const uint8_t **esp, size_t *esp_len)
{
    const uint8_t *ip = frame + PACKET_ETH, *udp = ip + PACKET_IP4;
    size_t total, udp_len;

    if (len < PACKET_ETH + PACKET_IP4 || get16(frame + 12) != 0x0800 || ip[0] != 0x45 ||
        (get16(ip + 6) & 0x3fff) != 0)
        return ESP_MODEL_NOT_ESP;
    total = get16(ip + 2);
    if (ip[9] == PROTO_ESP) {
        *esp = udp;
        *esp_len = total - PACKET_IP4;
        return total < PACKET_IP4 || PACKET_ETH + total > len ? ESP_MODEL_MALFORMED : ESP_MODEL_OK;
    }
    if (ip[9] != PROTO_UDP || total < PACKET_IP4 + UDP_HEADER || PACKET_ETH + total > len ||
        get16(udp + 2) != sa->dport)
        return ESP_MODEL_NOT_ESP;
    udp_len = get16(udp + 4);
    if (udp_len < UDP_HEADER || PACKET_IP4 + udp_len > total)
        return ESP_MODEL_MALFORMED;
    *esp = udp + UDP_HEADER;
    *esp_len = udp_len - UDP_HEADER;
    if (*esp_len == 1 && **esp == 0xff)
        return ESP_MODEL_KEEPALIVE;
    if (*esp_len >= 4 && get32(*esp) == 0)
        return ESP_MODEL_IKE;
    return ESP_MODEL_OK;
}

/* The inner packet's length in `text` once trailer and header are right. */
static enum esp_model_verdict strip(const uint8_t *text, size_t text_len, size_t *ip_len)
{
    size_t pad = text[text_len - 2], total;

    if (pad + 2 > text_len)
        return ESP_MODEL_PADDING;
    for (size_t i = 0; i < pad; i++)
        if (text[text_len - 2 - pad + i] != i + 1)
            return ESP_MODEL_PADDING;
    if (text[text_len - 1] != NEXT_IPV4)
        return ESP_MODEL_INNER;
    *ip_len = text_len - 2 - pad;
    if (*ip_len < PACKET_IP4 || text[0] >> 4 != 4)
        return ESP_MODEL_INNER;
    /* RFC 4303 2.7: what follows the packet inside is TFC padding */
    total = get16(text + 2);
    if ((text[0] & 15u) < 5 || total < (text[0] & 15u) * 4u || total > *ip_len)
        return ESP_MODEL_INNER;
    *ip_len = total;
    return ESP_MODEL_OK;
}

enum esp_model_verdict esp_model_open(const struct esp_model_sa *sa, const uint8_t *frame,
                                      size_t len, struct esp_model_opened *out)
{
    const uint8_t *esp;
    uint8_t nonce[12], aad[12];
    size_t aad_len, esp_len, text_len;
    enum esp_model_verdict verdict = parse_outer(sa, frame, len, &esp, &esp_len);

    if (verdict != ESP_MODEL_OK)
        return verdict;
    if (esp_len < ESP_HEADER + 4 + ESP_MODEL_TAG || esp_len % 4 != 0)
        return ESP_MODEL_MALFORMED;
    text_len = esp_len - ESP_HEADER - ESP_MODEL_TAG;
    out->spi = get32(esp);
    out->seq = get32(esp + 4);
    out->outer_tos = frame[PACKET_ETH + 1];
    if (out->spi != sa->spi)
        return ESP_MODEL_NO_SA;
    if (text_len > sizeof out->ip)
        return ESP_MODEL_MALFORMED;
    nonce_of(sa, esp + 8, nonce);
    aad_len = aad_of(sa, (uint64_t)get32(esp + 8) << 32 | out->seq, aad);
    if (!gcm_open(sa->key, sa->key_len, nonce, aad, aad_len, esp + ESP_HEADER, text_len,
                  esp + ESP_HEADER + text_len, out->ip))
        return ESP_MODEL_AUTH;
    return strip(out->ip, text_len, &out->len);
}

bool esp_model_deliver(const struct esp_model_opened *opened, uint8_t ip[PACKET_MAX])
{
    unsigned in = opened->ip[1] & 3u, outer_ecn = opened->outer_tos & 3u, ecn = in;

    memcpy(ip, opened->ip, opened->len);
    if (outer_ecn == 3 && in == 0)
        return false;
    if (outer_ecn == 3)
        ecn = 3;
    else if (outer_ecn == 1 && in == 2)
        ecn = 1;
    ip[1] = (uint8_t)((ip[1] & 0xfcu) | ecn);
    packet_forward(ip);
    return true;
}
