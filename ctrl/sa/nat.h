/* SPDX-License-Identifier: Apache-2.0 */
/* NAT detection (RFC 7296 2.23): hashes of addresses and ports that a NAT on the way
 * makes wrong. */
#ifndef CTRL_SA_NAT_H
#define CTRL_SA_NAT_H

#include "ctrl/sa/state.h"

#define IKE_PORT 500
#define IKE_NAT_PORT 4500

/* The two notifies of a message between these endpoints. With encap = yes the source hash is that of
 * no address, so the peer sees a NAT and takes ESP in UDP. false: OpenSSL failed. */
bool nat_write(struct chain *c, const struct ike_sa *sa, const struct endpoint *local,
               const struct endpoint *peer);
/* Compare the peer's notifies with what the datagram's addresses were; sets sa->nat_* and encap. */
void nat_judge(struct ike_sa *sa, const struct message *msg);
/* Does the peer see this side elsewhere than in its last answer? Remembers where it does. */
bool nat_remapped(struct ike_sa *sa, const struct message *msg);
/* RFC 7296 2.23: as initiator, go on at port 4500 when there is a NAT. */
void nat_float(struct ike_sa *sa);

#endif
