/* SPDX-License-Identifier: Apache-2.0 */
/* Making and judging proposals. See offer.h. */
#include "ctrl/sa/offer.h"

static void add(struct proposal *p, unsigned type, uint16_t id, uint16_t key_bits)
{
    if (p->count < PROPOSAL_TRANSFORMS)
        p->transforms[p->count++] =
            (struct transform){.type = (uint8_t)type, .id = id, .key_bits = key_bits};
}

static size_t count_type(const struct proposal *p, unsigned type)
{
    size_t n = 0;
    for (size_t i = 0; i < p->count; i++)
        n += p->transforms[i].type == type;
    return n;
}

static void add_prfs(struct proposal *p, const struct config_proposal *c)
{
    for (size_t i = 0; i < c->prf_count; i++)
        if (alg_prf(c->prf[i]))
            add(p, TRANSFORM_PRF, c->prf[i], 0);
    /* "aes256-sha256-modp2048" means the PRF of that hash too, as in swanctl.conf */
    for (size_t i = 0; c->prf_count == 0 && i < c->integ_count; i++)
        if (alg_integ(c->integ[i]))
            add(p, TRANSFORM_PRF, alg_prf_of_integ(c->integ[i]), 0);
}

static void add_groups(struct proposal *p, const struct config_proposal *c)
{
    for (size_t i = 0; i < c->ke_count; i++)
        if (alg_group(c->ke[i]))
            add(p, TRANSFORM_KE, c->ke[i], 0);
}

static void add_ike(struct sa_payload *out, const struct config_proposal *c, bool aead,
                    uint64_t spi)
{
    struct proposal p = {.protocol = PROTO_IKE, .spi = spi, .spi_len = spi ? 8 : 0};
    for (size_t i = 0; i < c->encr_count; i++)
        if (alg_encr(c->encr[i].id, c->encr[i].key_bits) && alg_is_aead(c->encr[i].id) == aead)
            add(&p, TRANSFORM_ENCR, c->encr[i].id, c->encr[i].key_bits);
    for (size_t i = 0; !aead && i < c->integ_count; i++)
        if (alg_integ(c->integ[i]))
            add(&p, TRANSFORM_INTEG, c->integ[i], 0);
    add_prfs(&p, c);
    add_groups(&p, c);
    if (!count_type(&p, TRANSFORM_ENCR) || !count_type(&p, TRANSFORM_PRF) ||
        !count_type(&p, TRANSFORM_KE) || (!aead && !count_type(&p, TRANSFORM_INTEG)) ||
        out->count == SA_PROPOSALS)
        return;
    p.number = (uint8_t)(out->count + 1);
    out->proposals[out->count++] = p;
}

void offer_ike(const struct config_conn *conn, uint64_t spi, struct sa_payload *out)
{
    out->count = 0;
    for (size_t i = 0; i < conn->proposal_count; i++) {
        add_ike(out, &conn->proposals[i], true, spi);
        add_ike(out, &conn->proposals[i], false, spi);
    }
}

/* RFC 4303 3.3.3: extended numbers are not negotiated without a replay window. RFC 7296 3.3.2: that
 * there are none is said aloud. */
static void add_esn(struct proposal *p, const struct config_proposal *c,
                    const struct config_child *child, const struct dp_caps *caps)
{
    for (size_t i = 0; i < c->esn_count; i++)
        if (!c->esn[i] || (caps->esn && child->replay_window))
            add(p, TRANSFORM_ESN, c->esn[i], 0);
    if (!c->esn_count)
        add(p, TRANSFORM_ESN, 0, 0);
}

void offer_esp(const struct config_child *child, const struct dp_caps *caps, uint32_t spi,
               bool with_ke, struct sa_payload *out)
{
    out->count = 0;
    for (size_t i = 0; i < child->proposal_count; i++) {
        const struct config_proposal *c = &child->proposals[i];
        struct proposal p = {.protocol = PROTO_ESP, .spi = spi, .spi_len = 4};
        for (size_t j = 0; j < c->encr_count; j++)
            if (c->encr[j].id == ENCR_AES_GCM_16 && ((c->encr[j].key_bits == 128 && caps->gcm128) ||
                                                     (c->encr[j].key_bits == 256 && caps->gcm256)))
                add(&p, TRANSFORM_ENCR, c->encr[j].id, c->encr[j].key_bits);
        if (with_ke)
            add_groups(&p, c);
        add_esn(&p, c, child, caps);
        if (!count_type(&p, TRANSFORM_ENCR) || !count_type(&p, TRANSFORM_ESN))
            continue;
        p.number = (uint8_t)(out->count + 1);
        out->proposals[out->count++] = p;
    }
}

uint16_t offer_group(const struct sa_payload *offer)
{
    for (size_t i = 0; offer->count && i < offer->proposals[0].count; i++)
        if (offer->proposals[0].transforms[i].type == TRANSFORM_KE)
            return offer->proposals[0].transforms[i].id;
    return KE_NONE;
}

