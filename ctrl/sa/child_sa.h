/* SPDX-License-Identifier: Apache-2.0 */
/* CHILD_SAs: the pair of ESP SAs in the data plane, and when they end. */
#ifndef CTRL_SA_CHILD_SA_H
#define CTRL_SA_CHILD_SA_H

#include "ctrl/sa/state.h"

#define CHILD_LINGER_MS 5000u /* a deleted CHILD_SA still takes what was on its way */

/* Not in the data plane yet, not in sa's list. NULL: no memory. */
struct child_sa *child_new(const struct config_child *conf, unsigned pair);
/* Wipes what keys are left; the data plane is not touched. NULL is fine. */
void child_free(struct child_sa *child);
/* Everything of child->dp but SPIs and keys. */
void child_place(struct ike_sa *sa, struct child_sa *child, const struct ts *local,
                 const struct ts *remote);
/* The keys of both directions. by_us: this side began the exchange. */
CRYPTO_MUST enum crypto_err child_derive(const struct ike_sa *sa, struct child_sa *child,
                                         const struct dh_secret *shared, const struct nonce *ni,
                                         const struct nonce *nr, bool by_us);

/* Install inbound, and unless out_waits outbound, put it in sa's list and start its clocks. false:
 * the data plane refused: nothing of it is left there but the reserved SPI, and child is still the
 * caller's. */
CRYPTO_MUST bool child_install(struct ike_sa *sa, struct child_sa *child);
/* The peer can receive: the outbound policy moves to it. false: the data plane refused. */
bool child_switch_out(struct ike_sa *sa, struct child_sa *child);
/* Out of the data plane, the list and memory. */
void child_remove(struct ike_sa *sa, struct child_sa *child);
/* Both sides let go of it. One that was replaced lingers; its successor's outbound SA is switched
 * to. */
void child_close(struct ike_sa *sa, struct child_sa *child);

struct child_sa *child_find_in(const struct ike_sa *sa, uint32_t spi);
struct child_sa *child_find_out(const struct ike_sa *sa, uint32_t spi);
/* It carries nothing any more: the event, and what is to be done then. */
void child_down(const struct ike_sa *sa, const struct child_sa *child);
bool selector_equal(const struct espl_selector *a, const struct espl_selector *b);
/* Of everything with that outbound selector: one policy, one reqid. */
uint32_t child_reqid(struct ike_manager *m, const struct espl_selector *out);
void child_event(const struct ike_sa *sa, const struct child_sa *child, enum ike_event_kind kind);
/* RFC 7296 2.8.1: octet by octet; the one that ends first is the lower */
bool nonce_lower(const struct nonce *a, const struct nonce *b);
/* Has something come in through it since it was asked last? */
bool child_heard(struct ike_sa *sa, struct child_sa *child);

#endif
