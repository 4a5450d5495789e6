/* SPDX-License-Identifier: Apache-2.0 */
/* IKE_SAs and CHILD_SAs as sections of a message. No key is ever looked at here. */
#include "ctrl/vici/sa.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "ctrl/net/net.h"
#include "ctrl/sa/narrow.h"
#include "ctrl/vici/names.h"

static void put_name(struct vici_out *o, const char *key, const struct vici_name *table,
                     unsigned id)
{
    const char *name = vici_name(table, id);
    if (name)
        vici_add(o, key, "%s", name);
}

static void put_suite(struct vici_out *o, const struct suite *s)
{
    put_name(o, "encr-alg", vici_encrs, s->encr);
    vici_add(o, "encr-keysize", "%u", s->key_bits);
    put_name(o, "integ-alg", vici_integs, s->integ);
    put_name(o, "prf-alg", vici_prfs, s->prf);
    put_name(o, "dh-group", vici_groups, s->ke);
    if (s->esn)
        vici_add(o, "esn", "1");
}

/* Seconds from now until `at`; nothing when that never comes, or has come. */
static void put_until(struct vici_out *o, const char *key, uint64_t at, uint64_t now)
{
    if (at != UINT64_MAX && at > now)
        vici_add(o, key, "%llu", (unsigned long long)(at - now) / 1000);
}

static void put_endpoint(struct vici_out *o, const struct endpoint *e, const char *host,
                         const char *port)
{
    char text[INET6_ADDRSTRLEN];
    vici_add(o, host, "%s", net_addr_text(&e->addr, text));
    vici_add(o, port, "%u", e->port);
}

static const char *ike_state_name(const struct ike_sa *sa)
{
    switch (sa->state) {
    case IKE_INIT_SENT:
    case IKE_HALF_OPEN:
    case IKE_AUTH_SENT:
        return "CONNECTING";
    case IKE_UP:
        return sa->pending.task.kind == TASK_REKEY_IKE ? "REKEYING" : "ESTABLISHED";
    case IKE_REPLACED:
        return "REKEYED";
    case IKE_DELETING:
        return "DELETING";
    case IKE_CLOSED:
        return "DESTROYING";
    }
    return "CREATED";
}

static const char *task_name(enum task_kind kind)
{
    switch (kind) {
    case TASK_NONE:
        return NULL;
    case TASK_INIT:
        return "IKE_INIT";
    case TASK_AUTH:
        return "IKE_AUTH";
    case TASK_CREATE_CHILD:
        return "CHILD_CREATE";
    case TASK_REKEY_CHILD:
        return "CHILD_REKEY";
    case TASK_DELETE_CHILD:
        return "CHILD_DELETE";
    case TASK_REKEY_IKE:
        return "IKE_REKEY";
    case TASK_DELETE_IKE:
        return "IKE_DELETE";
    case TASK_DPD:
        return "IKE_DPD";
    case TASK_MOVE:
    case TASK_PROBE:
    case TASK_ADDRESSES:
        return "IKE_MOBIKE";
    case TASK_RETIRE:
        return "IKE_REAUTH_COMPLETE";
    }
    return NULL;
}

static void put_tasks(struct vici_out *o, const struct ike_sa *sa)
{
    const char *active = task_name(sa->pending.task.kind);
    if (sa->tasks) {
        vici_list(o, "tasks-queued");
        for (const struct task *t = sa->tasks; t; t = t->next)
            vici_item(o, task_name(t->kind));
        vici_list_end(o);
    }
    if (active) {
        vici_list(o, "tasks-active");
        vici_item(o, active);
        vici_list_end(o);
    }
}

static void put_ids(struct vici_out *o, const struct ike_sa *sa)
{
    char text[INET6_ADDRSTRLEN];
    vici_add(o, "local-id", "%s",
             sa->conn->local_id.type ? sa->conn->local_id.text
                                     : net_addr_text(&sa->local.addr, text));
    if (sa->id_peer.type)
        vici_add(o, "remote-id", "%s", sa->id_peer.text);
    else
        vici_add(o, "remote-id", "%s",
                 sa->conn->remote_id.type ? sa->conn->remote_id.text : "%any");
}

static void put_vips(struct vici_out *o, const char *key, const struct espl_addr *list,
                     size_t count)
{
    char text[INET6_ADDRSTRLEN];
    if (count == 0)
        return;
    vici_list(o, key);
    for (size_t i = 0; i < count; i++)
        vici_item(o, net_addr_text(&list[i], text));
    vici_list_end(o);
}

