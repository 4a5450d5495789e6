/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outbound policies (RFC 4301 4.4.1): one policy is one row of the card's table, or several where
 * port ranges are split. The rows of a policy share a serial number, which also tells the older of
 * equals.
 */
#include "driver/handle.h"

#include <string.h>

#define MASK_ALL 0xffffu

static void put_mask(uint32_t words[4], uint8_t len)
{
    for (unsigned i = 0; i < 4; i++) {
        unsigned bits = len > 32 * i ? len - 32 * i : 0;
        words[i] = bits >= 32 ? UINT32_MAX : bits ? ~(UINT32_MAX >> bits) : 0;
    }
}

static enum espl_err check(struct espl_card *card, const struct espl_policy *policy)
{
    enum espl_err err = espl_selector_check(card, &policy->selector);
    if (err)
        return err;
    if (policy->action != ESPL_DISCARD && policy->action != ESPL_BYPASS &&
        policy->action != ESPL_PROTECT)
        return espl_fail(card, ESPL_ERR_INVALID, "action: not among discard, bypass, protect");
    if (policy->action == ESPL_PROTECT && policy->reqid == 0 &&
        espl_addr_unspecified(&policy->tmpl_dst))
        return espl_fail(card, ESPL_ERR_INVALID,
                         "tmpl: neither reqid nor addresses say which SA protects");
    return ESPL_OK;
}

/* All words of the policy's rows but the ports. */
static void pack(struct espl_card *card, const struct espl_policy *policy, uint32_t serial,
                 uint32_t w[ESPL_POLICY_ENTRY_WORDS])
{
    const struct espl_selector *sel = &policy->selector;
    memset(w, 0, ESPL_POLICY_ENTRY_WORDS * sizeof *w);
    bool v6 = sel->dst.addr.family == ESPL_IPV6;
    w[ESPL_POLICY_ENTRY_FLAGS] =
        ESPL_PUT(policy->action, ESPL_POLICY_ENTRY_FLAGS_ACTION) |
        ESPL_PUT(v6 ? ESPL_FAMILY_IPV6 : ESPL_FAMILY_IPV4, ESPL_POLICY_ENTRY_FLAGS_FAMILY);
    espl_addr_put(w + ESPL_POLICY_ENTRY_SRC_VALUE, &sel->src.addr);
    put_mask(w + ESPL_POLICY_ENTRY_SRC_MASK, sel->src.len);
    espl_addr_put(w + ESPL_POLICY_ENTRY_DST_VALUE, &sel->dst.addr);
    put_mask(w + ESPL_POLICY_ENTRY_DST_MASK, sel->dst.len);
    w[ESPL_POLICY_ENTRY_PROTO] = ESPL_PUT(sel->proto, ESPL_POLICY_ENTRY_PROTO_VALUE) |
                                 ESPL_PUT(sel->proto ? 0xff : 0, ESPL_POLICY_ENTRY_PROTO_MASK);
    w[ESPL_POLICY_ENTRY_PRIORITY] = policy->priority;
    w[ESPL_POLICY_ENTRY_SERIAL] = serial;
    if (policy->action != ESPL_PROTECT)
        return;
    w[ESPL_POLICY_ENTRY_REQID] = policy->reqid;
    espl_addr_put(w + ESPL_POLICY_ENTRY_TMPL_SRC, &policy->tmpl_src);
    espl_addr_put(w + ESPL_POLICY_ENTRY_TMPL_DST, &policy->tmpl_dst);
    w[ESPL_POLICY_ENTRY_SA_SLOT] = espl_bind_slot(card, w, ESPL_NO_SLOT);
}

/* The first row of the policy with this selector, or the number of rows; *serial is made a new
 * one's. */
static uint32_t find(const struct espl_card *card, const struct espl_selector *selector,
                     uint32_t *serial)
{
    uint32_t found = card->caps.policies, newest = 0;
    for (uint32_t row = 0; row < card->caps.policies; row++) {
        if (!espl_row_used(&card->shadow.policy[row]))
            continue;
        uint32_t s = card->shadow.policy[row].words[ESPL_POLICY_ENTRY_SERIAL];
        newest = s > newest ? s : newest;
        struct espl_policy policy;
        if (found < card->caps.policies)
            continue;
        espl_rows_policy(card, row, &policy);
        if (espl_selector_same(&policy.selector, selector))
            found = row;
    }
    *serial = newest + 1;
    return found;
}

/* Clears every row of a policy; the last one decides until it is gone. */
static enum espl_err clear_serial(struct espl_card *card, uint32_t serial)
{
    for (uint32_t row = 0; row < card->caps.policies; row++) {
        const struct espl_shadow_row *r = &card->shadow.policy[row];
        if (!espl_row_used(r) || r->words[ESPL_POLICY_ENTRY_SERIAL] != serial)
            continue;
        enum espl_err err = espl_row_clear(card, row);
        if (err)
            return err;
    }
    return ESPL_OK;
}

