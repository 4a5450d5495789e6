/* SPDX-License-Identifier: Apache-2.0 */
/* What happens to SAs, and what is logged, as events for the clients that registered for them. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctrl/log/log.h"
#include "ctrl/net/net.h"
#include "ctrl/vici/sa.h"
#include "ctrl/vici/server.h"

/* ---------------------------------------------------------------- SAs */

static const struct ike_sa *find_ike(const struct vici *v, unsigned number)
{
    const struct ike_sa *sa = ike_manager_first(v->env.ike);
    while (sa && sa->number != number)
        sa = ike_manager_next(sa);
    return sa;
}

static const struct child_sa *find_child(const struct ike_sa *sa, unsigned number)
{
    const struct child_sa *c = sa->children;
    while (c && c->number != number)
        c = c->next;
    return c;
}

/* up: "yes" is said, its absence is a no */
static void raise_ike_updown(struct vici *v, const struct ike_sa *sa, bool up)
{
    struct vici_out o;
    vici_out_begin(&o, VICI_EVENT, vici_event_names[VICI_IKE_UPDOWN]);
    if (up)
        vici_add(&o, "up", "yes");
    vici_section(&o, sa->conn->name);
    vici_put_ike(&o, sa);
    vici_section(&o, "child-sas");
    vici_section_end(&o);
    vici_section_end(&o);
    vici_raise(v, VICI_IKE_UPDOWN, &o);
}

static void put_ike_as(struct vici_out *o, const char *name, const struct ike_sa *sa)
{
    vici_section(o, name);
    if (sa)
        vici_put_ike(o, sa);
    vici_section_end(o);
}

static void raise_ike_rekey(struct vici *v, const struct ike_sa *sa, const struct ike_sa *old)
{
    struct vici_out o;
    vici_out_begin(&o, VICI_EVENT, vici_event_names[VICI_IKE_REKEY]);
    vici_section(&o, sa->conn->name);
    put_ike_as(&o, "old", old);
    put_ike_as(&o, "new", sa);
    vici_section_end(&o);
    vici_raise(v, VICI_IKE_REKEY, &o);
}

/* The layout of list-sa with this one child. up: as of an updown event. */
static void raise_child(struct vici *v, enum vici_event_id id, const struct ike_sa *sa,
                        const struct child_sa *child, bool up)
{
    struct vici_out o;
    if (!vici_listened(v, id))
        return;
    vici_out_begin(&o, VICI_EVENT, vici_event_names[id]);
    if (up)
        vici_add(&o, "up", "yes");
    vici_section(&o, sa->conn->name);
    vici_put_ike(&o, sa);
    vici_section(&o, "child-sas");
    vici_put_child_section(&o, sa, child);
    vici_section_end(&o);
    vici_section_end(&o);
    vici_raise(v, id, &o);
}

static void put_child_as(struct vici_out *o, const char *name, const struct ike_sa *sa,
                         const struct child_sa *child)
{
    vici_section(o, name);
    if (child)
        vici_put_child(o, sa, child);
    vici_section_end(o);
}

static void raise_child_rekey(struct vici *v, const struct ike_sa *sa, const struct child_sa *child,
                              const struct child_sa *old)
{
    struct vici_out o;
    if (!vici_listened(v, VICI_CHILD_REKEY))
        return;
    vici_out_begin(&o, VICI_EVENT, vici_event_names[VICI_CHILD_REKEY]);
    vici_section(&o, sa->conn->name);
    vici_put_ike(&o, sa);
    vici_section(&o, "child-sas");
    vici_section(&o, child->conf->name);
    put_child_as(&o, "old", sa, old);
    put_child_as(&o, "new", sa, child);
    vici_section_end(&o);
    vici_section_end(&o);
    vici_section_end(&o);
    vici_raise(v, VICI_CHILD_REKEY, &o);
}

static void child_event_of(struct vici *v, const struct ike_event *e, const struct ike_sa *sa)
{
    const struct child_sa *c = find_child(sa, e->child_id), *old = find_child(sa, e->old_id);
    if (!c)
        return;
    switch (e->kind) {
    case IKE_EVENT_CHILD_UP:
        raise_child(v, VICI_CHILD_UPDOWN, sa, c, true);
        raise_child(v, VICI_CHILD_STATE_INSTALLED, sa, c, false);
        break;
    case IKE_EVENT_CHILD_REKEYED:
        raise_child_rekey(v, sa, c, e->old_id ? old : NULL);
        raise_child(v, VICI_CHILD_STATE_INSTALLED, sa, c, false);
        if (e->old_id && old)
            raise_child(v, VICI_CHILD_STATE_REKEYED, sa, old, false);
        break;
    case IKE_EVENT_CHILD_DOWN:
        raise_child(v, VICI_CHILD_UPDOWN, sa, c, false);
        break;
    case IKE_EVENT_CHILD_GONE:
        raise_child(v, VICI_CHILD_STATE_DESTROYING, sa, c, false);
        break;
    default:
        break;
    }
}

