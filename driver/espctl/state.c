/* SPDX-License-Identifier: Apache-2.0 */
/* `state`: delete, get, list and flush SAs; add and update have a file of their own. */
#include "driver/espctl/objects.h"

#include <netinet/in.h>

struct state_id { /* what of an SA's identity was given */
    struct espl_addr src, dst;
    uint32_t spi, reqid;
    enum espl_dir dir;
    bool has_src, has_dst, has_spi, has_reqid, has_dir;
};

static int take_id(struct args *args, struct state_id *id)
{
    int bad = 0;
    while (!bad && args_more(args)) {
        uint8_t proto = IPPROTO_ESP;
        if (args_take(args, "src"))
            id->has_src = true, bad = args_addr(args, "src", &id->src);
        else if (args_take(args, "dst"))
            id->has_dst = true, bad = args_addr(args, "dst", &id->dst);
        else if (args_take(args, "proto"))
            bad = args_proto(args, "proto", &proto);
        else if (args_take(args, "spi"))
            id->has_spi = true, bad = args_number(args, "spi", UINT32_MAX, &id->spi);
        else if (args_take(args, "reqid"))
            id->has_reqid = true, bad = args_number(args, "reqid", UINT32_MAX, &id->reqid);
        else if (args_take(args, "dir"))
            id->has_dir = true, bad = args_dir(args, &id->dir);
        else
            bad = args_unknown(args);
        if (!bad && proto != IPPROTO_ESP)
            bad = espctl_fail(args->ctl, "proto: only esp is on this card");
    }
    return bad;
}

static bool fits(const struct state_id *id, const struct espl_sa *sa)
{
    return (!id->has_src || same_addr(&id->src, &sa->src)) &&
           (!id->has_dst || same_addr(&id->dst, &sa->dst)) &&
           (!id->has_spi || id->spi == sa->spi) && (!id->has_reqid || id->reqid == sa->reqid) &&
           (!id->has_dir || id->dir == sa->dir);
}

/* ------------------------------------------------------------------ one SA */

/* The one SA that dst and spi, and dir if need be, name. */
static int find_one(struct args *args, struct state_id *id, struct espl_sa *sa,
                    struct espl_sa_stats *stats)
{
    if (take_id(args, id))
        return -1;
    if (!id->has_dst || !id->has_spi)
        return espctl_fail(args->ctl, "%s: %s is missing", args->what, id->has_dst ? "spi" : "dst");
    static const enum espl_dir dirs[] = {ESPL_DIR_OUT, ESPL_DIR_IN};
    int found = 0;
    for (size_t i = 0; i < 2; i++) {
        struct espl_sa one;
        struct espl_sa_stats its;
        if (id->has_dir && id->dir != dirs[i])
            continue;
        enum espl_err err = espl_sa_get(args->ctl->card, dirs[i], &id->dst, id->spi, &one, &its);
        if (err && err != ESPL_ERR_NOT_FOUND)
            return espctl_fail_card(args->ctl, err);
        if (err || !fits(id, &one))
            continue;
        found++;
        *sa = one;
        *stats = its;
    }
    char dst[SHOW_TEXT];
    if (found == 0)
        return espctl_fail(args->ctl, "spi: no such SA: 0x%08x to %s", id->spi,
                           show_addr(dst, &id->dst));
    if (found > 1)
        return espctl_fail(args->ctl,
                           "dir: there is an SA 0x%08x to %s both ways; add dir in or dir out",
                           id->spi, show_addr(dst, &id->dst));
    return 0;
}

static int delete_one(struct args *args)
{
    struct state_id id = {0};
    struct espl_sa sa;
    struct espl_sa_stats stats;
    if (find_one(args, &id, &sa, &stats))
        return -1;
    enum espl_err err = espl_sa_delete(args->ctl->card, sa.dir, &sa.dst, sa.spi);
    return err ? espctl_fail_card(args->ctl, err) : 0;
}

static int get_one(struct args *args)
{
    struct state_id id = {0};
    struct espl_sa sa;
    struct espl_sa_stats stats;
    if (find_one(args, &id, &sa, &stats))
        return -1;
    if (args->ctl->json)
        return show_json(args->ctl, espctl_state_json(&sa, &stats, args->ctl->stats));
    espctl_state_print(args->ctl->out, &sa, &stats, args->ctl->stats);
    return 0;
}

/* ------------------------------------------------------------------ all of them */

struct listing {
    struct espctl *ctl;
    const struct state_id *id;
    json_t *array; /* owned; NULL unless -j */
    bool failed;
};

static bool list_sa(void *user, const struct espl_sa *sa, const struct espl_sa_stats *stats)
{
    struct listing *l = user;
    if (!fits(l->id, sa))
        return true;
    if (!l->ctl->json)
        espctl_state_print(l->ctl->out, sa, stats, l->ctl->stats);
    else
        l->failed =
            json_array_append_new(l->array, espctl_state_json(sa, stats, l->ctl->stats)) != 0;
    return !l->failed;
}

static int list(struct args *args)
{
    struct state_id id = {0};
    struct listing l = {.ctl = args->ctl, .id = &id};
    if (take_id(args, &id))
        return -1;
    if (args->ctl->json) {
        l.array = json_array();
        l.failed = !l.array;
    }
    enum espl_err err = l.failed ? ESPL_OK : espl_sa_each(args->ctl->card, list_sa, &l);
    if (err || l.failed) {
        json_decref(l.array);
        return err ? espctl_fail_card(args->ctl, err) : espctl_fail(args->ctl, "out of memory");
    }
    return args->ctl->json ? show_json(args->ctl, l.array) : 0;
}

static int flush(struct args *args)
{
    if (args_take(args, "proto")) {
        uint8_t proto;
        if (args_proto(args, "proto", &proto))
            return -1;
        if (proto != IPPROTO_ESP)
            return 0; /* the card has no other */
    }
    if (args_more(args))
        return args_unknown(args);
    enum espl_err err = espl_sa_flush(args->ctl->card);
    return err ? espctl_fail_card(args->ctl, err) : 0;
}

int espctl_state(struct args *args)
{
    static const struct espctl_verb verbs[] = {{"add", espctl_state_add},
                                               {"update", espctl_state_update},
                                               {"delete", delete_one},
                                               {"get", get_one},
                                               {"list", list},
                                               {"flush", flush}};
    return espctl_verbs(args, verbs, sizeof verbs / sizeof *verbs);
}
