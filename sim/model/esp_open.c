/* SPDX-License-Identifier: Apache-2.0 */
/* The oracle of the packet path, inbound (see esp_model.h). */
#include <string.h>

#include "sim/model/esp_model.h"
#include "sim/model/esp_text.h"

#define UDP_HEADER 8u
#define PROTO_TCP 6u
#define PROTO_UDP 17u
#define PROTO_ESP 50u
#define NEXT_IPV4 4u
#define NEXT_IPV6 41u
#define NEXT_NONE 59u

const char *esp_model_verdict_text(enum esp_model_verdict verdict)
{
    static const char *const text[] = {
        "ok",        "not ESP",       "NAT keepalive",       "IKE",          "malformed", "no SA",
        "wrong ICV", "wrong padding", "no IP packet inside", "dummy packet",
    };
    return text[verdict];
}

/* Where the parts of a frame begin, and what its lengths say. */
struct outer {
    const uint8_t *ip, *esp;
    size_t head, esp_len;
};

/* From the Ethernet header to the IP header; its length, or 0: not IP, a fragment, or options. */
static size_t find_ip(const uint8_t *frame, size_t len, struct esp_model_opened *out,
                      struct outer *o)
{
    size_t at = 12;

    if (len < PACKET_ETH + PACKET_VLAN + PACKET_IP4)
        return 0;
    out->tagged = get16(frame + at) == 0x8100;
    if (out->tagged) {
        out->tci = get16(frame + at + 2);
        at += PACKET_VLAN;
    }
    o->ip = frame + at + 2;
    if (get16(frame + at) == 0x0800)
        return o->ip[0] == 0x45 && (get16(o->ip + 6) & 0x3fff) == 0 ? PACKET_IP4 : 0;
    return get16(frame + at) == 0x86dd && packet_is_v6(o->ip) && len >= at + 2 + PACKET_IP6
               ? PACKET_IP6
               : 0;
}

/* From the Ethernet header to the ESP header. */
static enum esp_model_verdict parse_outer(const struct esp_model_sa *sa, const uint8_t *frame,
                                          size_t len, struct esp_model_opened *out, struct outer *o)
{
    size_t total, udp_len;
    const uint8_t *udp;
    uint8_t proto;

    o->head = find_ip(frame, len, out, o);
    if (!o->head)
        return ESP_MODEL_NOT_ESP;
    udp = o->ip + o->head;
    proto = o->ip[packet_is_v6(o->ip) ? 6 : 9];
    total = packet_len(o->ip);
    if (proto == PROTO_ESP) {
        o->esp = udp;
        o->esp_len = total - o->head;
        return total < o->head || (size_t)(o->ip - frame) + total > len ? ESP_MODEL_MALFORMED
                                                                        : ESP_MODEL_OK;
    }
    if (proto != PROTO_UDP || total < o->head + UDP_HEADER ||
        (size_t)(o->ip - frame) + total > len || get16(udp + 2) != sa->dport)
        return ESP_MODEL_NOT_ESP;
    udp_len = get16(udp + 4);
    if (udp_len < UDP_HEADER || o->head + udp_len > total)
        return ESP_MODEL_MALFORMED;
    o->esp = udp + UDP_HEADER;
    o->esp_len = udp_len - UDP_HEADER;
    if (o->esp_len == 1 && *o->esp == 0xff)
        return ESP_MODEL_KEEPALIVE;
    return o->esp_len >= 4 && get32(o->esp) == 0 ? ESP_MODEL_IKE : ESP_MODEL_OK;
}

/* The padding and what it says: the payload's length and its kind. */
static enum esp_model_verdict strip(const uint8_t *text, size_t len, size_t *payload, uint8_t *next)
{
    size_t pad = text[len - 2];

    if (pad + 2 > len)
        return ESP_MODEL_PADDING;
    for (size_t i = 0; i < pad; i++)
        if (text[len - 2 - pad + i] != i + 1)
            return ESP_MODEL_PADDING;
    *next = text[len - 1];
    *payload = len - 2 - pad;
    return *next == NEXT_NONE ? ESP_MODEL_DUMMY : ESP_MODEL_OK; /* RFC 4303 2.6 */
}

/* Tunnel mode: the packet is the text; RFC 4303 2.7: what follows it is TFC padding. */
static enum esp_model_verdict take_packet(const uint8_t *text, size_t payload, uint8_t next,
                                          struct esp_model_opened *out)
{
    bool v6 = next == NEXT_IPV6;
    size_t head = v6 ? PACKET_IP6 : PACKET_IP4;

