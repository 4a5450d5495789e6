/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The oracle of the packet path: ESP in tunnel and transport mode over IPv4 and IPv6 (RFC 4303,
 * RFC 4106, RFC 4543, RFC 3948) on OpenSSL, written from the RFCs and not from the RTL. It makes the
 * very frame that the engine must put on cipher, and judges frames the engine's way.
 */
#ifndef SIM_MODEL_ESP_MODEL_H
#define SIM_MODEL_ESP_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/model/gcm.h"
#include "sim/model/packet.h"

#define ESP_MODEL_TAG 16u
#define ESP_MODEL_MAX (PACKET_MAX + 512u) /* bytes; room for any frame the model makes */

struct esp_model_sa {
    uint8_t key[32];
    size_t key_len; /* 16 or 32 */
    uint8_t salt[4];
    uint32_t spi;
    bool gmac;         /* authenticated, not encrypted (RFC 4543) */
    bool transport;    /* the packet's own header is the outer one */
    bool v6;           /* outer header of tunnel mode: these two addresses instead */
    uint32_t src, dst; /* outer, host order */
    uint8_t src6[16], dst6[16];
    bool esn;          /* extended sequence numbers (RFC 4303 2.2.1) */
    bool encap;        /* ESP in UDP (RFC 3948) */
    uint16_t sport, dport;
    uint8_t ttl; /* of the outer header */
    bool dscp_set, df_set, ecn_off; /* outer DSCP and DF are those here, ECN is none */
    uint8_t dscp;
    bool df;
    bool flow_zero;      /* no flow label in an outer IPv6 header; else as inside */
    bool decap_dscp;     /* inbound: the inner DSCP becomes the outer one. ecn_off: ECN stays */
    uint16_t tfc;        /* shorter packets are padded to it (RFC 4303 2.7); 0: none */
    uint16_t csum_delta; /* transport mode in UDP, inbound (RFC 3948 3.1.2) */
    bool tagged;         /* the frame carries this 802.1Q tag */
    uint16_t tci;
    uint8_t src_mac[6], dst_mac[6];
};

/* What is wrong with a frame on purpose. All zero: nothing. */
struct esp_model_wrong {
    uint32_t tag_bit;  /* 1..128: this bit of the ICV is flipped */
    uint32_t text_bit; /* 1..: this bit of the ciphertext is flipped */
    bool seq;          /* the sequence number on the wire is another than the authenticated one */
    bool padding;      /* the first padding byte is not 1; takes effect with padding only */
    uint8_t more_padding; /* right, but this many bytes longer than needed (a multiple of 4) */
    uint8_t pad_length;   /* not 0: written instead of the true pad length */
    uint8_t next_header;  /* not 0: instead of the right one */
    size_t cut;           /* bytes missing at the end; the lengths in the headers say so too */
    size_t cut_frame;     /* bytes missing at the end; the headers promise them */
};

enum esp_model_verdict {
    ESP_MODEL_OK,
    ESP_MODEL_NOT_ESP,   /* not IP, a fragment, options or extension headers, or neither ESP nor UDP
                            to sa->dport */
    ESP_MODEL_KEEPALIVE, /* RFC 3948 2.3 */
    ESP_MODEL_IKE,       /* RFC 3948 2.2: the non-ESP marker */
    ESP_MODEL_MALFORMED, /* too short, lengths that contradict, ciphertext not a multiple of 4 */
    ESP_MODEL_NO_SA,     /* another SPI */
    ESP_MODEL_AUTH,      /* the ICV is wrong */
    ESP_MODEL_PADDING,   /* RFC 4303 2.4: not 1, 2, 3.. or longer than the packet */
    ESP_MODEL_INNER,     /* tunnel mode: next header is not IP, or no such packet is inside */
    ESP_MODEL_DUMMY,     /* RFC 4303 2.6: next header 59 */
};
const char *esp_model_verdict_text(enum esp_model_verdict verdict);

/* The frame for inner packet `ip` (as it arrived: the model decrements its TTL) and sequence number
 * seq. wrong: NULL for a right one. Returns its length, 0 when OpenSSL refused. */
size_t esp_model_encap(const struct esp_model_sa *sa, uint64_t seq, const uint8_t *ip, size_t len,
                       const struct esp_model_wrong *wrong, uint8_t frame[ESP_MODEL_MAX]);
/* A tunnel's frame around any text: what is to be encrypted, with its padding and trailer. tos and
 * df go into the outer header. */
size_t esp_model_seal(const struct esp_model_sa *sa, uint64_t seq, const uint8_t *text, size_t len,
                      uint8_t tos, bool df, uint8_t frame[ESP_MODEL_MAX]);

struct esp_model_opened {
    const struct esp_model_sa *sa; /* the one given to esp_model_open */
    uint32_t spi, seq;
    uint8_t outer_tos;
    bool tagged; /* the frame's 802.1Q tag */
    uint16_t tci;
    uint8_t ip[PACKET_MAX]; /* the inner packet, as it was encrypted; in transport mode behind its
                               header, and with csum_delta added */
    size_t len;
};
/* Of the SA the addresses are not looked at; the high half of an extended number is taken from the
 * IV. *out is valid with OK; its spi and seq also with AUTH, PADDING, INNER and DUMMY. */
enum esp_model_verdict esp_model_open(const struct esp_model_sa *sa, const uint8_t *frame,
                                      size_t len, struct esp_model_opened *out);

/* What leaves plain for an opened packet: TTL less one, ECN by RFC 6040 4.2; in transport mode
 * nothing changes. False: RFC 6040 wants it dropped (congestion was marked on a packet that cannot
 * say so). */
bool esp_model_deliver(const struct esp_model_opened *opened, uint8_t ip[PACKET_MAX]);

#endif
