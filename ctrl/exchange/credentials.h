/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration, or VICI, brings to prove things with: secrets and private keys go to the
 * signer, what is public to the store of trust. */
#ifndef CTRL_EXCHANGE_CREDENTIALS_H
#define CTRL_EXCHANGE_CREDENTIALS_H

#include "ctrl/exchange/manager.h"
#include "ctrl/trust/trust.h"

/* All that `config` has of them is moved; of secrets names and owners stay in m's configuration,
 * their data are wiped. What can't be used is named in the log. */
void credentials_take(struct ike_manager *m, struct config *config);
void credentials_clear(struct ike_manager *m);

/* In the place of the secret with its name, unless that is empty; becomes the manager's. */
bool ike_manager_load_secret(struct ike_manager *m, struct config_secret *secret);
bool ike_manager_unload_secret(struct ike_manager *m, const char *name); /* false: no such one */

/* trust_revoked, and the beginning of what it wants to be fetched. */
enum trust_verdict credentials_revoked(struct ike_manager *m, STACK_OF(X509) * chain,
                                       enum config_revocation policy, char why[TRUST_WHY]);

#endif
