/* SPDX-License-Identifier: Apache-2.0 */
/* initiate, terminate, rekey: answered when the SAs are there, or gone, or when it took too long.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctrl/config/reader.h"
#include "ctrl/vici/commands.h"

/* What a request chooses by. */
struct chosen {
    char ike[VICI_NAME], child[VICI_NAME];
    struct ike_choice choice;
    long timeout; /* ms; 0: without end; -1: don't wait */
    bool async;
};

static bool read_number(const struct vici_message *m, const char *name, long min, long max,
                        long *out)
{
    char text[24], *end;
    *out = 0;
    if (!vici_text(m, name, text, sizeof(text)))
        return false;
    if (!*text)
        return true;
    *out = strtol(text, &end, 10);
    return !*end && *out >= min && *out <= max;
}

static bool read_bool(const struct vici_message *m, const char *name)
{
    char text[8];
    return vici_text(m, name, text, sizeof(text)) &&
           (strcmp(text, "yes") == 0 || strcmp(text, "1") == 0 || strcmp(text, "true") == 0);
}

/* false: the request was refused */
static bool choose(struct vici_request *r, struct chosen *c)
{
    long ike, child;
    if (!vici_text(r->message, "ike", c->ike, sizeof(c->ike)) ||
        !vici_text(r->message, "child", c->child, sizeof(c->child)) ||
        !read_number(r->message, "ike-id", 0, UINT32_MAX, &ike) ||
        !read_number(r->message, "child-id", 0, UINT32_MAX, &child) ||
        !read_number(r->message, "timeout", -1, 1L << 40, &c->timeout)) {
        vici_refuse(r, "a name is too long, or ike-id, child-id or timeout is not a number");
        return false;
    }
    c->choice = (struct ike_choice){c->ike, c->child, (unsigned)ike, (unsigned)child};
    c->async = c->timeout < 0 || read_bool(r->message, "async");
    if (!*c->ike && !*c->child && !ike && !child) {
        vici_refuse(r, "nothing is chosen: give ike, child, ike-id or child-id");
        return false;
    }
    return true;
}

static void start_waiting(struct vici_request *r, enum vici_wait_kind kind, const struct chosen *c,
                          const char *conn)
{
    struct vici_wait *w = &r->client->wait;
    *w = (struct vici_wait){.kind = kind, .deadline = UINT64_MAX};
    if (c->timeout > 0) {
        w->timeout = (uint64_t)c->timeout;
        w->deadline = uv_now(r->vici->loop) + w->timeout;
    }
    (void)snprintf(w->conn, sizeof(w->conn), "%s", conn);
    (void)snprintf(w->child, sizeof(w->child), "%s", c->child);
}

static bool stop_waiting(struct vici_request *r)
{
    ike_ids_clear(&r->client->wait.going);
    r->client->wait.kind = VICI_WAIT_NONE;
    return true;
}

/* ---------------------------------------------------------------- initiate */

/* Family 0 when it is not said. false: it is no address. */
static bool read_addr(const struct vici_message *m, const char *name, struct espl_addr *addr)
{
    char text[INET6_ADDRSTRLEN];
    *addr = (struct espl_addr){.family = 0};
    return vici_text(m, name, text, sizeof(text)) && (!*text || value_addr(text, addr));
}

/* An IKE_SA without a CHILD_SA (RFC 6023). true: answered. */
static bool initiate_bare(struct vici_request *r, const struct chosen *c)
{
    struct vici *v = r->vici;
    if (ike_manager_bare_progress(v->env.ike, c->ike) == IKE_PROGRESS_UNKNOWN)
        return vici_refuse(r, "there is no connection %s", c->ike);
    start_waiting(r, VICI_WAIT_INITIATE, c, c->ike);
    int rc = ike_manager_initiate_bare(v->env.ike, c->ike);
    v->env.settle(v->env.user);
    if (rc == 0 && !c->async) {
        vici_wait(r->client);
        return false;
    }
    stop_waiting(r);
    return rc == 0 ? vici_succeed(r)
                   : vici_refuse(r, "%s has no remote address, or there is no way to it", c->ike);
}

bool vici_initiate(struct vici_request *r)
{
    struct vici *v = r->vici;
    struct espl_addr local, peer;
    struct chosen c;
    if (!choose(r, &c))
        return true;
    if (!*c.child)
        return initiate_bare(r, &c);
    if (!read_addr(r->message, "my-host", &local) || !read_addr(r->message, "other-host", &peer))
        return vici_refuse(r, "my-host or other-host is not an IP address");
    if (local.family && local.family != peer.family)
        return vici_refuse(r, "my-host goes with an other-host of the same family only");
    const struct config_conn *conn = ike_manager_conn_of(v->env.ike, c.ike, c.child);
    if (!conn)
        return vici_refuse(r, "no connection %s%shas a child %s", c.ike, *c.ike ? " " : "",
                           c.child);
    start_waiting(r, VICI_WAIT_INITIATE, &c, conn->name);
    r->client->wait.peer = peer;
    int rc = peer.family ? ike_manager_initiate_to(v->env.ike, conn->name, c.child, &local, &peer)
                         : ike_manager_initiate(v->env.ike, conn->name, c.child);
    v->env.settle(v->env.user);
    if (rc != 0) {
        stop_waiting(r);
        return vici_refuse(r, "%s has no remote address: the peer has to begin", conn->name);
    }
    if (c.async) {
        stop_waiting(r);
        return vici_succeed(r);
    }
    vici_wait(r->client);
    return false;
}

