/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inner packets for tests: IPv4 or IPv6 with UDP, TCP or ICMP inside, all checksums right. IPv4
 * addresses are host order numbers (0x0a010001 is 10.1.0.1), IPv6 ones are bytes in wire order; what
 * is written is in wire order.
 */
#ifndef SIM_MODEL_PACKET_H
#define SIM_MODEL_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACKET_MAX 9216u /* room for any frame of the tests */
#define PACKET_ETH 14u   /* Ethernet header */
#define PACKET_VLAN 4u   /* one 802.1Q tag behind the addresses */
#define PACKET_IP4 20u   /* IPv4 header without options */
#define PACKET_IP6 40u   /* IPv6 header without extension headers */
#define PACKET_EXT 8u    /* each extension header that packet_build writes */

static inline uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t get32(const uint8_t *p)
{
    return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static inline void put16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static inline void put32(uint8_t *p, uint32_t v)
{
    put16(p, (uint16_t)(v >> 16));
    put16(p + 2, (uint16_t)v);
}

static inline void put64(uint8_t *p, uint64_t v)
{
    put32(p, (uint32_t)(v >> 32));
    put32(p + 4, (uint32_t)v);
}

/* RFC 1071 over `len` bytes, on top of `sum` (0 to begin); inet_fold closes it. */
uint32_t inet_sum(uint32_t sum, const uint8_t *data, size_t len);
uint16_t inet_fold(uint32_t sum); /* the checksum field's value */

struct packet_spec {
    uint32_t src, dst;     /* host order */
    bool v6;               /* IPv6: these two instead, and flow, ext */
    uint8_t src6[16], dst6[16];
    uint32_t flow;   /* flow label, 20 bits */
    uint8_t ext_len; /* extension headers, by their numbers (RFC 8200 4): 44 takes fragment and id */
    uint8_t ext[4];
    uint8_t proto;         /* 1 or 58 ICMP echo request, 6 TCP (ACK), 17 UDP; others: plain payload */
    uint16_t sport, dport; /* ICMP: identifier, sequence */
    uint8_t tos, ttl;      /* ttl 0 means 64 */
    bool df;
    uint16_t id;
    uint16_t fragment; /* flags and offset as on the wire (IPv4: on top of df) */
    size_t len;        /* of the IP packet, header included: 20 and up, IPv6 40 and up */
    uint8_t options;   /* bytes of IP options (no-operations), a multiple of 4 */
    uint32_t seed;     /* of the payload */
};

/* Writes the IP packet, returns its length (spec->len, or what the headers need when that is more).
 * A packet too short for its transport header carries the header's first bytes, with no checksum.
 */
size_t packet_build(const struct packet_spec *spec, uint8_t *out);

/* Ethernet header before an IP packet, its type by the packet's version; zero bytes after it up to min_len (60 on a wire, or 0).
 * Returns the frame's length. */
size_t packet_frame(const uint8_t dst_mac[6], const uint8_t src_mac[6], const uint8_t *ip,
                    size_t len, size_t min_len, uint8_t *out);

/* Puts an 802.1Q tag into a frame; returns its new length. */
size_t packet_tag(uint8_t *frame, size_t len, uint16_t tci);

static inline bool packet_is_v6(const uint8_t *ip)
{
    return ip[0] >> 4 == 6;
}
size_t packet_len(const uint8_t *ip); /* what the header says: header and all that follows */
uint8_t packet_tos(const uint8_t *ip); /* TOS or traffic class */
void packet_set_tos(uint8_t *ip, uint8_t tos);

/* Writes the header checksum of an IPv4 packet anew; IPv6 has none. */
void packet_ip_checksum(uint8_t *ip);
/* The transport's checksum over addresses, proto and body (RFC 768, 9293, 8200 8.1). */
uint16_t packet_transport_sum(const uint8_t *ip, uint8_t proto, const uint8_t *body, size_t len);
/* One router's work (RFC 1812 5.3.1, RFC 8200 3): TTL less one, checksum in step. */
void packet_forward(uint8_t *ip);
/* Are the IP header's checksum and length, and the transport's checksum, right? What stands behind
 * extension headers is not judged. */
bool packet_valid(const uint8_t *ip, size_t len);

#endif
