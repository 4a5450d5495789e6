/* SPDX-License-Identifier: Apache-2.0 */
/* `card list`: the cards of this machine; `card info`: what the card is and can do (-s: and has
 * counted); `card reset`: destroys every key; `card selftest` is selftest.c. */
#include "driver/espctl/objects.h"

#include "driver/regs.h"

static const struct {
    uint32_t bit;
    const char *name;
} algs[] = {{ESPL_CAP_ALG_GCM16_128_MASK, "aes-gcm-16-128"},
            {ESPL_CAP_ALG_GCM16_256_MASK, "aes-gcm-16-256"},
            {ESPL_CAP_ALG_GMAC_128_MASK, "aes-gmac-128"},
            {ESPL_CAP_ALG_GMAC_256_MASK, "aes-gmac-256"}},
  modes[] = {
      {ESPL_CAP_MODE_TUNNEL_MASK, "tunnel"},       {ESPL_CAP_MODE_TRANSPORT_MASK, "transport"},
      {ESPL_CAP_MODE_ENCAP_MASK, "espinudp"},      {ESPL_CAP_MODE_IPV4_MASK, "ipv4"},
      {ESPL_CAP_MODE_IPV6_MASK, "ipv6"},           {ESPL_CAP_MODE_ESN_MASK, "esn"},
      {ESPL_CAP_MODE_LIFETIMES_MASK, "lifetimes"}, {ESPL_CAP_MODE_EVENTS_MASK, "events"},
      {ESPL_CAP_MODE_OUTER_MASK, "outer"},         {ESPL_CAP_MODE_TFC_MASK, "tfc"},
      {ESPL_CAP_MODE_VLAN_MASK, "vlan"},           {ESPL_CAP_MODE_UPDATE_MASK, "update"},
      {ESPL_CAP_MODE_PARITY_MASK, "parity"}};

static void print(FILE *out, const struct espl_caps *caps)
{
    (void)fprintf(out, "version %u.%u map 0x%08x clock %u kHz\n", caps->version >> 16,
                  caps->version & 0xffff, caps->map_sum, caps->clock_khz);
    (void)fprintf(out, "sa out %u in %u policies %u exact %u neighbours %u nexthops %u\n",
                  caps->sa_out, caps->sa_in, caps->policies, caps->exact, caps->neighbours,
                  caps->nexthops);
    (void)fprintf(out, "frame %u bytes replay-window %u\nalgorithms", caps->max_frame,
                  caps->max_window);
    for (size_t i = 0; i < sizeof algs / sizeof *algs; i++)
        if (caps->alg & algs[i].bit)
            (void)fprintf(out, " %s", algs[i].name);
    (void)fputs("\nmodes", out);
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (caps->mode & modes[i].bit)
            (void)fprintf(out, " %s", modes[i].name);
    (void)fputc('\n', out);
}

static int add_names(json_t *j, const struct espl_caps *caps)
{
    json_t *a = json_array(), *m = json_array();
    int bad = !a || !m;
    for (size_t i = 0; !bad && i < sizeof algs / sizeof *algs; i++)
        if (caps->alg & algs[i].bit)
            bad = json_array_append_new(a, json_string(algs[i].name));
    for (size_t i = 0; !bad && i < sizeof modes / sizeof *modes; i++)
        if (caps->mode & modes[i].bit)
            bad = json_array_append_new(m, json_string(modes[i].name));
    bad |= json_object_set(j, "algorithms", a);
    bad |= json_object_set(j, "modes", m);
    json_decref(a);
    json_decref(m);
    return bad;
}

static json_t *to_json(const struct espl_caps *c)
{
    char map[SHOW_TEXT];
    json_t *j =
        json_pack("{sisisssIsIsIsIsIsIsIsIsI}", "version_major", (int)(c->version >> 16),
                  "version_minor", (int)(c->version & 0xffff), "map", show_spi(map, c->map_sum),
                  "clock_khz", (json_int_t)c->clock_khz, "sa_out", (json_int_t)c->sa_out, "sa_in",
                  (json_int_t)c->sa_in, "policies", (json_int_t)c->policies, "exact",
                  (json_int_t)c->exact, "neighbours", (json_int_t)c->neighbours, "nexthops", (json_int_t)c->nexthops, "max_frame",
                  (json_int_t)c->max_frame, "max_window", (json_int_t)c->max_window);
    if (j && add_names(j, c)) {
        json_decref(j);
        return NULL;
    }
    return j;
}

static int add_counters(json_t *j, const uint64_t *values)
{
    json_t *counters = json_object();
    int bad = !counters;
    for (size_t i = 0; !bad && i < espl_counter_count(); i++)
        bad = json_object_set_new(counters, espl_counter_name(i),
                                  json_integer((json_int_t)values[i]));
    bad |= json_object_set(j, "counters", counters);
    json_decref(counters);
    return bad;
}

static int info(struct args *args)
{
    struct espctl *ctl = args->ctl;
    struct espl_caps caps;
    if (args_more(args))
        return args_unknown(args);
    enum espl_err err = espl_card_caps(ctl->card, &caps);
    if (err)
        return espctl_fail_card(ctl, err);
    if (!ctl->json) {
        print(ctl->out, &caps);
        return ctl->stats ? espctl_counters(args) : 0;
    }
    json_t *j = to_json(&caps);
    uint64_t values[ESPL_COUNTERS_MAX];
    err = j && ctl->stats ? espl_counters(ctl->card, values) : ESPL_OK;
    if (err) {
        json_decref(j);
        return espctl_fail_card(ctl, err);
    }
    if (j && ctl->stats && add_counters(j, values)) {
        json_decref(j);
        j = NULL;
    }
    return show_json(ctl, j);
}

static int reset(struct args *args)
{
    if (args_more(args))
        return args_unknown(args);
    enum espl_err err = espl_card_reset(args->ctl->card);
    return err ? espctl_fail_card(args->ctl, err) : 0;
}

/* ------------------------------------------------------------------ list */

struct listing {
    struct espctl *ctl;
    json_t *array; /* owned; NULL unless -j */
    bool failed;
};

static bool list_one(void *user, const char *uri, const char *what)
{
    struct listing *l = user;
    if (l->ctl->json)
        l->failed = json_array_append_new(
                        l->array, json_pack("{ssss}", "card", uri, "description", what)) != 0;
    else
        (void)fprintf(l->ctl->out, "%-24s %s\n", uri, what);
    return !l->failed;
}

static int list(struct args *args)
{
    struct listing l = {.ctl = args->ctl, .array = args->ctl->json ? json_array() : NULL};
    if (args_more(args))
        return args_unknown(args);
    l.failed = args->ctl->json && !l.array;
    enum espl_err err = l.failed ? ESPL_OK : espl_card_list(list_one, &l);
    if (err || l.failed) {
        json_decref(l.array);
        return espctl_fail(args->ctl, "%s", err ? espl_err_text(err) : "out of memory");
    }
    return args->ctl->json ? show_json(args->ctl, l.array) : 0;
}

int espctl_card(struct args *args)
{
    static const struct espctl_verb verbs[] = {
        {"info", info}, {"list", list}, {"reset", reset}, {"selftest", espctl_selftest}};
    return espctl_verbs(args, verbs, sizeof verbs / sizeof *verbs);
}
