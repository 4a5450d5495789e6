/* SPDX-License-Identifier: Apache-2.0 */
/* An SA in the layout of `ip -s xfrm state nokeys`, and as JSON. The key is not in the card's
 * answer. */
#include "driver/espctl/objects.h"

#include <inttypes.h>

static const char *aead_name(const struct espl_sa *sa)
{
    return sa->alg == ESPL_GMAC ? "rfc4543(gcm(aes))" : "rfc4106(gcm(aes))";
}

static uint32_t bits(const struct espl_sa *sa)
{
    return sa->key_len == 36 ? 256 : 128;
}

static const char *limit_text(char text[SHOW_TEXT], uint64_t limit)
{
    if (limit)
        (void)snprintf(text, SHOW_TEXT, "%" PRIu64, limit);
    else
        (void)snprintf(text, SHOW_TEXT, "(INF)");
    return text;
}

static void print_limits(FILE *out, const struct espl_limits *l)
{
    char soft[SHOW_TEXT], hard[SHOW_TEXT];
    (void)fprintf(out, "\tlifetime config:\n\t  limit: soft %s(bytes), hard %s(bytes)\n",
                  limit_text(soft, l->soft_bytes), limit_text(hard, l->hard_bytes));
    (void)fprintf(out, "\t  limit: soft %s(packets), hard %s(packets)\n",
                  limit_text(soft, l->soft_packets), limit_text(hard, l->hard_packets));
}

static void print_stats(FILE *out, const struct espl_sa *sa, const struct espl_sa_stats *stats)
{
    print_limits(out, &sa->limits);
    (void)fprintf(out, "\tlifetime current:\n\t  %" PRIu64 "(bytes), %" PRIu64 "(packets)\n",
                  stats->bytes, stats->packets);
    (void)fprintf(out, "\tstats:\n\t  replay %u failed %u padding %u selector %u\n",
                  stats->replayed, stats->auth_failed, stats->bad_padding, stats->bad_selector);
}

static void print_flags(FILE *out, const struct espl_sa *sa)
{
    bool clear = sa->df == ESPL_DF_CLEAR;
    if (sa->esn || sa->ecn_off || clear || sa->decap_dscp)
        (void)fprintf(out, " flag%s%s%s%s", sa->ecn_off ? " noecn" : "",
                      sa->decap_dscp ? " decap-dscp" : "", clear ? " nopmtudisc" : "",
                      sa->esn ? " esn" : "");
}

/* What `ip xfrm` has no flag for, or an extra one. */
static void print_outer(FILE *out, const struct espl_sa *sa)
{
    if (sa->df == ESPL_DF_SET)
        (void)fputs("\tdf set\n", out);
    if (sa->dscp_set && sa->dscp)
        (void)fprintf(out, "\tdscp %u\n", sa->dscp);
    else if (sa->dscp_set)
        (void)fputs("\textra-flag dont-encap-dscp\n", out);
    if (sa->flow_zero)
        (void)fputs("\tflowlabel zero\n", out);
    if (sa->tfc)
        (void)fprintf(out, "\ttfcpad %u\n", sa->tfc);
}

void espctl_state_print(FILE *out, const struct espl_sa *sa, const struct espl_sa_stats *stats,
                        bool with_stats)
{
    char a[SHOW_TEXT], b[SHOW_TEXT];
    bool in = sa->dir == ESPL_DIR_IN;
    (void)fprintf(out, "src %s dst %s\n", show_addr(a, &sa->src), show_addr(b, &sa->dst));
    (void)fprintf(out, "\tproto esp spi %s reqid %u mode %s\n", show_spi(a, sa->spi), sa->reqid,
                  show_mode(sa->mode));
    (void)fprintf(out, "\treplay-window %u", sa->replay_window);
    print_flags(out, sa);
    (void)fputc('\n', out);
    (void)fprintf(out, "\taead %s <<Keys hidden>> 128 (AES-%u)\n", aead_name(sa), bits(sa));
    (void)fprintf(out,
                  "\tanti-replay context: seq 0x%" PRIx64 ", oseq 0x%" PRIx64
                  ", bitmap 0x%016" PRIx64 "\n",
                  in ? stats->seq : 0, in ? 0 : stats->seq, stats->window);
    if (sa->encap)
        (void)fprintf(out, "\tencap type espinudp sport %u dport %u addr 0.0.0.0\n",
                      sa->encap_sport, sa->encap_dport);
    if (sa->check_selector) {
        (void)fputs("\tsel ", out);
        selector_print(out, &sa->selector);
        (void)fputc('\n', out);
    }
    if (!in)
        (void)fprintf(out, "\tmtu %u\n", sa->mtu);
    if (sa->has_nexthop)
        (void)fprintf(out, "\tlladdr %s%s\n", show_mac(a, sa->nexthop), show_vlan(b, &sa->vlan));
    print_outer(out, sa);
    (void)fprintf(out, "\tdir %s\n", in ? "in" : "out");
    if (with_stats)
        print_stats(out, sa, stats);
}

