/* SPDX-License-Identifier: Apache-2.0 */
/* The part of a proof that has to do with certificates and public keys. */
#ifndef CTRL_EXCHANGE_PROOF_CERT_H
#define CTRL_EXCHANGE_PROOF_CERT_H

#include "ctrl/exchange/proof.h"

/* The private key that this side signs with; NULL: none. */
const struct signer_key *proof_own_key(const struct ike_sa *sa);
enum proof proof_check_signature(struct ike_sa *sa, const struct config_conn *conn,
                                 const struct message *msg, struct piece octets,
                                 const struct auth *auth, char *why, size_t why_len);

#endif
