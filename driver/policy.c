/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outbound policies (RFC 4301 4.4.1): adding, deleting, listing. A policy has one place (a row or
 * an exact cell, policy_rows.c), and a serial number of its own, which also tells the older of
 * equals.
 */
#include "driver/handle.h"

#include <string.h>

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

/* The place of the policy with this selector, or their number; *serial is made a new one's. */
static uint32_t find(const struct espl_card *card, const struct espl_selector *selector,
                     uint32_t *serial)
{
    uint32_t found = espl_rows(card), newest = 0;
    for (uint32_t row = 0; row < espl_rows(card); row++) {
        const uint32_t *w = card->shadow.policy[row].words;
        if (!espl_row_used(&card->shadow.policy[row]))
            continue;
        newest = w[ESPL_POLICY_ENTRY_SERIAL] > newest ? w[ESPL_POLICY_ENTRY_SERIAL] : newest;
        if (found < espl_rows(card))
            continue;
        struct espl_policy policy;
        espl_policy_unpack(w, &policy);
        if (espl_selector_same(&policy.selector, selector))
            found = row;
    }
    *serial = newest + 1;
    return found;
}

/* Clears a policy wherever it is: in two places, when a program died while it moved. */
static enum espl_err clear_serial(struct espl_card *card, uint32_t serial)
{
    for (uint32_t row = 0; row < espl_rows(card); row++) {
        const struct espl_shadow_row *r = &card->shadow.policy[row];
        if (!espl_row_used(r) || r->words[ESPL_POLICY_ENTRY_SERIAL] != serial)
            continue;
        enum espl_err err = espl_row_clear(card, row);
        if (err)
            return err;
    }
    return ESPL_OK;
}

static enum espl_err write_policy(struct espl_card *card, const struct espl_policy *policy,
                                  uint32_t serial)
{
    uint32_t row, w[ESPL_POLICY_ENTRY_WORDS];
    espl_policy_pack(card, policy, serial, w);
    enum espl_err err = espl_rows_room(card, w, &row);
    if (err)
        return err;
    err = espl_row_set(card, row, w);
    if (err) { /* it may be there all the same; and in its place is what was copied elsewhere */
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
    if (find(card, &policy->selector, &serial) < espl_rows(card))
        return espl_fail(card, ESPL_ERR_EXISTS, "a policy with this selector exists");
    return write_policy(card, policy, serial);
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
    if (!err && row >= espl_rows(card))
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
    for (uint32_t row = espl_rows(card); !err && row-- > 0;)
        if (espl_row_used(&card->shadow.policy[row]))
            err = espl_row_clear(card, row);
    espl_end(card);
    return err;
}

/* Not a second place of a policy that a program left half moved. */
static bool first_of_policy(const struct espl_card *card, uint32_t row)
{
    uint32_t serial = card->shadow.policy[row].words[ESPL_POLICY_ENTRY_SERIAL];
    for (uint32_t i = 0; i < row; i++)
        if (espl_row_used(&card->shadow.policy[i]) &&
            card->shadow.policy[i].words[ESPL_POLICY_ENTRY_SERIAL] == serial)
            return false;
    return true;
}

/* The SPI of the SA that the policy in `row` uses, 0 without one. */
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

/* The first policy at place *at or later; *at is then behind it, or the number of places. */
static enum espl_err next_policy(struct espl_card *card, uint32_t *at, struct espl_policy *policy,
                                 uint32_t *spi, bool *found)
{
    enum espl_err err = espl_shadow_policies(card);
    *found = false;
    for (; !err && !*found && *at < espl_rows(card); ++*at) {
        const struct espl_shadow_row *row = &card->shadow.policy[*at];
        if (!espl_row_used(row) || !first_of_policy(card, *at))
            continue;
        espl_policy_unpack(row->words, policy);
        err = row_spi(card, row, spi);
        *found = true;
    }
    return err;
}

/* The card is free while `each` runs, so it may call the library. */
enum espl_err espl_policy_each(struct espl_card *card, espl_policy_fn each, void *user)
{
    for (uint32_t at = 0; at < espl_rows(card);) {
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
