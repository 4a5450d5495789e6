/* SPDX-License-Identifier: Apache-2.0 */
/* Proposals: what the configuration and the card allow, as an SA payload; and the choice among what
 * both sides allow (RFC 7296 2.7, 3.3). */
#ifndef CTRL_SA_OFFER_H
#define CTRL_SA_OFFER_H

#include "ctrl/config/config.h"
#include "ctrl/crypto/alg.h"
#include "ctrl/dataplane/dataplane.h"
#include "ctrl/wire/proposal.h"

/* spi: 0 in IKE_SA_INIT. A configured proposal that mixes AES-GCM and AES-CBC becomes two (RFC 5282
 * 8). */
void offer_ike(const struct config_conn *conn, uint64_t spi, struct sa_payload *out);
/* Without what the card has not: out->count 0 when nothing is left. with_ke: in CREATE_CHILD_SA. */
void offer_esp(const struct config_child *child, const struct dp_caps *caps, uint32_t spi,
               bool with_ke, struct sa_payload *out);
/* The first group of an offer, 0: none; and whether it has this one. */
uint16_t offer_group(const struct sa_payload *offer);
bool offer_has_group(const struct sa_payload *offer, uint16_t group);

/* By our order of preference. ignore_ke: in IKE_AUTH, where a CHILD_SA has no key exchange of its
 * own. answer: theirs, reduced to the choice; the caller puts its SPI in. chosen->spi is the
 * peer's. */
bool offer_choose(const struct sa_payload *ours, const struct sa_payload *theirs, bool ignore_ke,
                  struct suite *suite, struct proposal *answer);
/* An answer to our offer: one proposal, one transform of each type, all of them offered. */
bool offer_accepts(const struct sa_payload *ours, const struct sa_payload *answer, bool ignore_ke,
                   struct suite *suite, uint64_t *spi);
/* Would this offer allow that suite? */
bool offer_allows(const struct sa_payload *ours, const struct suite *suite);

#endif
