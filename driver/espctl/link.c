/* SPDX-License-Identifier: Apache-2.0 */
/* `link`: the ports' MAC addresses, in the grammar of `ip link`. */
#include "driver/espctl/objects.h"

static int set(struct args *args)
{
    enum espl_port port;
    espl_mac mac;
    (void)args_take(args, "dev"); /* as `ip link set [dev] NAME` */
    if (args_port_name(args, "dev", &port))
        return -1;
    if (!args_take(args, "address"))
        return args_more(args) ? args_unknown(args)
                               : espctl_fail(args->ctl, "link set: address is missing");
    if (args_mac(args, "address", mac))
        return -1;
    if (args_more(args))
        return args_unknown(args);
    enum espl_err err = espl_port_set_mac(args->ctl->card, port, mac);
    return err ? espctl_fail_card(args->ctl, err) : 0;
}

static int list(struct args *args)
{
    static const enum espl_port ports[] = {ESPL_PORT_PLAIN, ESPL_PORT_CIPHER, ESPL_PORT_ENGINE};
    if (args_more(args))
        return args_unknown(args);
    json_t *root = args->ctl->json ? json_object() : NULL;
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
        bool has;
        espl_mac mac;
        char text[SHOW_TEXT];
        enum espl_err err = espl_port_get_mac(args->ctl->card, ports[i], &has, mac);
        if (err) {
            json_decref(root);
            return espctl_fail_card(args->ctl, err);
        }
        if (!args->ctl->json) {
            (void)fprintf(args->ctl->out, "%s: %s\n", show_port(ports[i]),
                          has ? show_mac(text, mac) : "any address");
        } else if (json_object_set_new(root, show_port(ports[i]),
                                       has ? json_string(show_mac(text, mac)) : json_null())) {
            json_decref(root);
            return espctl_fail(args->ctl, "out of memory");
        }
    }
    return args->ctl->json ? show_json(args->ctl, root) : 0;
}

int espctl_link(struct args *args)
{
    static const struct espctl_verb verbs[] = {{"set", set}, {"list", list}};
    return espctl_verbs(args, verbs, sizeof verbs / sizeof *verbs);
}
