/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `nexthop`: the card's rows of MAC addresses, which neighbours and SAs point to. They come and go
 * with those; `set` gives the row of one outbound SA's destination another MAC, between two
 * packets.
 */
#include "driver/espctl/objects.h"

struct listing {
    struct espctl *ctl;
    json_t *array; /* owned; NULL unless -j */
    bool failed;
};

static bool list_one(void *user, const struct espl_nexthop *hop)
{
    struct listing *l = user;
    char mac[SHOW_TEXT], vlan[SHOW_TEXT];
    const char *dev = show_port(hop->dev);
    if (!l->ctl->json) {
        (void)fprintf(l->ctl->out, "id %u dev %s lladdr %s%s users %u\n", hop->row, dev,
                      hop->has_mac ? show_mac(mac, hop->mac) : "none", show_vlan(vlan, &hop->vlan),
                      hop->users);
        return true;
    }
    json_t *j = json_pack("{sisssosi}", "id", (int)hop->row, "dev", dev, "lladdr",
                          hop->has_mac ? json_string(show_mac(mac, hop->mac)) : json_null(),
                          "users", (int)hop->users);
    l->failed = (hop->vlan.set &&
                 json_object_set_new(j, "vlan", json_integer(hop->vlan.tci & 0xfff)) != 0) ||
                json_array_append_new(l->array, j) != 0;
    return !l->failed;
}

static int list(struct args *args)
{
    struct listing l = {.ctl = args->ctl, .array = args->ctl->json ? json_array() : NULL};
    if (args_more(args))
        return args_unknown(args);
    l.failed = args->ctl->json && !l.array;
    enum espl_err err = l.failed ? ESPL_OK : espl_nexthop_each(args->ctl->card, list_one, &l);
    if (err || l.failed) {
        json_decref(l.array);
        return err ? espctl_fail_card(args->ctl, err) : espctl_fail(args->ctl, "out of memory");
    }
    return args->ctl->json ? show_json(args->ctl, l.array) : 0;
}

static int set(struct args *args)
{
    struct espl_addr dst;
    espl_mac mac;
    uint32_t spi;
    bool has_dst = false, has_spi = false, has_mac = false;
    while (args_more(args)) {
        int bad;
        if (args_take(args, "dst"))
            has_dst = true, bad = args_addr(args, "dst", &dst);
        else if (args_take(args, "spi"))
            has_spi = true, bad = args_number(args, "spi", UINT32_MAX, &spi);
        else if (args_take(args, "lladdr"))
            has_mac = true, bad = args_mac(args, "lladdr", mac);
        else
            bad = args_unknown(args);
        if (bad)
            return -1;
    }
    if (!has_dst || !has_spi || !has_mac)
        return espctl_fail(args->ctl, "nexthop set: %s is missing",
                           !has_dst   ? "dst"
                           : !has_spi ? "spi"
                                      : "lladdr");
    enum espl_err err = espl_sa_set_nexthop(args->ctl->card, &dst, spi, mac);
    return err ? espctl_fail_card(args->ctl, err) : 0;
}

int espctl_nexthop(struct args *args)
{
    static const struct espctl_verb verbs[] = {{"list", list}, {"set", set}};
    return espctl_verbs(args, verbs, sizeof verbs / sizeof *verbs);
}
