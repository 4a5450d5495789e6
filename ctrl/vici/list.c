/* SPDX-License-Identifier: Apache-2.0 */
/* list-*, get-*: what is up, and what is configured. Of secrets only names. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "ctrl/net/net.h"
#include "ctrl/sa/narrow.h"
#include "ctrl/vici/commands.h"
#include "ctrl/vici/sa.h"

#define CHILDREN_PER_EVENT 256u /* so that an event stays far below VICI_SEGMENT_MAX */

/* ---------------------------------------------------------------- list-sas */

static unsigned number(const struct vici_message *m, const char *name, bool *good)
{
    char text[16], *end;
    if (!vici_text(m, name, text, sizeof(text))) {
        *good = false;
        return 0;
    }
    unsigned long n = strtoul(text, &end, 10);
    *good = *good && !*end && n <= UINT32_MAX;
    return (unsigned)n;
}

static void list_sa(struct vici_request *r, const struct ike_choice *choice,
                    const struct ike_sa *sa)
{
    const struct child_sa *c = sa->children;
    do {
        struct vici_out o;
        unsigned count = 0;
        vici_out_begin(&o, VICI_EVENT, vici_event_names[VICI_LIST_SA]);
        vici_section(&o, sa->conn->name);
        vici_put_ike(&o, sa);
        vici_section(&o, "child-sas");
        for (; c && count < CHILDREN_PER_EVENT; c = c->next)
            if (child_chosen(choice, sa, c)) {
                vici_put_child_section(&o, sa, c);
                count++;
            }
        vici_section_end(&o);
        vici_section_end(&o);
        vici_send(r->client, &o);
    } while (c);
}

bool vici_list_sas(struct vici_request *r)
{
    char ike[VICI_NAME], child[VICI_NAME];
    bool good = vici_text(r->message, "ike", ike, sizeof(ike)) &&
                vici_text(r->message, "child", child, sizeof(child));
    struct ike_choice choice = {.ike = ike, .child = child};
    choice.ike_id = number(r->message, "ike-id", &good);
    choice.child_id = number(r->message, "child-id", &good);
    if (!good)
        return vici_refuse(r, "a name or number to choose by is too long, or none");
    if (!(r->client->events & 1u << VICI_LIST_SA))
        return true;
    for (const struct ike_sa *sa = ike_manager_first(r->vici->env.ike); sa;
         sa = ike_manager_next(sa)) {
        bool chosen = ike_chosen(&choice, sa) && !ike_choice_child(&choice);
        for (const struct child_sa *c = sa->children; c && !chosen; c = c->next)
            chosen = child_chosen(&choice, sa, c);
        if (chosen)
            list_sa(r, &choice, sa);
    }
    return true;
}

/* ---------------------------------------------------------------- list-conns */

static void put_addr(struct vici_out *o, const char *key, const struct espl_addr *addr)
{
    char text[INET6_ADDRSTRLEN];
    vici_list(o, key);
    vici_item(o, addr->family ? net_addr_text(addr, text) : "%any");
    vici_list_end(o);
}

static void put_auth(struct vici_out *o, const char *section, const struct config_auth *auth,
                     const struct config_id *id)
{
    vici_section(o, section);
    vici_add(o, "class", "%s",
             auth->kind == CONFIG_AUTH_PSK   ? "pre-shared key"
             : auth->kind == CONFIG_AUTH_EAP ? "EAP"
                                             : "public key");
    if (auth->kind == CONFIG_AUTH_EAP)
        vici_add(o, "eap-type", "EAP_MSCHAPV2");
    if (auth->eap_id)
        vici_add(o, "eap_id", "%s", auth->eap_id);
    vici_add(o, "id", "%s", id->type ? id->text : "%any");
    vici_section_end(o);
}

