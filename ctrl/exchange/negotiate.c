/* SPDX-License-Identifier: Apache-2.0 */
/* Two sides agree on a CHILD_SA. See negotiate.h. */
#include "ctrl/exchange/negotiate.h"

#include <string.h>

#include "ctrl/exchange/traffic.h"
#include "ctrl/log/log.h"
#include "ctrl/sa/child_sa.h"
#include "ctrl/sa/narrow.h"
#include "ctrl/sa/offer.h"
#include "ctrl/sa/text.h"

#define NONCE_LEN 32

/* Our half of the key exchange: the group that the peer asked for, else the one that worked last
 * time, else the offer's first. */
static bool offer_key(struct ike_sa *sa, const struct sa_payload *offer, const struct child_sa *old,
                      struct chain *c)
{
    struct pending *p = &sa->pending;
    uint16_t group = p->task.group ? p->task.group : old ? old->suite.ke : KE_NONE;
    if (!offer_has_group(offer, group))
        group = offer_group(offer);
    uint8_t public[DH_PUBLIC_MAX];
    if (group == KE_NONE)
        return true;
    if (dh_init(&p->dh, group) != CRYPTO_OK || dh_public(&p->dh, public) != CRYPTO_OK)
        return false;
    ke_write(c, group, (struct bytes){public, p->dh.group->public_len});
    return true;
}

bool negotiate_offer(struct ike_sa *sa, const struct config_child *conf, unsigned pair,
                     const struct child_sa *old, struct chain *c)
{
    struct pending *p = &sa->pending;
    struct dataplane *dp = sa->m->dp;
    struct sa_payload offer;
    bool in_auth = p->task.kind == TASK_AUTH;
    const char *lack = traffic_offer(sa, conf, pair, old);
    if (lack) {
        log_info("%s[%u]: %s: %s", sa->conn->name, sa->number, conf->name, lack);
        return false;
    }
    if (dp->ops->alloc_spi(dp, &p->spi) != DP_OK) {
        log_info("%s[%u]: %s: no SPI: %s", sa->conn->name, sa->number, conf->name,
                 dp->ops->error(dp));
        p->spi = 0;
        return false;
    }
    offer_esp(conf, &sa->m->caps, p->spi, !in_auth, &offer);
    if (offer.count == 0) {
        log_info("%s[%u]: %s: the card has none of its esp_proposals", sa->conn->name, sa->number,
                 conf->name);
        return false;
    }
    sa_write(c, &offer);
    if (!in_auth) {
        p->ni.len = NONCE_LEN;
        if (!random_bytes(p->ni.data, NONCE_LEN))
            return false;
        nonce_write(c, (struct bytes){p->ni.data, p->ni.len});
        if (!offer_key(sa, &offer, old, c))
            return false;
    }
    ts_write(c, PAYLOAD_TSI, &p->local, 1);
    ts_write(c, PAYLOAD_TSR, &p->remote, 1);
    if (traffic_transport(sa, conf, &p->local, &p->remote))
        notify_write(c, USE_TRANSPORT_MODE, (struct bytes){0});
    return true;
}

/* What a message says about a CHILD_SA. */
struct said {
    struct sa_payload sa;
    struct ts_payload tsi, tsr;
    struct bytes nonce;
    struct ke ke;
    bool has_ke, transport;
};

static bool read_message(const struct message *msg, bool in_auth, struct said *said)
{
    const struct payload *sa = message_find(msg, PAYLOAD_SA), *tsi = message_find(msg, PAYLOAD_TSI),
                         *tsr = message_find(msg, PAYLOAD_TSR),
                         *nonce = message_find(msg, PAYLOAD_NONCE),
                         *ke = message_find(msg, PAYLOAD_KE);
    struct notify mode;
    said->has_ke = ke && !in_auth;
    said->transport = notify_find(msg, USE_TRANSPORT_MODE, &mode);
    return sa && tsi && tsr && sa_parse(sa, &said->sa) == WIRE_OK &&
           ts_parse(tsi, &said->tsi) == WIRE_OK && ts_parse(tsr, &said->tsr) == WIRE_OK &&
           (in_auth || (nonce && nonce_parse(nonce, &said->nonce) == WIRE_OK)) &&
           (!said->has_ke || ke_parse(ke, &said->ke) == WIRE_OK);
}

