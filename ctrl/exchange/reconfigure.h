/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Another configuration while SAs are up. What did not change is not touched: its SAs, its
 * retries. What went is retired: SAs that were made with it go on with it until they end; only
 * those that start_action = start set up are deleted.
 */
#ifndef CTRL_EXCHANGE_RECONFIGURE_H
#define CTRL_EXCHANGE_RECONFIGURE_H

#include <stdbool.h>

#include "ctrl/exchange/manager.h"

/* conn becomes the manager's, in the place of the one with its name, and what has start_action =
 * start is set up. false: no memory, nothing changed, and conn is still the caller's. */
bool ike_manager_load_conn(struct ike_manager *m, struct config_conn *conn);
bool ike_manager_unload_conn(struct ike_manager *m, const char *name); /* false: no such one */

/* All of it: what `config` does not have goes, what it has is loaded and taken out of it. false: no
 * memory for a part of it, which the log names. */
bool ike_manager_configure(struct ike_manager *m, struct config *config);

#endif