static void put_endpoint(struct vici_out *o, const char *host, const char *port,
                         const struct endpoint *e)
{
    char text[INET6_ADDRSTRLEN];
    vici_add(o, host, "%s", net_addr_text(&e->addr, text));
    vici_add(o, port, "%u", e->port);
}

static void raise_ike_update(struct vici *v, const struct ike_sa *sa)
{
    struct vici_out o;
    vici_out_begin(&o, VICI_EVENT, vici_event_names[VICI_IKE_UPDATE]);
    put_endpoint(&o, "local-host", "local-port", &sa->local);
    put_endpoint(&o, "remote-host", "remote-port", &sa->peer);
    put_ike_as(&o, sa->conn->name, sa);
    vici_raise(v, VICI_IKE_UPDATE, &o);
}

/* What is neither the beginning nor the end of an IKE_SA. */
static void ike_event_of(struct vici *v, const struct ike_event *e, const struct ike_sa *sa)
{
    if (e->kind == IKE_EVENT_IKE_REKEYED && vici_listened(v, VICI_IKE_REKEY))
        raise_ike_rekey(v, sa, find_ike(v, e->old_id));
    if (e->kind == IKE_EVENT_IKE_UPDATED && vici_listened(v, VICI_IKE_UPDATE))
        raise_ike_update(v, sa);
}

void vici_event(struct vici *v, const struct ike_event *e)
{
    if (!v || !v->started)
        return;
    if (e->kind == IKE_EVENT_FAILED)
        vici_note_failure(v, e);
    const struct ike_sa *sa = v->clients && e->ike_id ? find_ike(v, e->ike_id) : NULL;
    if (!sa)
        return;
    if (e->child_id)
        child_event_of(v, e, sa);
    else if (e->kind != IKE_EVENT_IKE_UP && e->kind != IKE_EVENT_IKE_DOWN)
        ike_event_of(v, e, sa);
    else if (vici_listened(v, VICI_IKE_UPDOWN))
        raise_ike_updown(v, sa, e->kind == IKE_EVENT_IKE_UP);
}

/* ---------------------------------------------------------------- the log */

/* "gw[7]: ...": which IKE_SA a line is about. */
static bool about(const char *line, char name[VICI_NAME], unsigned *number)
{
    size_t len = strcspn(line, "[ ");
    char *end;
    if (line[len] != '[' || len == 0 || len >= VICI_NAME)
        return false;
    unsigned long n = strtoul(line + len + 1, &end, 10);
    if (strncmp(end, "]: ", 3) != 0 || n > UINT32_MAX)
        return false;
    memcpy(name, line, len);
    name[len] = '\0';
    *number = (unsigned)n;
    return true;
}

static void put_line(struct vici_out *o, enum vici_event_id id, const char *line)
{
    char name[VICI_NAME];
    unsigned number;
    bool ike = about(line, name, &number);
    vici_out_begin(o, VICI_EVENT, vici_event_names[id]);
    vici_add(o, "group", "%s", ike ? "IKE" : "DMN");
    vici_add(o, "level", "1");
    vici_add(o, "thread", "1");
    if (ike) {
        vici_add(o, "ikesa-name", "%s", name);
        vici_add(o, "ikesa-uniqueid", "%u", number);
    }
    vici_add(o, "msg", "%s", line);
}

/* Is the line about what this client waits for? */
static bool concerns(const struct vici_client *c, const char *line)
{
    size_t len = strlen(c->wait.conn);
    return c->wait.kind != VICI_WAIT_NONE && c->events & 1u << VICI_CONTROL_LOG &&
           strncmp(line, c->wait.conn, len) == 0 && (len == 0 || strchr("[.:", line[len]));
}

void vici_log_line(void *user, const char *line)
{
    struct vici *v = user;
    struct vici_client *next;
    struct vici_out o;
    if (v->telling)
        return;
    v->telling = true; /* what sending itself has to say is not sent */
    if (vici_listened(v, VICI_LOG)) {
        put_line(&o, VICI_LOG, line);
        vici_raise(v, VICI_LOG, &o);
    }
    for (struct vici_client *c = v->clients; c; c = next) {
        next = c->next;
        if (!concerns(c, line))
            continue;
        put_line(&o, VICI_CONTROL_LOG, line);
        vici_send(c, &o);
    }
    v->telling = false;
}