struct choice {
    const struct config_child *conf;
    unsigned pair;
    struct ts local, remote;
    struct suite suite;
    struct proposal answer;
    struct traffic_real real; /* transport mode behind a NAT; family 0: as they are seen */
    bool transport, more; /* more: what the peer offered is more than one pair of prefixes */
};

/* The first configured child whose selectors and proposals both have something in common with
 * theirs. */
static unsigned choose(const struct ike_sa *sa, const struct said *said,
                       const struct negotiation *n, struct choice *c)
{
    unsigned why = TS_UNACCEPTABLE;
    const struct ts_hosts hosts = traffic_hosts(sa);
    for (const struct config_child *conf = sa->conn->children; conf; conf = conf->next) {
        struct sa_payload ours;
        if (n->conf ? conf != n->conf : conf->retired)
            continue;
        /* RFC 7296 2.9: TSi is the initiator's side, here the remote one */
        if (!narrow_choose(conf, &hosts, &said->tsr, &said->tsi, &c->local, &c->remote, &c->pair))
            continue;
        why = NO_PROPOSAL_CHOSEN;
        offer_esp(conf, &sa->m->caps, 0, !n->in_auth, &ours);
        if (offer_choose(&ours, &said->sa, n->in_auth, &c->suite, &c->answer)) {
            c->conf = conf;
            return NOTIFY_NONE;
        }
    }
    return why;
}

/* Transport mode where it can be, else what the peer offered as it stands (RFC 7296 2.23.1). */
static unsigned choose_mode(const struct ike_sa *sa, struct said *said, const struct negotiation *n,
                            struct choice *c)
{
    struct said seen = *said;
    if (said->transport && traffic_undo_nat(sa, &seen.tsr, &seen.tsi, &c->real)) {
        unsigned why = choose(sa, &seen, n, c);
        c->transport =
            why == NOTIFY_NONE && traffic_transport(sa, c->conf, &c->local, &c->remote);
        if (c->transport) {
            *said = seen;
            return NOTIFY_NONE;
        }
        said->transport = false;
    }
    c->real = (struct traffic_real){.local = {.family = 0}};
    unsigned why = choose(sa, said, n, c);
    c->transport = why == NOTIFY_NONE && said->transport &&
                   traffic_transport(sa, c->conf, &c->local, &c->remote);
    return why;
}

static unsigned answer_key(const struct suite *suite, const struct said *said,
                           struct negotiation *n, struct dh *dh, struct dh_secret *shared)
{
    if (suite->ke == KE_NONE)
        return NOTIFY_NONE;
    if (!said->has_ke || said->ke.group != suite->ke) { /* RFC 7296 1.3 */
        n->group = suite->ke;
        return INVALID_KE_PAYLOAD;
    }
    if (dh_init(dh, suite->ke) != CRYPTO_OK)
        return TEMPORARY_FAILURE;
    enum crypto_err err = dh_shared(dh, said->ke.data.p, said->ke.data.n, shared);
    return err == CRYPTO_INVALID ? INVALID_SYNTAX
           : err == CRYPTO_OK    ? NOTIFY_NONE
                                 : TEMPORARY_FAILURE;
}

static void write_answer(const struct choice *ch, const struct child_sa *child, const struct dh *dh,
                         const struct nonce *nr, const uint8_t *public, struct chain *c)
{
    struct sa_payload answer = {.count = 1};
    answer.proposals[0] = ch->answer;
    answer.proposals[0].spi = child->dp.spi_in;
    sa_write(c, &answer);
    if (nr)
        nonce_write(c, (struct bytes){nr->data, nr->len});
    if (dh->key)
        ke_write(c, dh->group->id, (struct bytes){public, dh->group->public_len});
    ts_write(c, PAYLOAD_TSI, &ch->remote, 1);
    ts_write(c, PAYLOAD_TSR, &ch->local, 1);
    if (ch->transport)
        notify_write(c, USE_TRANSPORT_MODE, (struct bytes){0});
    if (ch->more) /* RFC 7296 2.9: another CHILD_SA could have the rest */
        notify_write(c, ADDITIONAL_TS_POSSIBLE, (struct bytes){0});
}

