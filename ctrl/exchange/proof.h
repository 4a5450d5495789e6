/* SPDX-License-Identifier: Apache-2.0 */
/* CERT and AUTH (RFC 7296 2.15, 3.6, 3.8): what each side proves itself with. */
#ifndef CTRL_EXCHANGE_PROOF_H
#define CTRL_EXCHANGE_PROOF_H

#include "ctrl/sa/auth_state.h"

/* What AUTH covers of one side; by_initiator: which one's. id: the body of its ID payload. */
#define PROOF_OCTETS (IKE_MESSAGE_MAX + IKE_NONCE_MAX + HASH_MAX)
struct piece proof_octets(const struct ike_sa *sa, bool by_initiator, struct piece id,
                          uint8_t buf[PROOF_OCTETS]);

/* Who this side is, by sa's connection; and the body of the ID payload that says so. */
void proof_own_id(const struct config_conn *conn, const struct ike_sa *sa, struct config_id *id);
size_t proof_id_body(const struct config_id *id, uint8_t body[4 + 256]);

/* Our CERT payloads, if the peer wants to see them, and AUTH. peer: whose shared secret it is with.
 * false: it can't be done, and the log says why. */
bool proof_write_certs(struct ike_sa *sa, struct chain *c);
bool proof_write(struct ike_sa *sa, const struct config_id *peer, struct chain *c);
/* AUTH that ends EAP (2.16). */
bool proof_write_shared(struct ike_sa *sa, struct piece secret, struct chain *c);
bool proof_check_shared(struct ike_sa *sa, struct piece secret, struct piece id,
                        const struct auth *auth);

/* While datagrams are taken in lots: what AUTH of the initiator needs of the signer is asked with
 * others', and auth_go_on comes then. id: the body of the initiator's ID payload. false: now. */
bool proof_foresee(struct ike_sa *sa, const struct config_conn *conn, const struct config_id *peer,
                   struct piece id);

enum proof { PROOF_RIGHT, PROOF_WRONG, PROOF_WAIT };
/* The peer's AUTH in msg, under this connection. id: its ID payload, which sa->id_peer is made of.
 * why: a sentence for the log. */
enum proof proof_check(struct ike_sa *sa, const struct config_conn *conn, const struct message *msg,
                       const struct id *id, const struct auth *auth, char *why, size_t why_len);

/* ---------------------------------------------------------------- hello.c */

/* What both sides say in IKE_SA_INIT about IKE_AUTH: signature hashes (RFC 7427 4), CERTREQ, PPK.
 */
bool hello_write(struct ike_sa *sa, bool response, struct chain *c);
bool hello_read(struct ike_sa *sa, const struct message *msg); /* false: no memory */
/* CERTREQ for the certificates that we trust. */
void certreq_write(const struct ike_sa *sa, struct chain *c);
/* The responder asks in IKE_SA_INIT, the initiator in IKE_AUTH. false: no memory. */
bool certreq_read(struct ike_sa *sa, const struct message *msg);

/* ---------------------------------------------------------------- ppk.c (RFC 8784) */

/* Initiator: mixes the keys, writes PPK_IDENTITY and, unless it is required, NO_PPK_AUTH, before
 * AUTH is written. false: it can't be, and the log says why. */
bool ppk_offer(struct ike_sa *sa, const struct config_id *peer, struct chain *c);
/* Initiator: the peer used it, or the keys are what they were. false: it had to be used. */
bool ppk_answered(struct ike_sa *sa, const struct message *msg);
/* Responder: mixes the keys when the peer did, with a PPK of ours; else *auth becomes what stands
 * in NO_PPK_AUTH. false: no way for both. */
bool ppk_take(struct ike_sa *sa, const struct config_conn *conn, const struct message *msg,
              struct auth *auth);
void ppk_confirm(const struct ike_sa *sa, struct chain *c); /* responder: in the answer */
void ppk_undo(struct ike_sa *sa);

#endif
