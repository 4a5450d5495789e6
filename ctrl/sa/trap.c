/* SPDX-License-Identifier: Apache-2.0 */
/* Policies that wait for a packet. See trap.h. */
#include "ctrl/sa/trap.h"

#include "ctrl/log/log.h"
#include "ctrl/sa/child_sa.h"
#include "ctrl/sa/narrow.h"
#include "ctrl/sa/text.h"
#include "ctrl/sa/want.h"

/* What `dynamic` is before there is an IKE_SA; the family 0: not known. */
static struct espl_addr own_addr(const struct ike_manager *m, const struct want *w)
{
    struct espl_addr own = w->local.family ? w->local : w->conn->local_addr;
    const struct espl_addr *peer = w->remote.family ? &w->remote : &w->conn->remote_addr;
    if (addr_is_any(&own) && m->env.source && !m->env.source(m->env.user, peer, &own))
        own.family = 0;
    return own;
}

bool trap_set(struct ike_manager *m, struct want *w)
{
    const struct espl_addr own = own_addr(m, w),
                           peer = w->remote.family ? w->remote : w->conn->remote_addr;
    const struct ts_hosts hosts = {&own, &peer, 1, 1};
    struct ts local, remote;
    if (w->trap.reqid)
        return true;
    if (!m->dp->ops->trap) {
        log_info("%s.%s: no trap: the card can't tell of packets without an SA", w->conn->name,
                 w->child->name);
        return false;
    }
    if ((!w->child->local_ts_count && addr_is_any(&own)) ||
        (!w->child->remote_ts_count && addr_is_any(&peer))) {
        log_info("%s.%s: no trap: its dynamic selectors are not known", w->conn->name,
                 w->child->name);
        return false;
    }
    narrow_offer(w->child, w->pair, &hosts, &local, &remote);
    struct dp_trap trap = {
        .ts_out = narrow_selector(&local, &remote), .local = own, .remote = peer};
    trap.reqid = child_reqid(m, &trap.ts_out);
    if (m->dp->ops->trap(m->dp, &trap, true) != DP_OK) {
        log_info("%s.%s: no trap: %s", w->conn->name, w->child->name, m->dp->ops->error(m->dp));
        return false;
    }
    w->trap = trap;
    m->traps = true;
    return true;
}

void trap_unset(struct ike_manager *m, struct want *w)
{
    if (w->trap.reqid && m->dp->ops->trap(m->dp, &w->trap, false) != DP_OK)
        log_info("%s.%s: its trap: %s", w->conn->name, w->child->name, m->dp->ops->error(m->dp));
    w->trap.reqid = 0;
}

struct want *trap_of_reqid(const struct ike_manager *m, uint32_t reqid)
{
    struct want *w = m->wants;
    while (w && (reqid == 0 || w->trap.reqid != reqid))
        w = w->next;
    return w;
}

const struct want *trap_of_selector(const struct ike_manager *m, const struct espl_selector *out)
{
    const struct want *w = m->wants;
    while (w && (!w->trap.reqid || !selector_equal(&w->trap.ts_out, out)))
        w = w->next;
    return w;
}

void trap_after(const struct ike_sa *sa, const struct child_sa *child)
{
    unsigned action = sa->dead ? child->conf->dpd_action : child->conf->close_action;
    struct want *w = want_find(sa->m, child->conf, child->pair, &sa->peer.addr);
    if (w && action & CONFIG_START_TRAP && !child->conf->retired && !child->terminated &&
        !sa->terminated)
        (void)trap_set(sa->m, w);
}