static bool nonce_set(struct nonce *n, struct bytes from)
{
    if (from.n > sizeof n->data)
        return false;
    n->len = from.n;
    memcpy(n->data, from.p, from.n);
    return true;
}

/* The child_sa of a choice, with SPIs and keys; NULL: no memory, SPI or keys. */
static struct child_sa *make_child(struct ike_sa *sa, const struct choice *ch,
                                   const struct negotiation *n, const struct dh_secret *shared,
                                   const struct nonce *ni, const struct nonce *nr)
{
    struct dataplane *dp = sa->m->dp;
    struct child_sa *child = child_new(ch->conf, ch->pair);
    if (!child)
        return NULL;
    child->suite = ch->suite;
    child->replaces = n->replaces;
    child->dp.mode = ch->transport ? DP_TRANSPORT : DP_TUNNEL;
    child->dp.spi_out = (uint32_t)ch->answer.spi;
    if (dp->ops->alloc_spi(dp, &child->dp.spi_in) != DP_OK) {
        log_peer("%s[%u]: %s: no SPI: %s", sa->conn->name, sa->number, ch->conf->name,
                 dp->ops->error(dp));
        child_free(child);
        return NULL;
    }
    child_place(sa, child, &ch->local, &ch->remote);
    if (ch->transport)
        child->dp.csum_delta = traffic_csum_delta(sa, &ch->real);
    if (child_derive(sa, child, ch->suite.ke ? shared : NULL, ni, nr, false) != CRYPTO_OK) {
        dp->ops->release_spi(dp, child->dp.spi_in);
        child_free(child);
        return NULL;
    }
    /* RFC 7296 2.8: when it replaces another, send with it only when the peer shows that it can
     * receive */
    child->out_waits = n->replaces != 0;
    return child;
}

unsigned negotiate_answer(struct ike_sa *sa, const struct message *msg, struct negotiation *n,
                          struct chain *c)
{
    struct said said;
    struct choice ch = {0};
    struct dh dh = {0};
    struct dh_secret shared = {.len = 0};
    struct nonce ni, nr = {.len = NONCE_LEN};
    uint8_t public[DH_PUBLIC_MAX];
    unsigned why;
    n->child = NULL;
    if (!read_message(msg, n->in_auth, &said) || (!n->in_auth && !nonce_set(&ni, said.nonce)))
        return INVALID_SYNTAX;
    const char *lack = traffic_lacks(sa);
    if (lack) {
        log_peer("%s[%u]: %s", sa->conn->name, sa->number, lack);
        return NO_PROPOSAL_CHOSEN;
    }
    traffic_within_card(sa, &said.tsi);
    traffic_within_card(sa, &said.tsr);
    if ((why = choose_mode(sa, &said, n, &ch)) != NOTIFY_NONE)
        return why;
    ch.more = traffic_more(&said.tsr, &ch.local) || traffic_more(&said.tsi, &ch.remote);
    if (!n->in_auth && !random_bytes(nr.data, nr.len))
        return TEMPORARY_FAILURE;
    if ((why = answer_key(&ch.suite, &said, n, &dh, &shared)) != NOTIFY_NONE)
        goto out;
    why = TEMPORARY_FAILURE;
    if (dh.key && dh_public(&dh, public) != CRYPTO_OK)
        goto out;
    why = NO_ADDITIONAL_SAS; /* RFC 7296 1.3: what is lacking is room */
    struct child_sa *child =
        make_child(sa, &ch, n, &shared, n->in_auth ? &sa->ni : &ni, n->in_auth ? &sa->nr : &nr);
    if (!child)
        goto out;
    if (!child_install(sa, child)) {
        if (child->dp.spi_in)
            sa->m->dp->ops->release_spi(sa->m->dp, child->dp.spi_in);
        child_free(child);
        goto out;
    }
    n->child = child;
    write_answer(&ch, child, &dh, n->in_auth ? NULL : &nr, public, c);
    why = NOTIFY_NONE;
out:
    dh_clear(&dh);
    dh_secret_clear(&shared);
    return why;
}