    if ((!v6 && next != NEXT_IPV4) || payload < head || text[0] >> 4 != (v6 ? 6 : 4))
        return ESP_MODEL_INNER;
    if (!v6 && ((text[0] & 15u) < 5 || packet_len(text) < (text[0] & 15u) * 4u))
        return ESP_MODEL_INNER;
    out->len = packet_len(text);
    if (out->len > payload || out->len > sizeof out->ip)
        return ESP_MODEL_INNER;
    memcpy(out->ip, text, out->len);
    return ESP_MODEL_OK;
}

/* RFC 3948 3.1.2: what a NAT did to the addresses is undone in the checksum that covers them. */
static void fix_checksum(const struct esp_model_sa *sa, uint8_t next, uint8_t *body, size_t len)
{
    size_t at = next == PROTO_TCP ? 16 : 6;

    if (!sa->encap || (next != PROTO_TCP && next != PROTO_UDP) || len < at + 2)
        return;
    if (next == PROTO_UDP && get16(body + at) == 0)
        return;
    put16(body + at, (uint16_t)~inet_fold((uint32_t)get16(body + at) + sa->csum_delta));
}

/* Transport mode: the outer header, as it was before ESP, then the payload. */
static void put_together(const struct esp_model_sa *sa, const struct outer *o, const uint8_t *text,
                         size_t payload, uint8_t next, struct esp_model_opened *out)
{
    bool v6 = packet_is_v6(o->ip);

    memcpy(out->ip, o->ip, o->head);
    memcpy(out->ip + o->head, text, payload);
    out->len = o->head + payload;
    out->ip[v6 ? 6 : 9] = next;
    put16(out->ip + (v6 ? 4 : 2), (uint16_t)(v6 ? payload : out->len));
    packet_ip_checksum(out->ip);
    fix_checksum(sa, next, out->ip + o->head, payload);
}

enum esp_model_verdict esp_model_open(const struct esp_model_sa *sa, const uint8_t *frame,
                                      size_t len, struct esp_model_opened *out)
{
    uint8_t text[PACKET_MAX], next;
    size_t text_len, payload;
    struct outer o;
    enum esp_model_verdict verdict = parse_outer(sa, frame, len, out, &o);

    if (verdict != ESP_MODEL_OK)
        return verdict;
    if (o.esp_len < ESP_TEXT_HEADER + 4 + ESP_MODEL_TAG || o.esp_len % 4 != 0)
        return ESP_MODEL_MALFORMED;
    text_len = o.esp_len - ESP_TEXT_HEADER - ESP_MODEL_TAG;
    out->sa = sa;
    out->spi = get32(o.esp);
    out->seq = get32(o.esp + 4);
    out->outer_tos = packet_tos(o.ip);
    if (out->spi != sa->spi)
        return ESP_MODEL_NO_SA;
    if (text_len > sizeof text)
        return ESP_MODEL_MALFORMED;
    if (!esp_text_open(sa, o.esp, text_len, text))
        return ESP_MODEL_AUTH;
    verdict = strip(text, text_len, &payload, &next);
    if (verdict != ESP_MODEL_OK)
        return verdict;
    if (!sa->transport)
        return take_packet(text, payload, next, out);
    if (o.head + payload > sizeof out->ip)
        return ESP_MODEL_MALFORMED;
    put_together(sa, &o, text, payload, next, out);
    return ESP_MODEL_OK;
}

bool esp_model_deliver(const struct esp_model_opened *opened, uint8_t ip[PACKET_MAX])
{
    const struct esp_model_sa *sa = opened->sa;
    unsigned tos = packet_tos(opened->ip), in = tos & 3u, outer_ecn = opened->outer_tos & 3u;

    memcpy(ip, opened->ip, opened->len);
    if (sa->transport)
        return true;
    if (sa->decap_dscp)
        tos = (opened->outer_tos & 0xfcu) | in;
    if (!sa->ecn_off) {
        if (outer_ecn == 3 && in == 0)
            return false;
        if (outer_ecn == 3)
            tos |= 3;
        else if (outer_ecn == 1 && in == 2)
            tos = (tos & 0xfcu) | 1;
    }
    packet_set_tos(ip, (uint8_t)tos);
    packet_forward(ip);
    return true;
}
