/* SPDX-License-Identifier: Apache-2.0 */
/* `state add`: the grammar of `ip xfrm state add`, as far as the card goes. What it lacks is
 * refused by name. */
#include "driver/espctl/objects.h"

#include <netinet/in.h>
#include <string.h>

struct state_args {
    struct espl_sa sa;
    struct selector_args sel;
    bool src, dst, proto, spi, aead, mode, dir, has_sel;
};

struct word {
    const char *name;
    int (*take)(struct args *args, struct state_args *s);
};

static int take_src(struct args *args, struct state_args *s)
{
    s->src = true;
    return args_addr(args, "src", &s->sa.src);
}

static int take_dst(struct args *args, struct state_args *s)
{
    s->dst = true;
    return args_addr(args, "dst", &s->sa.dst);
}

static int take_proto(struct args *args, struct state_args *s)
{
    uint8_t proto;
    s->proto = true;
    if (args_proto(args, "proto", &proto))
        return -1;
    if (proto != IPPROTO_ESP)
        return espctl_fail(args->ctl, "proto: only esp is on this card");
    return 0;
}

static int take_spi(struct args *args, struct state_args *s)
{
    s->spi = true;
    return args_number(args, "spi", UINT32_MAX, &s->sa.spi);
}

static int take_aead(struct args *args, struct state_args *s)
{
    char *name;
    uint32_t icv;
    s->aead = true;
    if (args_value(args, "aead", &name))
        return -1;
    /* The key first: it is wiped from the command's words even when the rest is refused. */
    if (args_key(args, "aead", s->sa.key, sizeof s->sa.key, &s->sa.key_len) ||
        args_number(args, "aead", 1024, &icv))
        return -1;
    if (strcmp(name, "rfc4106(gcm(aes))") != 0)
        return espctl_fail(args->ctl, "aead: \"%s\" is not on this card; it has rfc4106(gcm(aes))",
                           name);
    if (s->sa.key_len != 20 && s->sa.key_len != 36)
        return espctl_fail(
            args->ctl,
            "aead: the key has %zu bytes; it must have 20 or 36 (AES key, then the 4-byte salt)",
            s->sa.key_len);
    if (icv != 128)
        return espctl_fail(args->ctl, "aead: an ICV of %u bits is not on this card; it has 128",
                           icv);
    return 0;
}

static int take_mode(struct args *args, struct state_args *s)
{
    char *mode;
    s->mode = true;
    if (args_value(args, "mode", &mode))
        return -1;
    if (strcmp(mode, "tunnel") != 0)
        return espctl_fail(args->ctl, "mode: \"%s\" is not on this card; it has tunnel", mode);
    return 0;
}

static int take_reqid(struct args *args, struct state_args *s)
{
    return args_number(args, "reqid", UINT32_MAX, &s->sa.reqid);
}

static int take_window(struct args *args, struct state_args *s)
{
    return args_number(args, "replay-window", UINT32_MAX, &s->sa.replay_window);
}

static int take_mtu(struct args *args, struct state_args *s)
{
    uint32_t mtu;
    if (args_number(args, "mtu", UINT16_MAX, &mtu))
        return -1;
    s->sa.mtu = (uint16_t)mtu;
    return 0;
}

static int take_lladdr(struct args *args, struct state_args *s)
{
    s->sa.has_nexthop = true;
    return args_mac(args, "lladdr", s->sa.nexthop);
}

static int take_dir(struct args *args, struct state_args *s)
{
    s->dir = true;
    return args_dir(args, &s->sa.dir);
}

static int take_encap(struct args *args, struct state_args *s)
{
    char *type;
    uint32_t sport, dport;
    struct espl_addr original;
    if (args_value(args, "encap", &type))
        return -1;
    if (strcmp(type, "espinudp") != 0)
        return espctl_fail(args->ctl, "encap: \"%s\" is not on this card; it has espinudp", type);
    if (args_number(args, "encap", UINT16_MAX, &sport) ||
        args_number(args, "encap", UINT16_MAX, &dport) || args_addr(args, "encap", &original))
        return -1;
    s->sa.encap = true;
    s->sa.encap_sport = (uint16_t)sport;
    s->sa.encap_dport = (uint16_t)dport;
    return 0;
}

/* In tunnel mode the inner family is the selector's own, so af-unspec asks for nothing. */
static void set_flag(struct espl_sa *sa, const char *flag)
{
    if (strcmp(flag, "esn") == 0)
        sa->esn = true;
    else if (strcmp(flag, "noecn") == 0)
        sa->ecn_off = true;
    else if (strcmp(flag, "nopmtudisc") == 0)
        sa->df = ESPL_DF_CLEAR;
    else if (strcmp(flag, "dont-encap-dscp") == 0)
        sa->dscp_set = true; /* to dscp, which is zero unless it was given */
}

