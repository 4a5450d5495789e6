/* SPDX-License-Identifier: Apache-2.0 */
/* connections.<name>: the peer, and how its IKE_SA is made and kept. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctrl/config/reader.h"

#define IKE_PORT 500
#define NATT_PORT 4500
#define IKE_REKEY_TIME (4u * 3600)

static int read_addr(struct reader *r, const struct setting *s, struct espl_addr *addr)
{
    if (strchr(s->value, ','))
        return reader_complain(r, s, "one address is supported here, not a list");
    memset(addr, 0, sizeof(*addr));
    if (strcmp(s->value, "%any") == 0 || strcmp(s->value, "%any4") == 0)
        return 0;
    if (!value_addr(s->value, addr))
        return reader_complain(
            r, s, "%s is not an IP address (names and networks are not supported here)", s->value);
    return 0;
}

static int read_local_addr(struct reader *r, const struct setting *s, void *into)
{
    struct config_conn *c = into;
    return read_addr(r, s, &c->local_addr);
}

static int read_remote_addr(struct reader *r, const struct setting *s, void *into)
{
    struct config_conn *c = into;
    return read_addr(r, s, &c->remote_addr);
}

static int read_local_port(struct reader *r, const struct setting *s, void *into)
{
    struct config_conn *c = into;
    uint32_t port;
    if (!value_number(s->value, UINT16_MAX, &port) || (port != IKE_PORT && port != NATT_PORT))
        return reader_complain(r, s, "%s is not served here; write 500 or 4500", s->value);
    c->local_port = (uint16_t)port;
    return 0;
}

static int read_tries(struct reader *r, const struct setting *s, void *into)
{
    struct config_conn *c = into;
    if (strcmp(s->value, "%forever") == 0)
        c->keyingtries = 0;
    else if (!value_number(s->value, 1000000, &c->keyingtries))
        return reader_complain(r, s, "%s is neither a number nor %%forever", s->value);
    return 0;
}

/* force is about IKEv1 in strongSwan, and as yes here */
static const struct word_value fragmentation_words[] = {
    {"yes", CONFIG_FRAGMENTATION_YES}, {"accept", CONFIG_FRAGMENTATION_ACCEPT},
    {"force", CONFIG_FRAGMENTATION_YES}, {"no", CONFIG_FRAGMENTATION_NO}, {NULL, 0}};
static const struct word_value childless_words[] = {
    {"allow", CONFIG_CHILDLESS_ALLOW}, {"prefer", CONFIG_CHILDLESS_PREFER},
    {"force", CONFIG_CHILDLESS_FORCE}, {"never", CONFIG_CHILDLESS_NEVER}, {NULL, 0}};
static const struct word_value unique_words[] = {
    {"no", CONFIG_UNIQUE_NO}, {"never", CONFIG_UNIQUE_NEVER}, {"keep", CONFIG_UNIQUE_KEEP},
    {"replace", CONFIG_UNIQUE_REPLACE}, {NULL, 0}};

static const struct word_value send_cert_words[] = {{"ifasked", CONFIG_SEND_CERT_IFASKED},
                                                    {"always", CONFIG_SEND_CERT_ALWAYS},
                                                    {"never", CONFIG_SEND_CERT_NEVER},
                                                    {NULL, 0}};

static int read_certreq(struct reader *r, const struct setting *s, void *into)
{
    struct config_conn *c = into;
    bool yes;
    if (!value_bool(s->value, &yes))
        return reader_complain(r, s, "%s is neither yes nor no", s->value);
    c->no_certreq = !yes;
    return 0;
}

static int read_ppk_id(struct reader *r, const struct setting *s, void *into)
{
    struct config_conn *c = into;
    free(c->ppk_id);
    c->ppk_id = strdup(s->value);
    return c->ppk_id ? 0 : reader_complain(r, s, "out of memory");
}

