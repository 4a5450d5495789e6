/* SPDX-License-Identifier: Apache-2.0 */
/* The first step of an IKE_SA that this side sets up: between which addresses. */
#include "ctrl/exchange/exchange.h"
#include "ctrl/log/log.h"
#include "ctrl/sa/ike_sa.h"
#include "ctrl/sa/nat.h"
#include "ctrl/sa/text.h"

static bool own_address(const struct ike_manager *m, const struct config_conn *conn,
                        const struct want *w, const struct espl_addr *remote,
                        struct espl_addr *local)
{
    *local = w && w->local.family ? w->local : conn->local_addr;
    return !addr_is_any(local) || (m->env.source && m->env.source(m->env.user, remote, local));
}

const char *connect_peer(struct ike_manager *m, const struct config_conn *conn, struct want *w)
{
    struct endpoint local = {.port = conn->local_port ? conn->local_port : IKE_PORT};
    struct endpoint peer = {.addr = w && w->remote.family ? w->remote : conn->remote_addr,
                            .port = conn->remote_port ? conn->remote_port : IKE_PORT};
    if (addr_is_any(&peer.addr))
        return "it has no remote address";
    if (!own_address(m, conn, w, &peer.addr, &local.addr))
        return "no route to the peer";
    /* another port than 500 hears only messages with the non-ESP marker, so they leave from 4500 */
    if (peer.port != IKE_PORT && local.port == IKE_PORT)
        local.port = IKE_NAT_PORT;
    struct ike_sa *sa = ike_sa_new(m, conn, true, IKE_INIT_SENT, &local, &peer);
    if (!sa)
        return "no memory";
    sa->first = w;
    sa->bare = !w;
    sa->pending.task = (struct task){.kind = TASK_INIT, .want = w};
    log_info("%s[%u]: initiating to %s", conn->name, sa->number, endpoint_text(&peer).s);
    if (!init_start(sa))
        ike_sa_close(sa, IKE_END_FAILED, "no IKE_SA_INIT request could be made");
    return NULL;
}
