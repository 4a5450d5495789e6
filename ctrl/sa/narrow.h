/* SPDX-License-Identifier: Apache-2.0 */
/* Traffic selectors: from the configuration to ranges, narrowing (RFC 7296 2.9), and to the
 * prefixes that the card matches. */
#ifndef CTRL_SA_NARROW_H
#define CTRL_SA_NARROW_H

#include "ctrl/config/config.h"
#include "ctrl/dataplane/dataplane.h"
#include "ctrl/wire/selector.h"

/* Selector i of a child's local or remote side. Without configured ones, the side's own address. */
struct ts narrow_local(const struct config_child *child, size_t i, const struct espl_addr *own);
struct ts narrow_remote(const struct config_child *child, size_t i, const struct espl_addr *peer);

/* Of all pairs that both sides allow, the widest that is a pair of prefixes with one protocol.
 * false: there is none. *pair tells which configured ones it lies in, local * CONFIG_TS
 * + remote. */
bool narrow_choose(const struct config_child *child, const struct espl_addr *own,
                   const struct espl_addr *peer, const struct ts_payload *local,
                   const struct ts_payload *remote, struct ts *chosen_local,
                   struct ts *chosen_remote, unsigned *pair);
/* What an answer leaves of the offer; false: nothing that lies in it. */
bool narrow_accept(const struct ts *offered_local, const struct ts *offered_remote,
                   const struct ts_payload *local, const struct ts_payload *remote,
                   struct ts *chosen_local, struct ts *chosen_remote);

/* Both are shaped as prefixes, as narrow_choose leaves them. */
struct espl_selector narrow_selector(const struct ts *src, const struct ts *dst);
struct ts narrow_range(const struct espl_prefix *prefix, uint8_t proto, struct espl_ports ports);
#define TS_TEXT 64
void narrow_text(const struct ts *ts, char text[TS_TEXT]); /* "10.1.0.0/24[tcp/443]" */

#endif
