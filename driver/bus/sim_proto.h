/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What crosses the virtual card's SEQPACKET socket. One request a packet, one answer a read, in
 * order; writes are posted (no answer), as on PCIe. Host byte order: both ends are one machine.
 * The card sends HELLO first.
 */
#ifndef ESPALIER_SIM_PROTO_H
#define ESPALIER_SIM_PROTO_H

#include <stdint.h>

#define ESPL_SIM_MAGIC 0x53505345u /* "ESPS" */
#define ESPL_SIM_PROTO 1u
#define ESPL_SIM_WORDS 64u /* most words in one message */

enum espl_sim_op {
    ESPL_SIM_HELLO = 1, /* card: addr = ESPL_SIM_PROTO, count = 1, words[0] = bytes of the BAR */
    ESPL_SIM_READ,      /* host: addr, count. No words. */
    ESPL_SIM_WRITE,     /* host: addr, count, words */
    ESPL_SIM_DATA,      /* card: the answer to the READ of the same tag: addr, count, words */
    ESPL_SIM_ERROR, /* card: the request was malformed (size, alignment, range): tag, addr of it;
                       count 0 */
    ESPL_SIM_IRQ,   /* card: the interrupt line rose (level in addr) */
};

struct espl_sim_msg {
    uint32_t magic;
    uint16_t op, count;             /* enum espl_sim_op; words that follow, or are asked for */
    uint32_t tag;                   /* chosen by the host, echoed by the card */
    uint32_t addr;                  /* byte offset in the page, a multiple of 4 */
    uint32_t words[ESPL_SIM_WORDS]; /* only `count` of them are sent */
};

#define ESPL_SIM_HEADER 16u /* bytes before words */

#endif