/* One flag or more, to the first word that is none. */
static int take_flags(struct args *args, struct state_args *s, const char *what,
                      const char *const known[])
{
    char *flag;
    size_t i = 0;
    if (args_value(args, what, &flag))
        return -1;
    while (known[i] && strcmp(flag, known[i]) != 0)
        i++;
    if (!known[i])
        return espctl_fail(args->ctl, "%s: \"%s\" is not on this card", what, flag);
    set_flag(&s->sa, flag);
    for (i = 0; known[i];) {
        bool taken = args_take(args, known[i]);
        if (taken)
            set_flag(&s->sa, known[i]);
        i = taken ? 0 : i + 1;
    }
    return 0;
}

static int take_flag(struct args *args, struct state_args *s)
{
    return take_flags(args, s, "flag",
                      (const char *const[]){"esn", "af-unspec", "noecn", "nopmtudisc", NULL});
}

static int take_extra_flag(struct args *args, struct state_args *s)
{
    return take_flags(args, s, "extra-flag", (const char *const[]){"dont-encap-dscp", NULL});
}

static int take_dscp(struct args *args, struct state_args *s)
{
    uint32_t dscp;
    if (args_number(args, "dscp", 63, &dscp))
        return -1;
    s->sa.dscp_set = true;
    s->sa.dscp = (uint8_t)dscp;
    return 0;
}

static int take_df(struct args *args, struct state_args *s)
{
    char *df;
    if (args_value(args, "df", &df))
        return -1;
    if (strcmp(df, "copy") != 0 && strcmp(df, "clear") != 0 && strcmp(df, "set") != 0)
        return espctl_fail(args->ctl, "df: \"%s\" is neither copy, clear nor set", df);
    s->sa.df = df[0] == 's' ? ESPL_DF_SET : df[1] == 'l' ? ESPL_DF_CLEAR : ESPL_DF_COPY;
    return 0;
}

static int take_sel(struct args *args, struct state_args *s)
{
    s->has_sel = true;
    int more;
    while ((more = selector_word(args, &s->sel)) > 0)
        ;
    return more;
}

static const struct word words[] = {
    {"src", take_src},
    {"dst", take_dst},
    {"proto", take_proto},
    {"spi", take_spi},
    {"aead", take_aead},
    {"mode", take_mode},
    {"reqid", take_reqid},
    {"replay-window", take_window},
    {"encap", take_encap},
    {"sel", take_sel},
    {"flag", take_flag},
    {"dir", take_dir},
    {"mtu", take_mtu},
    {"lladdr", take_lladdr},
    {"dscp", take_dscp},
    {"df", take_df},
    {"extra-flag", take_extra_flag},
};

static int take_words(struct args *args, struct state_args *s)
{
    while (args_more(args)) {
        size_t i = 0, n = sizeof words / sizeof *words;
        while (i < n && !args_take(args, words[i].name))
            i++;
        if (i == n)
            return args_unknown(args);
        if (words[i].take(args, s))
            return -1;
    }
    return 0;
}

static int check_missing(struct args *args, const struct state_args *s)
{
    const char *missing = !s->src     ? "src"
                          : !s->dst   ? "dst"
                          : !s->proto ? "proto esp"
                          : !s->spi   ? "spi"
                          : !s->aead  ? "aead"
                          : !s->mode
                              ? "mode tunnel" /* `ip xfrm` takes transport mode for granted */
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

static int add(struct args *args, struct state_args *s)
{
    if (take_words(args, s) || check_missing(args, s))
        return -1;
    if (!s->dir && find_dir(args, s))
        return -1;
    if (s->sa.dir == ESPL_DIR_IN && !s->sa.has_nexthop && args->ctl->nexthop) {
        s->sa.has_nexthop = true;
        memcpy(s->sa.nexthop, args->ctl->nexthop, sizeof s->sa.nexthop);
    }
    if (apply_selector(args, s))
        return -1;
    enum espl_err err = espl_sa_add(args->ctl->card, &s->sa);
    return err ? espctl_fail_card(args->ctl, err) : 0;
}

int espctl_state_add(struct args *args)
{
    struct state_args s = {.sa.alg = ESPL_GCM16, .sa.mode = ESPL_TUNNEL};
    selector_start(&s.sel);
    int result = add(args, &s);
    explicit_bzero(&s, sizeof s);
    return result;
}