static enum espl_err write_rows(struct espl_card *card, const struct espl_policy *policy,
                                uint32_t serial)
{
    struct espl_port_piece sport[ESPL_PORT_PIECES], dport[ESPL_PORT_PIECES];
    size_t sports = espl_ports_split(policy->selector.sport, sport);
    size_t dports = espl_ports_split(policy->selector.dport, dport);
    uint32_t row, w[ESPL_POLICY_ENTRY_WORDS];
    enum espl_err err = espl_rows_room(card, policy->priority, sports * dports, &row);
    if (err)
        return err;
    pack(card, policy, serial, w);
    for (size_t i = 0; !err && i < sports * dports; i++) {
        const struct espl_port_piece *s = &sport[i / dports], *d = &dport[i % dports];
        w[ESPL_POLICY_ENTRY_SPORT] = ESPL_PUT(s->value, ESPL_POLICY_ENTRY_SPORT_VALUE) |
                                     ESPL_PUT(s->mask & MASK_ALL, ESPL_POLICY_ENTRY_SPORT_MASK);
        w[ESPL_POLICY_ENTRY_DPORT] = ESPL_PUT(d->value, ESPL_POLICY_ENTRY_DPORT_VALUE) |
                                     ESPL_PUT(d->mask & MASK_ALL, ESPL_POLICY_ENTRY_DPORT_MASK);
        err = espl_row_set(card, row + (uint32_t)i, w);
    }
    if (err) { /* whole or not at all; the row that failed may be there all the same */
        struct espl_told told = espl_told(card);
        enum espl_err undo = espl_shadow_policies(card);
        if (!undo)
            undo = clear_serial(card, serial);
        (void)undo;
        espl_told_again(card, &told);
    }
    return err;
}

static enum espl_err add_locked(struct espl_card *card, const struct espl_policy *policy)
{
    enum espl_err err = check(card, policy);
    if (!err)
        err = espl_shadow_policies(card);
    if (!err)
        err = espl_shadow_sas(card);
    if (err)
        return err;
    uint32_t serial;
    if (find(card, &policy->selector, &serial) < card->caps.policies)
        return espl_fail(card, ESPL_ERR_EXISTS, "a policy with this selector exists");
    return write_rows(card, policy, serial);
}

enum espl_err espl_policy_add(struct espl_card *card, const struct espl_policy *policy)
{
    enum espl_err err = espl_begin(card);
    if (err)
        return err;
    err = add_locked(card, policy);
    espl_end(card);
    return err;
}

enum espl_err espl_policy_delete(struct espl_card *card, const struct espl_selector *selector)
{
    enum espl_err err = espl_begin(card);
    if (err)
        return err;
    err = espl_shadow_policies(card);
    uint32_t serial, row = err ? 0 : find(card, selector, &serial);
    if (!err && row >= card->caps.policies)
        err = espl_fail(card, ESPL_ERR_NOT_FOUND, "no policy has this selector");
    if (!err)
        err = clear_serial(card, card->shadow.policy[row].words[ESPL_POLICY_ENTRY_SERIAL]);
    espl_end(card);
    return err;
}

enum espl_err espl_policy_flush(struct espl_card *card)
{
    enum espl_err err = espl_begin(card);
    if (err)
        return err;
    err = espl_shadow_policies(card);
    for (uint32_t row = card->caps.policies; !err && row-- > 0;)
        if (espl_row_used(&card->shadow.policy[row]))
            err = espl_row_clear(card, row);
    espl_end(card);
    return err;
}

static bool first_of_policy(const struct espl_card *card, uint32_t row)
{
    uint32_t serial = card->shadow.policy[row].words[ESPL_POLICY_ENTRY_SERIAL];
    for (uint32_t i = 0; i < row; i++)
        if (espl_row_used(&card->shadow.policy[i]) &&
            card->shadow.policy[i].words[ESPL_POLICY_ENTRY_SERIAL] == serial)
            return false;
    return true;
}

/* The SPI of the SA that row uses, 0 without one. */
static enum espl_err row_spi(struct espl_card *card, const struct espl_shadow_row *row,
                             uint32_t *spi)
{
    uint32_t slot = row->words[ESPL_POLICY_ENTRY_SA_SLOT], info[ESPL_SA_INFO_WORDS];
    uint32_t action = ESPL_GET(row->words[ESPL_POLICY_ENTRY_FLAGS], ESPL_POLICY_ENTRY_FLAGS_ACTION);
    *spi = 0;
    if (action != ESPL_ACTION_PROTECT || slot >= card->caps.sa_out)
        return ESPL_OK;
    enum espl_err err =
        espl_mailbox(card, ESPL_OP_SA_OUT_GET, slot, NULL, 0, info, ESPL_SA_INFO_WORDS);
    if (!err)
        *spi = info[ESPL_SA_INFO_SPI];
    return err == ESPL_ERR_REFUSED ? ESPL_OK : err; /* an empty slot: there is no SA */
}

/* The first policy that begins at row *at or later; *at is then behind it, or the number of rows.
 */
static enum espl_err next_policy(struct espl_card *card, uint32_t *at, struct espl_policy *policy,
                                 uint32_t *spi, bool *found)
{
    enum espl_err err = espl_shadow_policies(card);
    *found = false;
    for (; !err && !*found && *at < card->caps.policies; ++*at) {
        const struct espl_shadow_row *row = &card->shadow.policy[*at];
        if (!espl_row_used(row) || !first_of_policy(card, *at))
            continue;
        espl_rows_policy(card, *at, policy);
        err = row_spi(card, row, spi);
        *found = true;
    }
    return err;
}

/* The card is free while `each` runs, so it may call the library. */
enum espl_err espl_policy_each(struct espl_card *card, espl_policy_fn each, void *user)
{
    for (uint32_t at = 0; at < card->caps.policies;) {
        struct espl_policy policy;
        uint32_t spi;
        bool found;
        enum espl_err err = espl_begin(card);
        if (err)
            return err;
        err = next_policy(card, &at, &policy, &spi, &found);
        espl_end(card);
        if (err)
            return err;
        if (found && !each(user, &policy, spi))
            break;
    }
    return ESPL_OK;
}
