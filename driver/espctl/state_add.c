/* SPDX-License-Identifier: Apache-2.0 */
/* `state add` and `state update`: words become an SA in the card. */
#include "driver/espctl/state_words.h"

#include <string.h>

static int check_missing(struct args *args, const struct state_args *s, bool key)
{
    const char *missing = !s->src            ? "src"
                          : !s->dst          ? "dst"
                          : !s->proto        ? "proto esp"
                          : !s->spi          ? "spi"
                          : key && !s->aead ? "aead"
                          : !s->mode
                              ? "mode tunnel or mode transport" /* `ip xfrm` takes the latter for
                                                                   granted */
                              : NULL;
    return missing ? espctl_fail(args->ctl, "%s: %s is missing", args->what, missing) : 0;
}

/* ------------------------------------------------------------------ direction */

struct dir_search {
    const struct espl_sa *sa;
    bool out, in;
};

/* A template names its outbound SA, and the other way round the inbound one. */
static bool look_at_policy(void *user, const struct espl_policy *policy, uint32_t spi)
{
    struct dir_search *d = user;
    (void)spi;
    if (policy->action != ESPL_PROTECT || (policy->reqid && policy->reqid != d->sa->reqid))
        return true;
    d->out |=
        same_addr(&policy->tmpl_src, &d->sa->src) && same_addr(&policy->tmpl_dst, &d->sa->dst);
    d->in |= same_addr(&policy->tmpl_src, &d->sa->dst) && same_addr(&policy->tmpl_dst, &d->sa->src);
    return true;
}

static int find_dir(struct args *args, struct state_args *s)
{
    struct dir_search d = {.sa = &s->sa};
    enum espl_err err = espl_policy_each(args->ctl->card, look_at_policy, &d);
    if (err)
        return espctl_fail_card(args->ctl, err);
    if (d.out == d.in)
        return espctl_fail(
            args->ctl,
            "dir: no policy's template tells whether this SA is in or out; add dir in or dir out");
    s->sa.dir = d.in ? ESPL_DIR_IN : ESPL_DIR_OUT;
    return 0;
}

/* ------------------------------------------------------------------ add */

static int apply_selector(struct args *args, struct state_args *s)
{
    if (!s->has_sel)
        return 0;
    if (selector_finish(args, &s->sel, s->sa.dst.family))
        return -1;
    if (selector_any(&s->sel.sel))
        return 0; /* asks for nothing */
    if (s->sa.dir == ESPL_DIR_OUT)
        return espctl_fail(args->ctl,
                           "sel: what an outbound SA carries is for its policies to say");
    s->sa.check_selector = true;
    s->sa.selector = s->sel.sel;
    return 0;
}

/* The peer summed up the address it knew; its packets come with the one that is behind the NAT
 * (RFC 3948 3.1.2). */
static void apply_original(struct state_args *s)
{
    const struct espl_addr unknown = {.family = s->sa.src.family};
    bool known = s->original.family == s->sa.src.family && !same_addr(&s->original, &unknown);
    if (known && s->sa.encap && s->sa.mode == ESPL_TRANSPORT && s->sa.dir == ESPL_DIR_IN)
        s->sa.csum_delta = espl_csum_delta(&s->original, &s->sa.src);
}

static int take(struct args *args, struct state_args *s, bool key)
{
    if (state_words(args, s) || check_missing(args, s, key))
        return -1;
    if (!s->dir && find_dir(args, s))
        return -1;
    if (s->sa.dir == ESPL_DIR_IN && !s->sa.has_nexthop && args->ctl->nexthop) {
        s->sa.has_nexthop = true;
        memcpy(s->sa.nexthop, args->ctl->nexthop, sizeof s->sa.nexthop);
    }
    apply_original(s);
    return apply_selector(args, s);
}

static int add(struct args *args, struct state_args *s)
{
    if (take(args, s, true))
        return -1;
    enum espl_err err = espl_sa_add(args->ctl->card, &s->sa);
    return err ? espctl_fail_card(args->ctl, err) : 0;
}

static int update(struct args *args, struct state_args *s)
{
    if (take(args, s, false))
        return -1;
    if (s->aead)
        return espctl_fail(args->ctl,
                           "aead: an installed SA keeps its key; add another SA of its reqid");
    enum espl_err err = espl_sa_update(args->ctl->card, &s->sa.dst, &s->sa);
    return err ? espctl_fail_card(args->ctl, err) : 0;
}

static int with_words(struct args *args, int (*run)(struct args *, struct state_args *))
{
    struct state_args s = {.sa.alg = ESPL_GCM16, .sa.mode = ESPL_TUNNEL};
    selector_start(&s.sel);
    int result = run(args, &s);
    explicit_bzero(&s, sizeof s);
    return result;
}

int espctl_state_add(struct args *args)
{
    return with_words(args, add);
}

int espctl_state_update(struct args *args)
{
    return with_words(args, update);
}
