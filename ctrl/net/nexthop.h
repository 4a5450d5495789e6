/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The next hops of outer destinations: route, gateway, its MAC address on the WAN; looked up again
 * whenever the kernel's routes or neighbours change.
 */
#ifndef CTRL_NEXTHOP_H
#define CTRL_NEXTHOP_H

#include "ctrl/net/net.h"

struct nexthops;

/* changed: frames to dst go to mac from now on. Called from nexthops_update only. NULL: no memory.
 */
struct nexthops *nexthops_new(struct net *net, void *user,
                              void (*changed)(void *user, const struct espl_addr *dst,
                                              const espl_mac mac));
void nexthops_free(struct nexthops *set); /* NULL is fine */

/* Follow dst until it was released as often as it was taken. True: its next hop's MAC address is
 * known. */
bool nexthops_take(struct nexthops *set, const struct espl_addr *dst, espl_mac mac);
void nexthops_release(struct nexthops *set, const struct espl_addr *dst);
/* The kernel's tables changed: look again, tell what changed. */
void nexthops_update(struct nexthops *set);
/* The card's traffic does not show the kernel that a neighbour lives: now and then it must ask. */
void nexthops_probe(struct nexthops *set);

#endif