/* Is the answer within the offer? */
static unsigned judge(struct ike_sa *sa, struct said *said, const struct negotiation *n,
                      struct choice *ch)
{
    struct sa_payload offer;
    uint64_t spi;
    struct pending *p = &sa->pending;
    offer_esp(n->conf, &sa->m->caps, p->spi, !n->in_auth, &offer);
    if (!offer_accepts(&offer, &said->sa, n->in_auth, &ch->suite, &spi) || spi == 0)
        return NO_PROPOSAL_CHOSEN;
    ch->answer.spi = spi;
    if (n->in_auth && sa->vip_owns) /* now the virtual address is known */
        traffic_offer_again(sa, n->conf, n->pair);
    /* RFC 7296 1.3.1: without the notify in the answer it is tunnel mode, and that will do */
    ch->transport = traffic_transport(sa, n->conf, &p->local, &p->remote) && said->transport;
    if (ch->transport)
        (void)traffic_undo_nat(sa, &said->tsi, &said->tsr, &ch->real);
    if (!narrow_accept(&p->local, &p->remote, &said->tsi, &said->tsr, &ch->local, &ch->remote))
        return TS_UNACCEPTABLE;
    if (ch->suite.ke && (!said->has_ke || !p->dh.key || said->ke.group != p->dh.group->id ||
                         ch->suite.ke != said->ke.group))
        return INVALID_SYNTAX;
    return NOTIFY_NONE;
}

unsigned negotiate_accept(struct ike_sa *sa, const struct message *msg, struct negotiation *n)
{
    struct said said;
    struct choice ch = {.conf = n->conf, .pair = n->pair};
    struct dh_secret shared = {.len = 0};
    struct pending *p = &sa->pending;
    struct nonce nr;
    unsigned why;
    n->child = NULL;
    if (!read_message(msg, n->in_auth, &said) || (!n->in_auth && !nonce_set(&nr, said.nonce)))
        return INVALID_SYNTAX;
    const struct nonce *ni = n->in_auth ? &sa->ni : &p->ni, *r = n->in_auth ? &sa->nr : &nr;
    n->lowest = nonce_lower(ni, r) ? *ni : *r;
    why = judge(sa, &said, n, &ch);
    n->spi_out = (uint32_t)ch.answer.spi;
    if (why != NOTIFY_NONE || n->keep_out)
        return why;
    if (ch.suite.ke && dh_shared(&p->dh, said.ke.data.p, said.ke.data.n, &shared) != CRYPTO_OK)
        return INVALID_SYNTAX;
    why = TEMPORARY_FAILURE;
    struct child_sa *child = child_new(n->conf, n->pair);
    if (!child)
        goto out;
    child->suite = ch.suite;
    child->replaces = n->replaces;
    child->dp.mode = ch.transport ? DP_TRANSPORT : DP_TUNNEL;
    child->dp.spi_in = p->spi;
    child->dp.spi_out = (uint32_t)ch.answer.spi;
    child_place(sa, child, &ch.local, &ch.remote);
    if (ch.transport)
        child->dp.csum_delta = traffic_csum_delta(sa, &ch.real);
    if (child_derive(sa, child, ch.suite.ke ? &shared : NULL, ni, r, true) == CRYPTO_OK &&
        child_install(sa, child)) {
        p->spi = 0;
        n->child = child;
        why = NOTIFY_NONE;
        goto out;
    }
    p->spi = child->dp.spi_in; /* 0 when its reservation went with the failed installation */
    child_free(child);
out:
    dh_secret_clear(&shared);
    return why;
}
