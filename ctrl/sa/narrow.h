/* SPDX-License-Identifier: Apache-2.0 */
/* Traffic selectors: from the configuration to ranges, narrowing (RFC 7296 2.9), and to the
 * prefixes that the card matches. */
#ifndef CTRL_SA_NARROW_H
#define CTRL_SA_NARROW_H

#include "ctrl/config/config.h"
#include "ctrl/dataplane/dataplane.h"
#include "ctrl/wire/selector.h"

/* What `dynamic` stands for on either side: virtual addresses, or the one that IKE is spoken from.
 */
struct ts_hosts {
    const struct espl_addr *own, *peer;
    size_t owns, peers; /* at least one */
};

/* Initiator: the configured pair (local * CONFIG_TS + remote). `dynamic` is of the family that the
 * other side's selector has. */
void narrow_offer(const struct config_child *child, unsigned pair, const struct ts_hosts *hosts,
                  struct ts *local, struct ts *remote);
/* All addresses of that family. */
struct ts narrow_all(enum espl_family family);

/* Of all pairs that both sides allow, the widest that is a pair of prefixes with one protocol;
 * those go before that hold the peer's first selectors, which may be of the packet that it has to
 * send (RFC 7296 2.9). false: there is none. *pair tells which configured ones it lies in. */
bool narrow_choose(const struct config_child *child, const struct ts_hosts *hosts,
                   const struct ts_payload *local, const struct ts_payload *remote,
                   struct ts *chosen_local, struct ts *chosen_remote, unsigned *pair);
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
