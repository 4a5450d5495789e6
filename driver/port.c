/* SPDX-License-Identifier: Apache-2.0 */
/* The MAC addresses of the card's ports and of the engine itself. */
#include "driver/handle.h"

static const enum espl_port ports[] = {ESPL_PORT_PLAIN, ESPL_PORT_CIPHER, ESPL_PORT_ENGINE};

static enum espl_err check(struct espl_card *card, enum espl_port port)
{
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++)
        if (ports[i] == port)
            return ESPL_OK;
    return espl_fail(card, ESPL_ERR_INVALID, "port: not among plain, cipher, engine");
}

enum espl_err espl_port_set_mac(struct espl_card *card, enum espl_port port, const espl_mac mac)
{
    enum espl_err err = espl_begin(card);
    if (err)
        return err;
    uint32_t w[ESPL_PORT_ENTRY_WORDS] = {0};
    espl_mac_put(w, mac);
    w[ESPL_PORT_ENTRY_MAC_HI] |= ESPL_PORT_ENTRY_MAC_HI_USED_MASK;
    err = check(card, port);
    if (!err)
        err =
            espl_mailbox(card, ESPL_OP_PORT_SET, (uint32_t)port, w, ESPL_PORT_ENTRY_WORDS, NULL, 0);
    espl_end(card);
    return err;
}

enum espl_err espl_port_get_mac(struct espl_card *card, enum espl_port port, bool *set,
                                espl_mac mac)
{
    enum espl_err err = espl_begin(card);
    if (err)
        return err;
    uint32_t w[ESPL_PORT_ENTRY_WORDS];
    err = check(card, port);
    if (!err)
        err =
            espl_mailbox(card, ESPL_OP_PORT_GET, (uint32_t)port, NULL, 0, w, ESPL_PORT_ENTRY_WORDS);
    if (!err) {
        *set = w[ESPL_PORT_ENTRY_MAC_HI] & ESPL_PORT_ENTRY_MAC_HI_USED_MASK;
        espl_mac_take(mac, w);
    }
    espl_end(card);
    return err;
}