static const struct key conn_keys[] = {
    KEY_MUST("version", "2"),
    KEY_WITH("local_addrs", read_local_addr),
    KEY_WITH("remote_addrs", read_remote_addr),
    KEY_WITH("local_port", read_local_port),
    KEY_FIELD("remote_port", KEY_PORT, struct config_conn, remote_port),
    KEY_WITH("proposals", read_ike_proposals),
    KEY_FIELD("encap", KEY_BOOL, struct config_conn, encap),
    KEY_FIELD("dpd_delay", KEY_TIME, struct config_conn, dpd_delay),
    KEY_FIELD("rekey_time", KEY_TIME, struct config_conn, rekey_time),
    KEY_FIELD("over_time", KEY_TIME, struct config_conn, over_time),
    KEY_FIELD("rand_time", KEY_TIME, struct config_conn, rand_time),
    KEY_WITH("keyingtries", read_tries),
    KEY_FIELD("reauth_time", KEY_TIME, struct config_conn, reauth_time),
    KEY_FIELD("mobike", KEY_BOOL, struct config_conn, mobike),
    KEY_ONE_OF("fragmentation", fragmentation_words, struct config_conn, fragmentation),
    KEY_ONE_OF("unique", unique_words, struct config_conn, unique),
    KEY_ONE_OF("childless", childless_words, struct config_conn, childless),
    KEY_WITH("vips", read_vips),
    KEY_WITH("pools", read_conn_pools),
    KEY_MUST("aggressive", "no"),
    KEY_MUST("pull", "yes"),
    KEY_WITH("send_certreq", read_certreq),
    KEY_ONE_OF("send_cert", send_cert_words, struct config_conn, send_cert),
    KEY_WITH("ppk_id", read_ppk_id),
    KEY_FIELD("ppk_required", KEY_BOOL, struct config_conn, ppk_required),
    KEY_MUST("mediation", "no"),
    KEY_MUST("dscp", "000000"),
    KEY_MUST("dpd_timeout", "0"), /* of IKEv1 */
    KEY_MUST("if_id_in", "0"),
    KEY_MUST("if_id_out", "0"),
    KEY_NOT("mediated_by"),
    KEY_NOT("mediation_peer"),
};

/* ---------------------------------------------------------------- the whole connection */

static int read_subsection(struct reader *r, const struct section *s, struct config_conn *c)
{
    bool is_local = strncmp(s->name, "local", 5) == 0,
         is_remote = strncmp(s->name, "remote", 6) == 0;
    if (strcmp(s->name, "children") == 0)
        return read_children(r, s, c);
    if (!is_local && !is_remote)
        return reader_complain_section(r, s, "is not a section of swanctl.conf");
    if ((is_local ? c->local : c->remote).kind != CONFIG_AUTH_NONE)
        return reader_complain_section(
            r, s, "is one round of authentication too many; one is supported here");
    return read_auth(r, s, is_local, c);
}

static int finish(struct reader *r, const struct section *s, struct config_conn *c)
{
    if (c->proposal_count == 0)
        default_ike_proposals(c);
    if (c->over_time == TIME_UNSET)
        c->over_time = c->rekey_time / 10;
    if (c->rand_time == TIME_UNSET)
        c->rand_time = c->over_time;
    if (c->rekey_time > 0 && c->rand_time >= c->rekey_time)
        return reader_complain_section(r, s, "rand_time is not less than rekey_time");
    for (const struct config_child *child = c->children; child; child = child->next)
        if ((child->start_action || child->dpd_action || child->close_action) &&
            c->remote_addr.family == 0)
            return reader_complain_section(
                r, s, "remote_addrs is missing, and the child %s is to be started", child->name);
    if (c->local_addr.family && c->remote_addr.family &&
        c->local_addr.family != c->remote_addr.family)
        return reader_complain_section(r, s,
                                       "local_addrs and remote_addrs are of different families");
    return 0;
}

static int read_conn(struct reader *r, const struct section *s, struct config_conn *c)
{
    if (read_keys(r, s, conn_keys, sizeof(conn_keys) / sizeof(*conn_keys), c) != 0)
        return -1;
    for (const struct section *sub = s->sections; sub; sub = sub->next) {
        size_t mark = reader_enter(r, sub->name);
        if (read_subsection(r, sub, c) != 0)
            return -1;
        reader_leave(r, mark);
    }
    return check_auth(r, s, c) == 0 ? finish(r, s, c) : -1;
}

void config_child_free(struct config_child *c)
{
    free(c->name);
    free(c);
}

void config_conn_free(struct config_conn *c)
{
    while (c->children) {
        struct config_child *next = c->children->next;
        config_child_free(c->children);
        c->children = next;
    }
    for (size_t i = 0; i < c->pool_count; i++)
        free(c->pools[i]);
    config_auth_clear(&c->local);
    config_auth_clear(&c->remote);
    free(c->ppk_id);
    free(c->name);
    free(c);
}

int read_connections(struct reader *r, const struct section *section)
{
    struct config_conn **end = &r->config->conns;
    if (section->settings)
        return reader_complain(r, section->settings, "is not a word of swanctl.conf");
    for (const struct section *s = section->sections; s; s = s->next) {
        struct config_conn *c = calloc(1, sizeof(*c));
        if (!c || !(c->name = strdup(s->name))) {
            free(c);
            return reader_complain_section(r, s, "out of memory");
        }
        *end = c;
        end = &c->next;
        c->mobike = true;
        c->local_port = c->remote_port = IKE_PORT;
        c->keyingtries = 1;
        c->rekey_time = IKE_REKEY_TIME;
        c->over_time = c->rand_time = TIME_UNSET;
        size_t mark = reader_enter(r, s->name);
        if (read_conn(r, s, c) != 0)
            return -1;
        reader_leave(r, mark);
    }
    return 0;
}