void vici_put_ike(struct vici_out *o, const struct ike_sa *sa)
{
    uint64_t now = now_ms(sa->m);
    vici_add(o, "uniqueid", "%u", sa->number);
    vici_add(o, "version", "2");
    vici_add(o, "state", "%s", ike_state_name(sa));
    put_endpoint(o, &sa->local, "local-host", "local-port");
    put_endpoint(o, &sa->peer, "remote-host", "remote-port");
    put_ids(o, sa);
    if (sa->initiator)
        vici_add(o, "initiator", "yes");
    vici_add(o, "initiator-spi", "%016llx",
             (unsigned long long)(sa->initiator ? sa->spi_own : sa->spi_peer));
    vici_add(o, "responder-spi", "%016llx",
             (unsigned long long)(sa->initiator ? sa->spi_peer : sa->spi_own));
    if (sa->nat_local)
        vici_add(o, "nat-local", "yes");
    if (sa->nat_peer)
        vici_add(o, "nat-remote", "yes");
    if (sa->nat_local || sa->nat_peer)
        vici_add(o, "nat-any", "yes");
    else if (sa->encap)
        vici_add(o, "nat-fake", "yes");
    if (sa->suite.encr)
        put_suite(o, &sa->suite);
    if (sa->was_up) {
        vici_add(o, "established", "%llu", (unsigned long long)(now - sa->up_at) / 1000);
        put_until(o, "rekey-time", sa->rekey_at, now);
    }
    put_vips(o, "local-vips", sa->vips_own, sa->vip_owns);
    put_vips(o, "local-dns", sa->dns, sa->dns_count);
    put_vips(o, "remote-vips", sa->vips_peer, sa->vip_peers);
    put_tasks(o, sa);
}

static const char *child_state_name(const struct ike_sa *sa, const struct child_sa *child)
{
    const struct task *t = &sa->pending.task;
    switch (child->state) {
    case CHILD_UP:
        if (child->replaced)
            return "REKEYED";
        return t->kind == TASK_REKEY_CHILD && t->spi == child->dp.spi_in ? "REKEYING" : "INSTALLED";
    case CHILD_DELETING:
        return "DELETING";
    case CHILD_CLOSED:
        return "DELETED";
    }
    return "CREATED";
}

static void put_selector(struct vici_out *o, const char *key, const struct ts *ts)
{
    char text[TS_TEXT];
    narrow_text(ts, text);
    vici_list(o, key);
    vici_item(o, text);
    vici_list_end(o);
}

static void put_counters(struct vici_out *o, const struct ike_sa *sa, const struct child_sa *child)
{
    struct dp_stats s;
    if (sa->m->dp->ops->stats(sa->m->dp, &child->dp, &s) != DP_OK)
        return;
    vici_add(o, "bytes-in", "%llu", (unsigned long long)s.bytes_in);
    vici_add(o, "packets-in", "%llu", (unsigned long long)s.packets_in);
    vici_add(o, "bytes-out", "%llu", (unsigned long long)s.bytes_out);
    vici_add(o, "packets-out", "%llu", (unsigned long long)s.packets_out);
}

void vici_put_child(struct vici_out *o, const struct ike_sa *sa, const struct child_sa *child)
{
    const struct dp_child *dp = &child->dp;
    const struct espl_selector *out = &dp->ts_out;
    const struct ts local = narrow_range(&out->src, out->proto, out->sport);
    const struct ts remote = narrow_range(&out->dst, out->proto, out->dport);
    uint64_t now = now_ms(sa->m);
    vici_add(o, "name", "%s", child->conf->name);
    vici_add(o, "uniqueid", "%u", child->number);
    vici_add(o, "reqid", "%u", dp->reqid);
    vici_add(o, "state", "%s", child_state_name(sa, child));
    vici_add(o, "mode", "%s", dp->mode == DP_TRANSPORT ? "TRANSPORT" : "TUNNEL");
    vici_add(o, "protocol", "ESP");
    if (dp->encap)
        vici_add(o, "encap", "yes");
    vici_add(o, "spi-in", "%08x", dp->spi_in);
    vici_add(o, "spi-out", "%08x", dp->spi_out);
    put_suite(o, &child->suite);
    put_counters(o, sa, child);
    put_until(o, "rekey-time", child->rekey_at, now);
    put_until(o, "life-time", child->dies_at, now);
    vici_add(o, "install-time", "%llu", (unsigned long long)(now - child->up_at) / 1000);
    put_selector(o, "local-ts", &local);
    put_selector(o, "remote-ts", &remote);
}

void vici_put_child_section(struct vici_out *o, const struct ike_sa *sa,
                            const struct child_sa *child)
{
    char name[VICI_NAME];
    int n = snprintf(name, sizeof(name), "%.200s-%u", child->conf->name, child->number);
    if (n < 0)
        return;
    vici_section(o, name);
    vici_put_child(o, sa, child);
    vici_section_end(o);
}
