/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which SA a PROTECT policy uses: the newest outbound one of its reqid, or without a reqid the
 * newest whose outer addresses are its template's. When that changes, each row is repointed between
 * two packets.
 */
#include "driver/handle.h"

#include <stdlib.h>

static bool may_use(const struct espl_shadow_sa *sa, const uint32_t *w)
{
    uint32_t reqid = w[ESPL_POLICY_ENTRY_REQID];
    if (reqid)
        return sa->reqid == reqid;
    struct espl_addr src = espl_addr_take(sa->src.family, w + ESPL_POLICY_ENTRY_TMPL_SRC);
    struct espl_addr dst = espl_addr_take(sa->dst.family, w + ESPL_POLICY_ENTRY_TMPL_DST);
    return espl_addr_same(&sa->src, &src) && espl_addr_same(&sa->dst, &dst);
}

uint32_t espl_bind_slot(const struct espl_card *card, const uint32_t words[ESPL_POLICY_ENTRY_WORDS],
                        uint32_t except)
{
    const struct espl_shadow_sa *sa = card->shadow.sa[ESPL_DIR_OUT];
    uint32_t best = ESPL_NO_SLOT;
    for (uint32_t slot = 0; slot < card->caps.sa_out; slot++) {
        if (!sa[slot].used || slot == except || !may_use(&sa[slot], words))
            continue;
        if (best == ESPL_NO_SLOT || sa[slot].serial > sa[best].serial)
            best = slot;
    }
    return best;
}

/* ------------------------------------------------------------------ all policies at once */

static int by_reqid_and_age(const void *a, const void *b, void *sas)
{
    const struct espl_shadow_sa *sa = sas, *x = &sa[*(const uint32_t *)a],
                                *y = &sa[*(const uint32_t *)b];
    if (x->reqid != y->reqid)
        return x->reqid < y->reqid ? -1 : 1;
    return x->serial < y->serial ? -1 : x->serial > y->serial;
}

/* Thousands of policies and SAs: the SAs with a reqid are sorted by it once, the newest last. */
static uint32_t sort_sas(struct espl_card *card, uint32_t except)
{
    struct espl_shadow_sa *sa = card->shadow.sa[ESPL_DIR_OUT];
    uint32_t count = 0;
    for (uint32_t slot = 0; slot < card->caps.sa_out; slot++)
        if (sa[slot].used && sa[slot].reqid && slot != except)
            card->shadow.by_reqid[count++] = slot;
    qsort_r(card->shadow.by_reqid, count, sizeof *card->shadow.by_reqid, by_reqid_and_age, sa);
    return count;
}

/* The newest SA of a reqid among `count` sorted ones. */
static uint32_t newest(const struct espl_card *card, uint32_t count, uint32_t reqid)
{
    const struct espl_shadow_sa *sa = card->shadow.sa[ESPL_DIR_OUT];
    uint32_t lo = 0, hi = count; /* those before lo have at most this reqid, from hi on a larger */
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (sa[card->shadow.by_reqid[mid]].reqid <= reqid)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == 0 || sa[card->shadow.by_reqid[lo - 1]].reqid != reqid)
        return ESPL_NO_SLOT;
    return card->shadow.by_reqid[lo - 1];
}

enum espl_err espl_bind(struct espl_card *card, uint32_t except)
{
    uint32_t count = sort_sas(card, except);
    for (uint32_t row = 0; row < espl_rows(card); row++) {
        const uint32_t *w = card->shadow.policy[row].words;
        uint32_t action = ESPL_GET(w[ESPL_POLICY_ENTRY_FLAGS], ESPL_POLICY_ENTRY_FLAGS_ACTION);
        if (!espl_row_used(&card->shadow.policy[row]) || action != ESPL_ACTION_PROTECT)
            continue;
        uint32_t reqid = w[ESPL_POLICY_ENTRY_REQID];
        uint32_t slot = reqid ? newest(card, count, reqid) : espl_bind_slot(card, w, except);
        if (slot == w[ESPL_POLICY_ENTRY_SA_SLOT])
            continue;
        enum espl_err err = espl_row_sa(card, row, slot);
        if (err)
            return err;
    }
    return ESPL_OK;
}
