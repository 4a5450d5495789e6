/* SPDX-License-Identifier: Apache-2.0 */
/* `neigh`: the grammar of `ip neigh`. dev plain: inner destinations; dev cipher: outer ones. */
#include "driver/espctl/objects.h"

#include <string.h>

struct neigh_args {
    struct espl_neigh neigh;
    bool addr, mac, dev;
};

/* The words of all commands: [to] ADDR, lladdr MAC [vlan VID] or local, dev PORT, nud permanent. */
static int take_words(struct args *args, struct neigh_args *n)
{
    char *nud = NULL;
    while (args_more(args)) {
        int bad = 0;
        if (args_take(args, "lladdr"))
            n->mac = true, bad = args_mac(args, "lladdr", n->neigh.mac);
        else if (args_take(args, "vlan"))
            bad = args_vlan(args, &n->neigh.vlan);
        else if (args_take(args, "local"))
            n->neigh.local = true;
        else if (args_take(args, "dev"))
            n->dev = true, bad = args_port_name(args, "dev", &n->neigh.dev);
        else if (args_take(args, "nud"))
            bad = args_value(args, "nud", &nud);
        else if (args_take(args, "to") || !n->addr)
            n->addr = true, bad = args_addr(args, "address", &n->neigh.addr);
        else
            bad = args_unknown(args);
        if (!bad && nud && strcmp(nud, "permanent") != 0)
            bad = espctl_fail(args->ctl, "nud: \"%s\": the card's neighbours are permanent", nud);
        if (bad)
            return -1;
    }
    return 0;
}

static int take_one(struct args *args, struct neigh_args *n)
{
    if (take_words(args, n))
        return -1;
    if (!n->addr || !n->dev)
        return espctl_fail(args->ctl, "%s: %s is missing", args->what,
                           n->addr ? "dev plain or dev cipher" : "an address");
    return 0;
}

struct search {
    const struct espl_neigh *wanted;
    bool found;
};

static bool look(void *user, const struct espl_neigh *neigh)
{
    struct search *s = user;
    s->found = neigh->dev == s->wanted->dev && same_addr(&neigh->addr, &s->wanted->addr);
    return !s->found;
}

static int set(struct args *args, bool replace)
{
    struct neigh_args n = {0};
    if (take_one(args, &n))
        return -1;
    if (n.mac == n.neigh.local)
        return espctl_fail(args->ctl, "%s: either lladdr MAC or local", args->what);
    struct search s = {.wanted = &n.neigh};
    enum espl_err err = replace ? ESPL_OK : espl_neigh_each(args->ctl->card, look, &s);
    char addr[SHOW_TEXT];
    if (!err && s.found)
        return espctl_fail(args->ctl, "neighbour %s on %s exists", show_addr(addr, &n.neigh.addr),
                           show_port(n.neigh.dev));
    if (!err)
        err = espl_neigh_add(args->ctl->card, &n.neigh);
    return err ? espctl_fail_card(args->ctl, err) : 0;
}

static int add(struct args *args)
{
    return set(args, false);
}

static int replace(struct args *args)
{
    return set(args, true);
}

static int delete_one(struct args *args)
{
    struct neigh_args n = {0};
    if (take_one(args, &n))
        return -1;
    enum espl_err err = espl_neigh_delete(args->ctl->card, &n.neigh.addr, n.neigh.dev);
    return err ? espctl_fail_card(args->ctl, err) : 0;
}

static int flush(struct args *args)
{
    if (args_more(args))
        return args_unknown(args);
    enum espl_err err = espl_neigh_flush(args->ctl->card);
    return err ? espctl_fail_card(args->ctl, err) : 0;
}

/* ------------------------------------------------------------------ list */

struct listing {
    struct espctl *ctl;
    const struct neigh_args *only;
    json_t *array; /* owned; NULL unless -j */
    bool failed;
};

static json_t *to_json(const struct espl_neigh *neigh)
{
    char addr[SHOW_TEXT], mac[SHOW_TEXT];
    json_t *j =
        json_pack("{ssss}", "dst", show_addr(addr, &neigh->addr), "dev", show_port(neigh->dev));
    int bad = !j || (neigh->local ? json_object_set_new(j, "local", json_true())
                                  : json_object_set_new(j, "lladdr",
                                                        json_string(show_mac(mac, neigh->mac))));
    if (!bad && neigh->vlan.set)
        bad = json_object_set_new(j, "vlan", json_integer(neigh->vlan.tci & 0xfff));
    if (bad) {
        json_decref(j);
        return NULL;
    }
    return j;
}

static bool list_neigh(void *user, const struct espl_neigh *neigh)
{
    struct listing *l = user;
    char addr[SHOW_TEXT], mac[SHOW_TEXT], vlan[SHOW_TEXT];
    if (l->only->dev && l->only->neigh.dev != neigh->dev)
        return true;
    if (l->ctl->json)
        l->failed = json_array_append_new(l->array, to_json(neigh)) != 0;
    else if (neigh->local)
        (void)fprintf(l->ctl->out, "%s dev %s local\n", show_addr(addr, &neigh->addr),
                      show_port(neigh->dev));
    else
        (void)fprintf(l->ctl->out, "%s dev %s lladdr %s%s PERMANENT\n",
                      show_addr(addr, &neigh->addr), show_port(neigh->dev),
                      show_mac(mac, neigh->mac), show_vlan(vlan, &neigh->vlan));
    return !l->failed;
}

static int list(struct args *args)
{
    struct neigh_args only = {0};
    struct listing l = {.ctl = args->ctl, .only = &only};
    if (args_take(args, "dev")) {
        only.dev = true;
        if (args_port_name(args, "dev", &only.neigh.dev))
            return -1;
    }
    if (args_more(args))
        return args_unknown(args);
    if (args->ctl->json) {
        l.array = json_array();
        l.failed = !l.array;
    }
    enum espl_err err = l.failed ? ESPL_OK : espl_neigh_each(args->ctl->card, list_neigh, &l);
    if (err || l.failed) {
        json_decref(l.array);
        return err ? espctl_fail_card(args->ctl, err) : espctl_fail(args->ctl, "out of memory");
    }
    return args->ctl->json ? show_json(args->ctl, l.array) : 0;
}

int espctl_neigh(struct args *args)
{
    static const struct espctl_verb verbs[] = {{"add", add},
                                               {"replace", replace},
                                               {"delete", delete_one},
                                               {"list", list},
                                               {"flush", flush}};
    return espctl_verbs(args, verbs, sizeof verbs / sizeof *verbs);
}
