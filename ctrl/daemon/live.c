/* SPDX-License-Identifier: Apache-2.0 */
/* The list of what is up, kept by events. */
#include "ctrl/daemon/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void copy_name(char to[64], const char *from)
{
    (void)snprintf(to, 64, "%s", from ? from : "");
}

static bool same_name(const char *kept, const char *name)
{
    return strncmp(kept, name ? name : "", 63) == 0;
}

/* By number: of the one that `id` is, or that it takes the place of. */
static struct live_sa **find(struct live *live, const struct ike_event *e, unsigned id)
{
    struct live_sa **at = &live->sas;
    while (*at && !(same_name((*at)->conn, e->conn) && same_name((*at)->child, e->child) &&
                    (e->child ? (*at)->child_id : (*at)->ike_id) == id))
        at = &(*at)->next;
    return at;
}

static unsigned number(const struct ike_event *e)
{
    return e->child ? e->child_id : e->ike_id;
}

static void up(struct live *live, const struct ike_event *e)
{
    struct live_sa **at = find(live, e, e->old_id ? e->old_id : number(e));
    if (!*at && e->old_id)
        at = find(live, e, number(e));
    if (!*at && !(*at = calloc(1, sizeof(**at))))
        return;
    struct live_sa *sa = *at;
    copy_name(sa->conn, e->conn);
    copy_name(sa->child, e->child);
    sa->ike_id = e->ike_id;
    sa->child_id = e->child_id;
    sa->local = (struct endpoint){e->local, e->local_port};
    sa->remote = (struct endpoint){e->remote, e->remote_port};
    sa->nat_here = e->nat_here;
    sa->spi_in = e->spi_in;
    sa->spi_out = e->spi_out;
    (void)snprintf(sa->text, sizeof(sa->text), "%s", e->text ? e->text : "");
}

static void down(struct live *live, const struct ike_event *e)
{
    struct live_sa **at = find(live, e, number(e)), *gone = *at;
    if (!gone)
        return;
    *at = gone->next;
    free(gone);
}

void live_event(struct live *live, const struct ike_event *e)
{
    switch (e->kind) {
    case IKE_EVENT_IKE_UP:
    case IKE_EVENT_IKE_UPDATED:
    case IKE_EVENT_IKE_REKEYED:
    case IKE_EVENT_CHILD_UP:
    case IKE_EVENT_CHILD_REKEYED: up(live, e); break;
    case IKE_EVENT_IKE_DOWN:
    case IKE_EVENT_CHILD_DOWN: down(live, e); break;
    case IKE_EVENT_CHILD_GONE:
    case IKE_EVENT_FAILED: break;
    }
}

static void note(struct live *live, const char *conn, const char *child)
{
    struct live_retry **at = &live->retries;
    for (; *at; at = &(*at)->next)
        if (same_name((*at)->conn, conn) && same_name((*at)->child, child))
            return;
    if (!(*at = calloc(1, sizeof(**at))))
        return;
    copy_name((*at)->conn, conn);
    copy_name((*at)->child, child);
}

/* close_action when the peer closed it, dpd_action when the peer is silent or did not come up. */
static bool wants_back(const struct config_child *child, const struct ike_event *e)
{
    return (e->dead || e->kind == IKE_EVENT_FAILED ? child->dpd_action : child->close_action) &
           CONFIG_START_START;
}

void live_want_back(struct live *live, const struct config *config, const struct ike_event *e)
{
    if ((e->kind != IKE_EVENT_CHILD_DOWN && e->kind != IKE_EVENT_FAILED) || e->terminated)
        return;
    for (const struct config_conn *conn = config->conns; conn; conn = conn->next)
        for (const struct config_child *child = conn->children; child; child = child->next)
            if (wants_back(child, e) && !child->retired && e->conn &&
                strcmp(conn->name, e->conn) == 0 &&
                (!e->child || strcmp(child->name, e->child) == 0))
                note(live, conn->name, child->name);
}

bool live_next_retry(struct live *live, struct live_retry *retry)
{
    struct live_retry *first = live->retries;
    if (!first)
        return false;
    *retry = *first;
    live->retries = first->next;
    free(first);
    return true;
}

void live_clear(struct live *live)
{
    struct live_retry retry;
    while (live_next_retry(live, &retry))
        ;
    while (live->sas) {
        struct live_sa *next = live->sas->next;
        free(live->sas);
        live->sas = next;
    }
}
