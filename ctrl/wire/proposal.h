/* SPDX-License-Identifier: Apache-2.0 */
/* The SA payload (RFC 7296 3.3): proposals and their transforms, as tables. */
#ifndef CTRL_WIRE_PROPOSAL_H
#define CTRL_WIRE_PROPOSAL_H

#include "ctrl/wire/message.h"

#define PROPOSAL_TRANSFORMS 48
#define SA_PROPOSALS 16

struct transform {
    uint8_t type;
    uint16_t id;
    uint16_t key_bits; /* 0: no Key Length attribute */
    bool unusable; /* has an attribute that is not understood (RFC 7296 3.3.6): never choose it */
};

struct proposal {
    uint8_t number, protocol;
    uint64_t spi; /* 8 bytes of IKE, 4 of ESP; 0 when the SPI size is 0 */
    uint8_t spi_len;
    struct transform transforms[PROPOSAL_TRANSFORMS];
    size_t count;
};

struct sa_payload {
    struct proposal proposals[SA_PROPOSALS];
    size_t count;
};

/* Proposals and transforms beyond the tables' sizes are checked, then left out: they are never
 * chosen. */
WIRE_MUST enum wire_err sa_parse(const struct payload *p, struct sa_payload *sa);
void sa_write(struct chain *c, const struct sa_payload *sa);

#endif