static json_t *stats_json(const struct espl_sa_stats *s)
{
    return json_pack("{sIsIsIsIsIsI}", "bytes", (json_int_t)s->bytes, "packets",
                     (json_int_t)s->packets, "auth_failed", (json_int_t)s->auth_failed, "replayed",
                     (json_int_t)s->replayed, "bad_padding", (json_int_t)s->bad_padding,
                     "bad_selector", (json_int_t)s->bad_selector);
}

static bool has_limits(const struct espl_limits *l)
{
    return l->soft_packets || l->hard_packets || l->soft_bytes || l->hard_bytes;
}

/* 0: no limit */
static json_t *limits_json(const struct espl_limits *l)
{
    return json_pack("{sIsIsIsI}", "packet_soft", (json_int_t)l->soft_packets, "packet_hard",
                     (json_int_t)l->hard_packets, "byte_soft", (json_int_t)l->soft_bytes,
                     "byte_hard", (json_int_t)l->hard_bytes);
}

static int add_options(json_t *j, const struct espl_sa *sa)
{
    char mac[SHOW_TEXT];
    int bad = 0;
    if (sa->esn)
        bad = json_object_set_new(j, "esn", json_true());
    if (!bad && sa->encap)
        bad = json_object_set_new(j, "encap",
                                  json_pack("{sssisi}", "type", "espinudp", "sport",
                                            (int)sa->encap_sport, "dport", (int)sa->encap_dport));
    if (!bad && sa->check_selector)
        bad = json_object_set_new(j, "sel", selector_json(&sa->selector));
    if (!bad && sa->dir == ESPL_DIR_OUT)
        bad = json_object_set_new(j, "mtu", json_integer(sa->mtu));
    if (!bad && sa->dscp_set)
        bad = json_object_set_new(j, "dscp", json_integer(sa->dscp));
    if (!bad && sa->df != ESPL_DF_COPY)
        bad = json_object_set_new(j, "df", json_string(sa->df == ESPL_DF_SET ? "set" : "clear"));
    if (!bad && sa->ecn_off)
        bad = json_object_set_new(j, "ecn", json_false());
    if (!bad && sa->decap_dscp)
        bad = json_object_set_new(j, "decap_dscp", json_true());
    if (!bad && sa->flow_zero)
        bad = json_object_set_new(j, "flowlabel", json_string("zero"));
    if (!bad && sa->tfc)
        bad = json_object_set_new(j, "tfcpad", json_integer(sa->tfc));
    if (!bad && has_limits(&sa->limits))
        bad = json_object_set_new(j, "limit", limits_json(&sa->limits));
    if (!bad && sa->has_nexthop)
        bad = json_object_set_new(j, "lladdr", json_string(show_mac(mac, sa->nexthop)));
    if (!bad && sa->has_nexthop && sa->vlan.set)
        bad = json_object_set_new(j, "vlan", json_integer(sa->vlan.tci & 0xfff));
    return bad;
}

json_t *espctl_state_json(const struct espl_sa *sa, const struct espl_sa_stats *stats,
                          bool with_stats)
{
    char src[SHOW_TEXT], dst[SHOW_TEXT], spi[SHOW_TEXT];
    json_t *j = json_pack("{sssssssssIsssssI}", "src", show_addr(src, &sa->src), "dst",
                          show_addr(dst, &sa->dst), "proto", "esp", "spi", show_spi(spi, sa->spi),
                          "reqid", (json_int_t)sa->reqid, "mode", show_mode(sa->mode), "dir",
                          sa->dir == ESPL_DIR_IN ? "in" : "out", "replay_window",
                          (json_int_t)sa->replay_window);
    int bad = !j || json_object_set_new(j, "aead",
                                        json_pack("{sssisi}", "name", aead_name(sa),
                                                  "key_bits", (int)bits(sa), "icv_bits", 128));
    bad = bad || json_object_set_new(j, "seq", json_integer((json_int_t)stats->seq)) ||
          add_options(j, sa);
    if (!bad && with_stats)
        bad = json_object_set_new(j, "stats", stats_json(stats));
    if (bad) {
        json_decref(j);
        return NULL;
    }
    return j;
}
