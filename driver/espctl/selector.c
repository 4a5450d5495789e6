/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Selectors: src PREFIX dst PREFIX proto P sport N[-M] dport N[-M], or type N code N for ICMP. On
 * the card ICMP's type and code are the source port, type * 256 + code (RFC 4301 4.4.1.1).
 */
#include "driver/espctl/objects.h"

#include <netinet/in.h>
#include <string.h>

#define ANY_PORTS ((struct espl_ports){0, UINT16_MAX})

void selector_start(struct selector_args *s)
{
    *s = (struct selector_args){.sel.sport = ANY_PORTS, .sel.dport = ANY_PORTS};
}

/* After this, the low byte of sport holds codes and the high byte types, until selector_finish. */
static int icmp_word(struct args *args, const char *of, bool *seen, uint32_t *value)
{
    *seen = true;
    return args_number(args, of, 255, value) ? -1 : 1;
}

int selector_word(struct args *args, struct selector_args *s)
{
    uint32_t n;
    if (args_take(args, "src"))
        return s->src = true, args_prefix(args, "src", &s->sel.src) ? -1 : 1;
    if (args_take(args, "dst"))
        return s->dst = true, args_prefix(args, "dst", &s->sel.dst) ? -1 : 1;
    if (args_take(args, "proto"))
        return args_proto(args, "proto", &s->sel.proto) ? -1 : 1;
    if (args_take(args, "sport"))
        return s->sport = true, args_ports(args, "sport", &s->sel.sport) ? -1 : 1;
    if (args_take(args, "dport"))
        return s->dport = true, args_ports(args, "dport", &s->sel.dport) ? -1 : 1;
    if (args_take(args, "type")) {
        if (icmp_word(args, "type", &s->type, &n) < 0)
            return -1;
        s->sel.sport = (struct espl_ports){(uint16_t)(n << 8), (uint16_t)(n << 8 | 0xff)};
        return 1;
    }
    if (args_take(args, "code")) {
        if (!s->type)
            return espctl_fail(args->ctl, "code: needs a type before it");
        if (icmp_word(args, "code", &s->code, &n) < 0)
            return -1;
        uint16_t type_code = (uint16_t)((s->sel.sport.first & 0xff00) | n);
        s->sel.sport = (struct espl_ports){type_code, type_code};
        return 1;
    }
    return 0;
}

static bool is_icmp(uint8_t proto)
{
    return proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
}

static bool has_ports(uint8_t proto)
{
    return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP ||
           proto == IPPROTO_DCCP || proto == IPPROTO_UDPLITE;
}

int selector_finish(struct args *args, struct selector_args *s, enum espl_family family)
{
    struct espl_selector *sel = &s->sel;
    if (s->src && sel->src.len)
        family = sel->src.addr.family;
    else if (s->dst && sel->dst.len)
        family = sel->dst.addr.family;
    if (!s->src || !sel->src.len)
        sel->src = (struct espl_prefix){.addr.family = family};
    if (!s->dst || !sel->dst.len)
        sel->dst = (struct espl_prefix){.addr.family = family};
    if ((s->sport || s->dport) && !has_ports(sel->proto))
        return espctl_fail(args->ctl, "%s: needs proto tcp, udp, sctp, dccp or udplite",
                           s->sport ? "sport" : "dport");
    if (s->type && !is_icmp(sel->proto))
        return espctl_fail(args->ctl, "type: needs proto icmp or ipv6-icmp");
    return 0;
}

static bool any_ports(struct espl_ports p)
{
    return p.first == 0 && p.last == UINT16_MAX;
}

bool selector_any(const struct espl_selector *sel)
{
    return !sel->src.len && !sel->dst.len && !sel->proto && any_ports(sel->sport) &&
           any_ports(sel->dport);
}

static void print_ports(FILE *out, const char *name, struct espl_ports p)
{
    if (any_ports(p))
        return;
    if (p.first == p.last)
        (void)fprintf(out, " %s %u", name, p.first);
    else
        (void)fprintf(out, " %s %u-%u", name, p.first, p.last);
}

void selector_print(FILE *out, const struct espl_selector *sel)
{
    char src[SHOW_TEXT], dst[SHOW_TEXT], proto[SHOW_TEXT];
    (void)fprintf(out, "src %s dst %s", show_prefix(src, &sel->src), show_prefix(dst, &sel->dst));
    if (sel->proto)
        (void)fprintf(out, " proto %s", show_proto(proto, sel->proto));
    bool one_type = sel->sport.first >> 8 == sel->sport.last >> 8;
    if (is_icmp(sel->proto) && one_type &&
        (sel->sport.last & 0xff) - (sel->sport.first & 0xff) == 0xff) {
        (void)fprintf(out, " type %u", sel->sport.first >> 8);
    } else if (is_icmp(sel->proto) && sel->sport.first == sel->sport.last) {
        (void)fprintf(out, " type %u code %u", sel->sport.first >> 8, sel->sport.first & 0xff);
    } else {
        print_ports(out, "sport", sel->sport);
        print_ports(out, "dport", sel->dport);
    }
}

static json_t *ports_json(struct espl_ports p)
{
    return json_pack("[ii]", (int)p.first, (int)p.last);
}

json_t *selector_json(const struct espl_selector *sel)
{
    char src[SHOW_TEXT], dst[SHOW_TEXT];
    json_t *j =
        json_pack("{ssss}", "src", show_prefix(src, &sel->src), "dst", show_prefix(dst, &sel->dst));
    int bad = !j;
    if (!bad && sel->proto)
        bad = json_object_set_new(j, "proto", json_integer(sel->proto));
    if (!bad && !any_ports(sel->sport))
        bad = json_object_set_new(j, "sport", ports_json(sel->sport));
    if (!bad && !any_ports(sel->dport))
        bad = json_object_set_new(j, "dport", ports_json(sel->dport));
    if (bad) {
        json_decref(j);
        return NULL;
    }
    return j;
}
