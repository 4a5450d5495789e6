/* SPDX-License-Identifier: Apache-2.0 */
/* Inner packets for tests (see packet.h). */
#include "sim/model/packet.h"

#include <string.h>

uint32_t inet_sum(uint32_t sum, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i + 1 < len; i += 2)
        sum += get16(data + i);
    if (len & 1)
        sum += (uint32_t)data[len - 1] << 8;
    return sum;
}

uint16_t inet_fold(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

size_t packet_len(const uint8_t *ip)
{
    return packet_is_v6(ip) ? PACKET_IP6 + get16(ip + 4) : get16(ip + 2);
}

uint8_t packet_tos(const uint8_t *ip)
{
    return packet_is_v6(ip) ? (uint8_t)(get16(ip) >> 4) : ip[1];
}

void packet_set_tos(uint8_t *ip, uint8_t tos)
{
    if (packet_is_v6(ip)) {
        put16(ip, (uint16_t)((get16(ip) & 0xf00f) | tos << 4));
    } else {
        ip[1] = tos;
        packet_ip_checksum(ip);
    }
}

void packet_ip_checksum(uint8_t *ip)
{
    if (packet_is_v6(ip))
        return;
    put16(ip + 10, 0);
    put16(ip + 10, inet_fold(inet_sum(0, ip, (ip[0] & 15u) * 4u)));
}

void packet_forward(uint8_t *ip)
{
    ip[packet_is_v6(ip) ? 7 : 8]--;
    packet_ip_checksum(ip);
}

uint16_t packet_transport_sum(const uint8_t *ip, uint8_t proto, const uint8_t *body, size_t len)
{
    uint32_t sum = 0;
    if (proto != 1) { /* the pseudo header: addresses, protocol, length */
        sum = packet_is_v6(ip) ? inet_sum(sum, ip + 8, 32) : inet_sum(sum, ip + 12, 8);
        sum += proto + (uint32_t)len;
    }
    return inet_fold(inet_sum(sum, body, len));
}

static void payload(uint8_t *p, size_t len, uint32_t seed)
{
    uint32_t x = seed * 2654435761u + 1u;
    for (size_t i = 0; i < len; i++) {
        x = x * 1664525u + 1013904223u;
        p[i] = (uint8_t)(x >> 24);
    }
}

/* Header of UDP, TCP or ICMP at `h`; its bytes. The checksum is at *sum_at. */
static size_t transport(const struct packet_spec *s, size_t body_len, uint8_t h[20], size_t *sum_at)
{
    memset(h, 0, 20);
    switch (s->proto) {
    case 1:
    case 58:
        h[0] = s->proto == 1 ? 8 : 128; /* echo request */
        put16(h + 4, s->sport);
        put16(h + 6, s->dport);
        *sum_at = 2;
        return 8;
    case 17:
        put16(h, s->sport);
        put16(h + 2, s->dport);
        put16(h + 4, (uint16_t)body_len);
        *sum_at = 6;
        return 8;
    case 6:
        put16(h, s->sport);
        put16(h + 2, s->dport);
        put32(h + 4, s->seed);
        h[12] = 5 << 4;
        h[13] = 0x10; /* ACK */
        put16(h + 14, 0xffff);
        *sum_at = 16;
        return 20;
    default:
        *sum_at = 0;
        return 0;
    }
}

static size_t header_v4(const struct packet_spec *spec, size_t len, uint8_t *out)
{
    size_t head = PACKET_IP4 + spec->options;
    memset(out, 0, PACKET_IP4);
    memset(out + PACKET_IP4, 1, spec->options); /* RFC 791: no operation */
    out[0] = (uint8_t)(0x40 | head / 4);
    out[1] = spec->tos;
    put16(out + 2, (uint16_t)len);
    put16(out + 4, spec->id);
    put16(out + 6, (uint16_t)(spec->fragment | (spec->df ? 0x4000 : 0)));
    out[8] = spec->ttl ? spec->ttl : 64;
    out[9] = spec->proto;
    put32(out + 12, spec->src);
    put32(out + 16, spec->dst);
    packet_ip_checksum(out);
    return head;
}

/* RFC 8200 3 and 4. Hop-by-hop and destination options hold one PadN, a routing header has no
 * segments left. */
static size_t header_v6(const struct packet_spec *spec, size_t len, uint8_t *out)
{
    size_t head = PACKET_IP6;
    uint8_t *next = out + 6;

    put32(out, 6u << 28 | (uint32_t)spec->tos << 20 | (spec->flow & 0xfffff));
    put16(out + 4, (uint16_t)(len - PACKET_IP6));
    out[7] = spec->ttl ? spec->ttl : 64;
    memcpy(out + 8, spec->src6, 16);
    memcpy(out + 24, spec->dst6, 16);
    for (unsigned i = 0; i < spec->ext_len; i++, head += PACKET_EXT) {
        uint8_t *ext = out + head;
        *next = spec->ext[i];
        next = ext;
        memset(ext, 0, PACKET_EXT);
        if (spec->ext[i] == 44) {
            put16(ext + 2, spec->fragment);
            put32(ext + 4, spec->id);
        } else if (spec->ext[i] != 43) {
            ext[2] = 1;
            ext[3] = 4;
        }
    }
    *next = spec->proto;
    return head;
}

size_t packet_build(const struct packet_spec *spec, uint8_t *out)
{
    size_t head = spec->v6 ? PACKET_IP6 + PACKET_EXT * spec->ext_len : PACKET_IP4 + spec->options;
    size_t len = spec->len < head ? head : spec->len;
    size_t body_len = len - head, h_len, sum_at;
    uint8_t h[20];

    if (spec->v6)
        (void)header_v6(spec, len, out);
    else
        (void)header_v4(spec, len, out);
    payload(out + head, body_len, spec->seed);
    h_len = transport(spec, body_len, h, &sum_at);
    memcpy(out + head, h, h_len < body_len ? h_len : body_len);
    if (h_len && h_len <= body_len) {
        uint16_t sum = packet_transport_sum(out, spec->proto, out + head, body_len);
        /* RFC 768: a sum of zero is sent as all ones */
        put16(out + head + sum_at, spec->proto == 17 && sum == 0 ? 0xffff : sum);
    }
    return len;
}

size_t packet_frame(const uint8_t dst_mac[6], const uint8_t src_mac[6], const uint8_t *ip,
                    size_t len, size_t min_len, uint8_t *out)
{
    size_t total = PACKET_ETH + len;

    memcpy(out, dst_mac, 6);
    memcpy(out + 6, src_mac, 6);
    put16(out + 12, packet_is_v6(ip) ? 0x86dd : 0x0800);
    memcpy(out + PACKET_ETH, ip, len);
    if (total < min_len) {
        memset(out + total, 0, min_len - total);
        total = min_len;
    }
    return total;
}

size_t packet_tag(uint8_t *frame, size_t len, uint16_t tci)
{
    memmove(frame + 12 + PACKET_VLAN, frame + 12, len - 12);
    put16(frame + 12, 0x8100);
    put16(frame + 14, tci);
    return len + PACKET_VLAN;
}

static bool transport_valid(const uint8_t *ip, uint8_t proto, const uint8_t *body, size_t len)
{
    switch (proto) {
    case 1:
    case 58:
        return len >= 8 && packet_transport_sum(ip, proto, body, len) == 0;
    case 6:
        return len >= 20 && packet_transport_sum(ip, proto, body, len) == 0;
    case 17: /* RFC 768: zero means no checksum; RFC 8200 8.1: not over IPv6 */
        return len >= 8 && ((!packet_is_v6(ip) && get16(body + 6) == 0) ||
                            packet_transport_sum(ip, proto, body, len) == 0);
    default:
        return true;
    }
}

bool packet_valid(const uint8_t *ip, size_t len)
{
    size_t head, total;

    if (len >= PACKET_IP6 && packet_is_v6(ip)) {
        total = packet_len(ip);
        return total <= len && transport_valid(ip, ip[6], ip + PACKET_IP6, total - PACKET_IP6);
    }
    if (len < PACKET_IP4 || ip[0] >> 4 != 4)
        return false;
    head = (ip[0] & 15u) * 4u;
    total = get16(ip + 2);
    if (head < PACKET_IP4 || total < head || total > len || inet_fold(inet_sum(0, ip, head)) != 0)
        return false;
    if (get16(ip + 6) & 0x3fff) /* a fragment's transport can't be judged */
        return true;
    return transport_valid(ip, ip[9], ip + head, total - head);
}
