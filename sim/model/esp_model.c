/* SPDX-License-Identifier: Apache-2.0 */
/* The oracle of the packet path, outbound (see esp_model.h). */
#include "sim/model/esp_model.h"

#include <string.h>

#include "sim/model/esp_text.h"

#define UDP_HEADER 8u
#define PROTO_UDP 17u
#define PROTO_ESP 50u
#define NEXT_IPV4 4u
#define NEXT_IPV6 41u

/* What the outer headers take from the packet inside. */
struct inside {
    const uint8_t *ip; /* transport mode: the packet whose header is kept; else NULL */
    uint8_t tos;
    bool df;
    uint32_t flow;
};

static size_t ethernet(const struct esp_model_sa *sa, bool v6, uint8_t *p)
{
    size_t at = 12;
    memcpy(p, sa->dst_mac, 6);
    memcpy(p + 6, sa->src_mac, 6);
    if (sa->tagged) {
        put16(p + at, 0x8100);
        put16(p + at + 2, sa->tci);
        at += PACKET_VLAN;
    }
    put16(p + at, v6 ? 0x86dd : 0x0800);
    return at + 2;
}

static uint8_t outer_tos(const struct esp_model_sa *sa, uint8_t tos)
{
    if (sa->dscp_set) /* RFC 4301 5.1.2.1; else as inside */
        tos = (uint8_t)(sa->dscp << 2 | (tos & 3));
    return sa->ecn_off ? tos & 0xfc : tos; /* RFC 6040 4.1: compatibility mode; else as inside */
}

/* RFC 4301 5.1.2.1 */
static size_t outer_v4(const struct esp_model_sa *sa, uint64_t seq, const struct inside *in,
                       size_t len, uint8_t *p)
{
    memset(p, 0, PACKET_IP4);
    p[0] = 0x45;
    p[1] = outer_tos(sa, in->tos);
    put16(p + 2, (uint16_t)(PACKET_IP4 + len));
    put16(p + 4, (uint16_t)seq);
    p[6] = (sa->df_set ? sa->df : in->df) ? 0x40 : 0; /* RFC 4301 8.1 */
    p[8] = sa->ttl;
    p[9] = sa->encap ? PROTO_UDP : PROTO_ESP;
    put32(p + 12, sa->src);
    put32(p + 16, sa->dst);
    packet_ip_checksum(p);
    return PACKET_IP4;
}

/* RFC 4301 5.1.2.2; the flow label as inside (RFC 6438), or none */
static size_t outer_v6(const struct esp_model_sa *sa, const struct inside *in, size_t len,
                       uint8_t *p)
{
    put32(p, 6u << 28 | (uint32_t)outer_tos(sa, in->tos) << 20 | (sa->flow_zero ? 0 : in->flow));
    put16(p + 4, (uint16_t)len);
    p[6] = sa->encap ? PROTO_UDP : PROTO_ESP;
    p[7] = sa->ttl;
    memcpy(p + 8, sa->src6, 16);
    memcpy(p + 24, sa->dst6, 16);
    return PACKET_IP6;
}

/* RFC 4303 3.1.1: the packet's own header, now in front of ESP */
static size_t kept_header(const struct esp_model_sa *sa, const uint8_t *ip, size_t len, uint8_t *p)
{
    bool v6 = packet_is_v6(ip);
    size_t head = v6 ? PACKET_IP6 : PACKET_IP4;
    memcpy(p, ip, head);
    p[v6 ? 6 : 9] = sa->encap ? PROTO_UDP : PROTO_ESP;
    put16(p + (v6 ? 4 : 2), (uint16_t)(v6 ? len : head + len));
    packet_ip_checksum(p);
    return head;
}

/* RFC 3948 2.1: the checksum is zero; over IPv6 there must be one (RFC 8200 8.1). */
static void udp_checksum(const uint8_t *ip, uint8_t *udp, size_t len)
{
    if (packet_is_v6(ip)) {
        uint16_t sum = packet_transport_sum(ip, PROTO_UDP, udp, len);
        put16(udp + 6, sum ? sum : 0xffff);
    }
}

static size_t seal(const struct esp_model_sa *sa, uint64_t seq, const uint8_t *text, size_t len,
                   const struct inside *in, uint8_t frame[ESP_MODEL_MAX])
{
    size_t udp_len = sa->encap ? UDP_HEADER : 0;
    size_t esp_len = ESP_TEXT_HEADER + len + ESP_MODEL_TAG, body = udp_len + esp_len;
    bool v6 = in->ip ? packet_is_v6(in->ip) : sa->v6;
    uint8_t *ip = frame + ethernet(sa, v6, frame);
    uint8_t *udp = ip + (in->ip ? kept_header(sa, in->ip, body, ip)
                         : v6   ? outer_v6(sa, in, body, ip)
                                : outer_v4(sa, seq, in, body, ip));

    if (!esp_text_seal(sa, seq, text, len, udp + udp_len))
        return 0;
    if (sa->encap) {
        put16(udp, sa->sport);
        put16(udp + 2, sa->dport);
        put16(udp + 4, (uint16_t)body);
        put16(udp + 6, 0);
        udp_checksum(ip, udp, body);
    }
    return (size_t)(udp - frame) + body;
}