bool offer_has_group(const struct sa_payload *offer, uint16_t group)
{
    for (size_t i = 0; i < offer->count; i++)
        for (size_t j = 0; j < offer->proposals[i].count; j++)
            if (offer->proposals[i].transforms[j].type == TRANSFORM_KE &&
                offer->proposals[i].transforms[j].id == group)
                return true;
    return false;
}

static const struct transform *find(const struct proposal *p, unsigned type, unsigned id,
                                    unsigned key_bits)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct transform *t = &p->transforms[i];
        if (t->type == type && t->id == id && t->key_bits == key_bits && !t->unusable)
            return t;
    }
    return NULL;
}

static void note(struct suite *s, const struct transform *t)
{
    switch (t->type) {
    case TRANSFORM_ENCR:
        s->encr = t->id;
        s->key_bits = t->key_bits;
        break;
    case TRANSFORM_PRF:
        s->prf = t->id;
        break;
    case TRANSFORM_INTEG:
        s->integ = t->id;
        break;
    case TRANSFORM_KE:
        s->ke = t->id;
        break;
    case TRANSFORM_ESN:
        s->esn = t->id;
        break;
    default:
        break;
    }
}

/* One type: the first of ours that they have too. Not offering integrity, key exchange or ESN is
 * the same as offering NONE, which has the number 0 in all three (RFC 7296 3.3.3). */
static bool choose_type(const struct proposal *ours, const struct proposal *theirs, unsigned type,
                        struct proposal *answer, struct suite *suite)
{
    bool may_be_none = type == TRANSFORM_INTEG || type == TRANSFORM_KE || type == TRANSFORM_ESN;
    bool have = count_type(ours, type) > 0, they_have = count_type(theirs, type) > 0;
    const struct transform *t = NULL;
    if (!have && !they_have)
        return true;
    if (have && !they_have)
        return may_be_none && find(ours, type, 0, 0);
    if (!have)
        t = may_be_none ? find(theirs, type, 0, 0) : NULL;
    for (size_t i = 0; !t && i < ours->count; i++)
        if (ours->transforms[i].type == type)
            t = find(theirs, type, ours->transforms[i].id, ours->transforms[i].key_bits);
    if (!t)
        return false;
    add(answer, type, t->id, t->key_bits);
    note(suite, t);
    return true;
}

static bool choose_one(const struct proposal *ours, const struct proposal *theirs, bool ignore_ke,
                       struct suite *suite, struct proposal *answer)
{
    *suite = (struct suite){0};
    *answer = (struct proposal){.number = theirs->number,
                                .protocol = theirs->protocol,
                                .spi = theirs->spi,
                                .spi_len = theirs->spi_len};
    if (ours->protocol != theirs->protocol || ours->spi_len != theirs->spi_len ||
        (theirs->spi_len && theirs->spi == 0))
        return false;
    for (size_t i = 0; i < theirs->count; i++) /* RFC 7296 3.3.6: a type not understood */
        if (theirs->transforms[i].type < TRANSFORM_ENCR ||
            theirs->transforms[i].type > TRANSFORM_ESN)
            return false;
    for (unsigned type = TRANSFORM_ENCR; type <= TRANSFORM_ESN; type++)
        if (!(type == TRANSFORM_KE && ignore_ke) && !choose_type(ours, theirs, type, answer, suite))
            return false;
    return true;
}

bool offer_choose(const struct sa_payload *ours, const struct sa_payload *theirs, bool ignore_ke,
                  struct suite *suite, struct proposal *answer)
{
    for (size_t i = 0; i < ours->count; i++)
        for (size_t j = 0; j < theirs->count; j++)
            if (choose_one(&ours->proposals[i], &theirs->proposals[j], ignore_ke, suite, answer))
                return true;
    return false;
}

bool offer_accepts(const struct sa_payload *ours, const struct sa_payload *answer, bool ignore_ke,
                   struct suite *suite, uint64_t *spi)
{
    struct proposal chosen;
    if (answer->count != 1 || !offer_choose(ours, answer, ignore_ke, suite, &chosen))
        return false;
    *spi = answer->proposals[0].spi;
    for (unsigned type = TRANSFORM_ENCR; type <= TRANSFORM_ESN; type++)
        if (count_type(&answer->proposals[0], type) > 1)
            return false;
    return true;
}

bool offer_allows(const struct sa_payload *ours, const struct suite *s)
{
    for (size_t i = 0; i < ours->count; i++) {
        const struct proposal *p = &ours->proposals[i];
        if (find(p, TRANSFORM_ENCR, s->encr, s->key_bits) && find(p, TRANSFORM_PRF, s->prf, 0) &&
            find(p, TRANSFORM_KE, s->ke, 0) && (!s->integ || find(p, TRANSFORM_INTEG, s->integ, 0)))
            return true;
    }
    return false;
}