static void put_selectors(struct vici_out *o, const char *key, const struct espl_selector *list,
                          size_t count)
{
    vici_list(o, key);
    if (count == 0)
        vici_item(o, "dynamic");
    for (size_t i = 0; i < count; i++) {
        const struct ts ts = narrow_range(&list[i].src, list[i].proto, list[i].sport);
        char text[TS_TEXT];
        narrow_text(&ts, text);
        vici_item(o, text);
    }
    vici_list_end(o);
}

static const char *action_word(unsigned action, const char *none)
{
    return action & CONFIG_START_START ? "start" : action & CONFIG_START_TRAP ? "trap" : none;
}

static void put_child_conf(struct vici_out *o, const struct config_child *c)
{
    vici_section(o, c->name);
    vici_add(o, "mode", "%s", c->mode == CONFIG_MODE_TRANSPORT ? "TRANSPORT" : "TUNNEL");
    vici_add(o, "rekey_time", "%u", c->rekey_time);
    vici_add(o, "rekey_bytes", "0");
    vici_add(o, "rekey_packets", "0");
    vici_add(o, "dpd_action", "%s", action_word(c->dpd_action, "clear"));
    vici_add(o, "close_action", "%s", action_word(c->close_action, "none"));
    put_selectors(o, "local-ts", c->local_ts, c->local_ts_count);
    put_selectors(o, "remote-ts", c->remote_ts, c->remote_ts_count);
    vici_section_end(o);
}

static void list_conn(struct vici_request *r, const struct config_conn *c)
{
    static const char *const unique[] = {"UNIQUE_NO", "UNIQUE_NEVER", "UNIQUE_KEEP",
                                         "UNIQUE_REPLACE"};
    struct vici_out o;
    vici_out_begin(&o, VICI_EVENT, vici_event_names[VICI_LIST_CONN]);
    vici_section(&o, c->name);
    put_addr(&o, "local_addrs", &c->local_addr);
    put_addr(&o, "remote_addrs", &c->remote_addr);
    vici_add(&o, "version", "IKEv2");
    vici_add(&o, "reauth_time", "%u", c->reauth_time);
    vici_add(&o, "rekey_time", "%u", c->rekey_time);
    vici_add(&o, "dpd_delay", "%u", c->dpd_delay);
    vici_add(&o, "unique", "%s", unique[c->unique]);
    put_auth(&o, "local-1", &c->local, &c->local_id);
    put_auth(&o, "remote-1", &c->remote, &c->remote_id);
    vici_section(&o, "children");
    for (const struct config_child *child = c->children; child; child = child->next)
        if (!child->retired)
            put_child_conf(&o, child);
    vici_section_end(&o);
    vici_section_end(&o);
    vici_send(r->client, &o);
}

bool vici_list_conns(struct vici_request *r)
{
    char ike[VICI_NAME];
    if (!vici_text(r->message, "ike", ike, sizeof(ike)))
        return vici_refuse(r, "the name to choose by is too long");
    if (!(r->client->events & 1u << VICI_LIST_CONN))
        return true;
    for (const struct config_conn *c = r->vici->env.ike->config->conns; c; c = c->next)
        if (!c->retired && (!*ike || strcmp(ike, c->name) == 0))
            list_conn(r, c);
    return true;
}

/* ---------------------------------------------------------------- names, and what there is none of
 */

bool vici_list_nothing(struct vici_request *r)
{
    (void)r;
    return true;
}

bool vici_get_conns(struct vici_request *r)
{
    vici_list(&r->out, "conns");
    for (const struct config_conn *c = r->vici->env.ike->config->conns; c; c = c->next)
        if (!c->retired)
            vici_item(&r->out, c->name);
    vici_list_end(&r->out);
    return true;
}

bool vici_get_shared(struct vici_request *r)
{
    vici_list(&r->out, "keys");
    for (const struct config_secret *s = r->vici->env.ike->config->secrets; s; s = s->next)
        if (*s->name) /* nobody can ask for one without */
            vici_item(&r->out, s->name);
    vici_list_end(&r->out);
    return true;
}