size_t esp_model_seal(const struct esp_model_sa *sa, uint64_t seq, const uint8_t *text, size_t len,
                      uint8_t tos, bool df, uint8_t frame[ESP_MODEL_MAX])
{
    const struct inside in = {.tos = tos, .df = df};
    return seal(sa, seq, text, len, &in, frame);
}

/* Padding 1, 2, 3.. to a multiple of 4, pad length, next header (RFC 4303 2.4 to 2.6). */
static size_t trailer(size_t len, uint8_t next, const struct esp_model_wrong *wrong, uint8_t *p)
{
    size_t pad = (0u - (len + 2)) & 3u;

    pad += wrong->more_padding;
    for (size_t i = 0; i < pad; i++)
        p[i] = (uint8_t)(i + 1);
    if (wrong->padding && pad)
        p[0] ^= 0x80;
    p[pad] = wrong->pad_length ? wrong->pad_length : (uint8_t)pad;
    p[pad + 1] = wrong->next_header ? wrong->next_header : next;
    return pad + 2;
}

/* What is encrypted of the packet, with its trailer; its length. */
static size_t text_of(const struct esp_model_sa *sa, const uint8_t *ip, size_t len,
                      const struct esp_model_wrong *wrong, uint8_t text[ESP_MODEL_MAX])
{
    bool v6 = packet_is_v6(ip);
    size_t head = v6 ? PACKET_IP6 : PACKET_IP4, n = len;

    if (sa->transport) {
        n = len - head;
        memcpy(text, ip + head, n);
        return n + trailer(n, ip[v6 ? 6 : 9], wrong, text + n);
    }
    memcpy(text, ip, len);
    packet_forward(text); /* RFC 4301 5.1.2: the tunnel's entry is a router */
    if (n < sa->tfc) {    /* RFC 4303 2.7 */
        memset(text + n, 0, sa->tfc - n);
        n = sa->tfc;
    }
    return n + trailer(n, v6 ? NEXT_IPV6 : NEXT_IPV4, wrong, text + n);
}

static struct inside inside_of(const struct esp_model_sa *sa, const uint8_t *ip)
{
    bool v6 = packet_is_v6(ip);
    return (struct inside){
        .ip = sa->transport ? ip : NULL,
        .tos = packet_tos(ip),
        .df = v6 || (ip[6] >> 6 & 1), /* nobody on the way fragments IPv6 */
        .flow = v6 ? get32(ip) & 0xfffff : 0,
    };
}

static void flip(uint8_t *p, uint32_t bit)
{
    if (bit)
        p[(bit - 1) / 8] ^= (uint8_t)(1u << (bit - 1) % 8);
}

/* Shortens the packet by `cut` bytes in all its length fields. */
static void shorten(const struct esp_model_sa *sa, uint8_t *ip, size_t cut)
{
    bool v6 = packet_is_v6(ip);
    uint8_t *len = ip + (v6 ? 4 : 2), *udp = ip + (v6 ? PACKET_IP6 : PACKET_IP4);
    put16(len, (uint16_t)(get16(len) - cut));
    packet_ip_checksum(ip);
    if (sa->encap)
        put16(udp + 4, (uint16_t)(get16(udp + 4) - cut));
}

size_t esp_model_encap(const struct esp_model_sa *sa, uint64_t seq, const uint8_t *ip, size_t len,
                       const struct esp_model_wrong *wrong, uint8_t frame[ESP_MODEL_MAX])
{
    static const struct esp_model_wrong nothing;
    uint8_t text[ESP_MODEL_MAX];
    const struct inside in = inside_of(sa, ip);
    size_t total, text_len;
    uint8_t *esp;

    if (!wrong)
        wrong = &nothing;
    text_len = text_of(sa, ip, len, wrong, text);
    total = seal(sa, seq, text, text_len, &in, frame);
    if (!total)
        return 0;
    esp = frame + total - ESP_MODEL_TAG - text_len - ESP_TEXT_HEADER;
    flip(esp + ESP_TEXT_HEADER, wrong->text_bit);
    flip(esp + ESP_TEXT_HEADER + text_len, wrong->tag_bit);
    if (wrong->seq)
        put32(esp + 4, (uint32_t)(seq + 1));
    if (wrong->cut)
        shorten(sa, frame + PACKET_ETH + (sa->tagged ? PACKET_VLAN : 0), wrong->cut);
    return total - wrong->cut - wrong->cut_frame;
}
