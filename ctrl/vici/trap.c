/* SPDX-License-Identifier: Apache-2.0 */
/* install, uninstall, list-policies: traps. */
#include <string.h>

#include "ctrl/sa/narrow.h"
#include "ctrl/sa/trap.h"
#include "ctrl/vici/commands.h"

/* Is the want one of the child that the request names? */
static bool named(const struct want *w, const char *ike, const char *child)
{
    return !w->child->retired && w->remote.family == 0 && strcmp(w->child->name, child) == 0 &&
           (!*ike || strcmp(w->conn->name, ike) == 0);
}

static bool change(struct vici_request *r, bool install)
{
    char ike[VICI_NAME], child[VICI_NAME];
    struct ike_manager *m = r->vici->env.ike;
    unsigned found = 0, done = 0;
    if (!vici_text(r->message, "ike", ike, sizeof(ike)) ||
        !vici_text(r->message, "child", child, sizeof(child)))
        return vici_refuse(r, "a name is too long");
    for (struct want *w = m->wants; w; w = w->next) {
        if (!named(w, ike, child) || (!install && !w->trap.reqid))
            continue;
        found++;
        if (install)
            done += trap_set(m, w);
        else
            trap_unset(m, w);
    }
    r->vici->env.settle(r->vici->env.user);
    if (!found)
        return vici_refuse(
            r, install ? "no connection %s%shas a child %s" : "there is no trap of %s%s%s", ike,
            *ike ? " " : "", child);
    if (install && done < found)
        return vici_refuse(r, "%u of %u traps were not set; the log says why", found - done, found);
    return vici_succeed(r);
}

bool vici_install(struct vici_request *r)
{
    return change(r, true);
}

bool vici_uninstall(struct vici_request *r)
{
    return change(r, false);
}

static void put_side(struct vici_out *o, const char *key, const struct espl_prefix *prefix,
                     uint8_t proto, struct espl_ports ports)
{
    const struct ts ts = narrow_range(prefix, proto, ports);
    char text[TS_TEXT];
    narrow_text(&ts, text);
    vici_list(o, key);
    vici_item(o, text);
    vici_list_end(o);
}

bool vici_list_policies(struct vici_request *r)
{
    char child[VICI_NAME], kind[8];
    if (!vici_text(r->message, "child", child, sizeof(child)) ||
        !vici_text(r->message, "trap", kind, sizeof(kind)))
        return vici_refuse(r, "a name is too long");
    if (!(r->client->events & 1u << VICI_LIST_POLICY) || strcmp(kind, "no") == 0)
        return true;
    for (const struct want *w = r->vici->env.ike->wants; w; w = w->next) {
        const struct espl_selector *s = &w->trap.ts_out;
        struct vici_out o;
        if (!w->trap.reqid || (*child && strcmp(child, w->child->name) != 0))
            continue;
        vici_out_begin(&o, VICI_EVENT, vici_event_names[VICI_LIST_POLICY]);
        vici_section(&o, w->child->name);
        vici_add(&o, "child", "%s", w->child->name);
        vici_add(&o, "ike", "%s", w->conn->name);
        vici_add(&o, "mode", "%s",
                 w->child->mode == CONFIG_MODE_TRANSPORT ? "TRANSPORT" : "TUNNEL");
        put_side(&o, "local-ts", &s->src, s->proto, s->sport);
        put_side(&o, "remote-ts", &s->dst, s->proto, s->dport);
        vici_section_end(&o);
        vici_send(r->client, &o);
    }
    return true;
}
