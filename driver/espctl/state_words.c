/* SPDX-License-Identifier: Apache-2.0 */
/* The words of an SA, as far as the card goes (see state_words.h). What it lacks is refused by name. */
#include "driver/espctl/state_words.h"

#include <netinet/in.h>
#include <string.h>

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
    if (strcmp(name, "rfc4106(gcm(aes))") != 0 && strcmp(name, "rfc4543(gcm(aes))") != 0)
        return espctl_fail(args->ctl,
                           "aead: \"%s\" is not on this card; it has rfc4106(gcm(aes)) and "
                           "rfc4543(gcm(aes))",
                           name);
    s->sa.alg = name[4] == '1' ? ESPL_GCM16 : ESPL_GMAC;
    if (s->sa.key_len == 28)
        return espctl_fail(args->ctl, "aead: AES-192 is not on this card; it has AES-128 and AES-256");
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
    s->mode = true;
    return args_mode(args, "mode", &s->sa.mode);
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

static int take_vlan(struct args *args, struct state_args *s)
{
    return args_vlan(args, &s->sa.vlan);
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
    if (args_value(args, "encap", &type))
        return -1;
    if (strcmp(type, "espinudp") != 0)
        return espctl_fail(args->ctl, "encap: \"%s\" is not on this card; it has espinudp", type);
    if (args_number(args, "encap", UINT16_MAX, &sport) ||
        args_number(args, "encap", UINT16_MAX, &dport) || args_addr(args, "encap", &s->original))
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
    else if (strcmp(flag, "decap-dscp") == 0)
        sa->decap_dscp = true;
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
                      (const char *const[]){"esn", "af-unspec", "noecn", "nopmtudisc", "decap-dscp",
                                             NULL});
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

static int take_flowlabel(struct args *args, struct state_args *s)
{
    char *value;
    if (args_value(args, "flowlabel", &value))
        return -1;
    if (strcmp(value, "copy") != 0 && strcmp(value, "zero") != 0)
        return espctl_fail(args->ctl, "flowlabel: \"%s\" is neither copy nor zero", value);
    s->sa.flow_zero = value[0] == 'z';
    return 0;
}

static int take_tfcpad(struct args *args, struct state_args *s)
{
    uint32_t len;
    if (args_number(args, "tfcpad", UINT16_MAX, &len))
        return -1;
    s->sa.tfc = (uint16_t)len;
    return 0;
}

static int take_limit(struct args *args, struct state_args *s)
{
    const struct {
        const char *name;
        uint64_t *value;
    } limits[] = {
        {"packet-soft", &s->sa.limits.soft_packets},
        {"packet-hard", &s->sa.limits.hard_packets},
        {"byte-soft", &s->sa.limits.soft_bytes},
        {"byte-hard", &s->sa.limits.hard_bytes},
    };
    char *name;
    if (args_value(args, "limit", &name))
        return -1;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (strcmp(name, limits[i].name) == 0)
            return args_long_number(args, name, UINT64_MAX, limits[i].value);
    if (strncmp(name, "time-", 5) == 0)
        return espctl_fail(args->ctl, "limit: the card has no clock; %s is for the IKE daemon",
                           name);
    return espctl_fail(args->ctl,
                       "limit: \"%s\" is none of packet-soft, packet-hard, byte-soft, byte-hard",
                       name);
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
    {"vlan", take_vlan},
    {"dscp", take_dscp},
    {"df", take_df},
    {"extra-flag", take_extra_flag},
    {"flowlabel", take_flowlabel},
    {"tfcpad", take_tfcpad},
    {"limit", take_limit},
};

int state_words(struct args *args, struct state_args *s)
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