void vici_note_failure(struct vici *v, const struct ike_event *e)
{
    for (struct vici_client *c = v->clients; c; c = c->next)
        if (c->wait.kind == VICI_WAIT_INITIATE && e->conn && strcmp(c->wait.conn, e->conn) == 0 &&
            (!e->child || strcmp(c->wait.child, e->child) == 0))
            (void)snprintf(c->wait.failed, sizeof(c->wait.failed), "%s", e->text ? e->text : "");
}

static bool look_initiate(struct vici_client *c, struct vici_request *r)
{
    const struct vici_wait *w = &c->wait;
    const struct ike_manager *m = c->vici->env.ike;
    const char *dot = *w->child ? "." : "";
    switch (*w->child ? ike_manager_progress(m, w->conn, w->child,
                                             w->peer.family ? &w->peer : NULL)
                      : ike_manager_bare_progress(m, w->conn)) {
    case IKE_PROGRESS_UP:
        return vici_succeed(r);
    case IKE_PROGRESS_UNKNOWN:
        return vici_refuse(r, "%s%s%s was unloaded meanwhile", w->conn, dot, w->child);
    case IKE_PROGRESS_FAILED:
        return vici_refuse(r, "%s%s%s is not up: %s", w->conn, dot, w->child,
                           *w->failed ? w->failed : "it was given up");
    case IKE_PROGRESS_BUSY:
        break;
    }
    if (uv_now(c->vici->loop) < w->deadline)
        return false;
    return vici_refuse(r, "%s%s%s is not up after %llu ms; espalierd goes on trying", w->conn, dot,
                       w->child, (unsigned long long)w->timeout);
}

/* ---------------------------------------------------------------- terminate */

static bool ended(struct vici_request *r, size_t matches, size_t left)
{
    vici_add(&r->out, "matches", "%zu", matches);
    vici_add(&r->out, "terminated", "%zu", matches - left);
    return left == 0 ? vici_succeed(r) : true;
}

bool vici_terminate(struct vici_request *r)
{
    struct vici *v = r->vici;
    struct vici_wait *w = &r->client->wait;
    struct chosen c;
    if (!choose(r, &c))
        return true;
    bool force = read_bool(r->message, "force");
    start_waiting(r, VICI_WAIT_TERMINATE, &c, c.ike);
    bool begun = ike_manager_end(v->env.ike, &c.choice, force, &w->going);
    v->env.settle(v->env.user);
    size_t matches = w->going.count;
    if (!begun || matches == 0) {
        stop_waiting(r);
        return vici_refuse(r, begun ? "no SA that fits was found" : "out of memory");
    }
    if (c.async || (force && c.timeout == 0 && !ike_choice_child(&c.choice))) {
        stop_waiting(r);
        return ended(r, matches, 0);
    }
    vici_wait(r->client);
    return false;
}

static bool look_terminate(struct vici_client *c, struct vici_request *r)
{
    const struct vici_wait *w = &c->wait;
    size_t left = ike_ids_left(c->vici->env.ike, &w->going);
    if (left == 0)
        return ended(r, w->going.count, 0);
    if (uv_now(c->vici->loop) < w->deadline)
        return false;
    ended(r, w->going.count, left);
    return vici_refuse(r, "%zu of %zu SAs are not deleted after %llu ms: the peer does not answer",
                       left, w->going.count, (unsigned long long)w->timeout);
}

void vici_look(struct vici_client *c)
{
    struct vici_request r = {.vici = c->vici, .client = c};
    vici_out_begin(&r.out, VICI_CMD_RESPONSE, NULL);
    bool done = c->wait.kind == VICI_WAIT_INITIATE ? look_initiate(c, &r) : look_terminate(c, &r);
    if (done)
        vici_answer(c, &r.out);
    else
        vici_out_free(&r.out);
}

/* ---------------------------------------------------------------- rekey */

bool vici_rekey(struct vici_request *r)
{
    struct vici *v = r->vici;
    struct chosen c;
    if (!choose(r, &c))
        return true;
    if (read_bool(r->message, "reauth") && ike_choice_child(&c.choice))
        return vici_refuse(r, "it is IKE_SAs that are reauthenticated; name no child");
    size_t matches = read_bool(r->message, "reauth") ? ike_manager_reauth(v->env.ike, &c.choice)
                                                     : ike_manager_rekey(v->env.ike, &c.choice);
    v->env.settle(v->env.user);
    vici_add(&r->out, "matches", "%zu", matches);
    return matches ? vici_succeed(r) : vici_refuse(r, "no SA that fits was found");
}
