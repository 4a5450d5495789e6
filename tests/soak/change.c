/* SPDX-License-Identifier: Apache-2.0 */
/* Tables that change (see soak.h). */
#include <string.h>

#include "tests/soak/soak.h"

static bool has(uint32_t mask)
{
    return soak.caps.mode & mask;
}

/* A kind of flow such as the card can have */
static struct flow_kind any_kind(void)
{
    struct flow_kind k = {.name = "soak"};
    bool outer = has(ESPL_CAP_MODE_OUTER_MASK), v6 = has(ESPL_CAP_MODE_IPV6_MASK);
    k.small_keys = soak_chance(50);
    k.large_keys = !k.small_keys;
    k.gmac = soak.caps.alg & ESPL_CAP_ALG_GMAC_128_MASK && soak_chance(25);
    k.transport = has(ESPL_CAP_MODE_TRANSPORT_MASK) && soak_chance(30);
    k.encap = has(ESPL_CAP_MODE_ENCAP_MASK) && soak_chance(35);
    k.esn = has(ESPL_CAP_MODE_ESN_MASK) && soak_chance(40);
    k.inner_v6 = v6 && soak_chance(50);
    k.outer_v6 = k.transport ? k.inner_v6 : v6 && soak_chance(50);
    k.window = soak_chance(10) && !k.esn ? 0 : 64u << soak_random(7);
    k.mtu = soak_chance(20) ? (uint16_t)(1280 + soak_random(200)) : 0;
    k.udp_only = soak_chance(30);
    if (!k.transport && outer) {
        k.dscp_set = soak_chance(30);
        k.dscp = k.dscp_set ? (uint8_t)soak_random(64) : 0;
        k.df_set = soak_chance(30);
        k.df = k.df_set && soak_chance(50);
        k.ecn_off = v6 && soak_chance(20);
        k.flow_zero = k.outer_v6 && soak_chance(30);
        k.decap_dscp = v6 && soak_chance(20);
    }
    if (!k.transport && has(ESPL_CAP_MODE_TFC_MASK) && soak_chance(20))
        k.tfc = (uint16_t)(40 + soak_random(1200));
    if (k.tfc && k.mtu && k.tfc > k.mtu)
        k.tfc = k.mtu;
    if (k.transport && k.encap && soak_chance(50))
        k.csum_delta = (uint16_t)rng_next(&soak.rng);
    return k;
}

static bool slot_in_use(uint32_t slot)
{
    for (unsigned i = 0; i < SOAK_FLOWS; i++) {
        const struct soak_flow *s = &soak.flow[i];
        if ((s->alive && s->in_slot == slot) || (s->has_old_in && s->old_slot == slot))
            return true;
    }
    return false;
}

static uint32_t free_slot(void)
{
    uint32_t slot;
    do
        slot = soak_random(soak.caps.sa_in);
    while (slot_in_use(slot));
    return slot;
}

/* What was replaced is not used any more: by the engine since its first packet with the new SA, by
 * the peer since the engine was quiet. */
static void remove_old(struct soak_flow *s, bool quiet)
{
    if (s->has_old_out && !s->changing) {
        s->has_old_out = false;
        flow_remove(soak.card, ESPL_DIR_OUT, &s->old_out);
    }
    if (s->has_old_in && quiet) {
        s->has_old_in = false;
        flow_remove(soak.card, ESPL_DIR_IN, &s->old_in);
    }
}

static void die(struct soak_flow *s)
{
    if (s->changing) { /* no packet came since */
        s->f.out = s->next;
        s->changing = false;
    }
    remove_old(s, true);
    flow_remove_policy(soak.card, &s->f);
    flow_remove(soak.card, ESPL_DIR_OUT, &s->f.out);
    flow_remove(soak.card, ESPL_DIR_IN, &s->f.in);
    s->alive = false;
}

static void live(struct soak_flow *s, unsigned number)
{
    s->kind = any_kind();
    s->in_slot = free_slot();
    flow_make(&s->f, number, &s->kind, rng_next(&soak.rng), s->in_slot);
    inbound_forget(s);
    flow_install_hop(soak.card, &s->f);
    flow_install_out(soak.card, &s->f);
    (void)flow_install_policy(soak.card, &s->f);
    flow_install_in(soak.card, &s->f);
    s->alive = true;
}

void change_populate(void)
{
    for (unsigned i = 0; i < SOAK_FLOWS; i++) {
        struct soak_flow *s = &soak.flow[i];
        if (s->alive && soak_chance(70)) {
            remove_old(s, true);
            continue;
        }
        if (s->alive)
            die(s);
        live(s, i);
        soak.changes++;
    }
}

/* ------------------------------------------------------------------ under traffic */

static void rekey_out(struct soak_flow *s)
{
    struct flow next = s->f;
    flow_rekey_out(&next, rng_next(&soak.rng));
    s->old_out = s->f.out;
    s->next = next.out;
    s->changing = s->fresh = true; /* any packet of the flow may be the first */
    flow_install_out(soak.card, &next);
    s->has_old_out = true;
}

static void rekey_in(struct soak_flow *s)
{
    struct flow next = s->f;
    uint32_t slot = free_slot();
    flow_rekey_in(&next, rng_next(&soak.rng), slot);
    flow_install_in(soak.card, &next);
    s->old_in = s->f.in;
    s->old_slot = s->in_slot;
    s->has_old_in = true;
    s->in_slot = slot;
    s->f.in = next.in; /* the peer uses it from now on */
    inbound_forget(s);
}

static void update_out(struct soak_flow *s)
{
    struct flow next = s->f;
    s->kind.dscp_set = next.out.dscp_set = !next.out.dscp_set;
    s->kind.dscp = next.out.dscp = next.out.dscp_set ? (uint8_t)soak_random(64) : 0;
    s->next = next.out;
    s->changing = true;
    s->fresh = false;
    flow_update_out(soak.card, &next);
}

void change_one(void)
{
    struct soak_flow *s = &soak.flow[soak_random(SOAK_FLOWS)];
    if (!s->alive)
        return;
    remove_old(s, false);
    if (s->changing || s->has_old_out)
        return;
    switch (soak_random(3)) {
    case 0:
        rekey_out(s);
        break;
    case 1:
        if (s->has_old_in)
            return;
        rekey_in(s);
        break;
    default:
        if (!has(ESPL_CAP_MODE_UPDATE_MASK) || s->kind.transport)
            return;
        update_out(s);
        break;
    }
    soak.changes++;
}
