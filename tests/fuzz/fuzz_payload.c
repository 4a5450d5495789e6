/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is inside SK: a peer that has the keys sends any chain of payloads, as a request or as an
 * answer to one, before it is authenticated and after. Input: flags (0: to the initiator, 1: before
 * IKE_AUTH, 2: an answer, 3: a fragment), exchange, type of the first payload, the chain.
 */
#include <assert.h>
#include <string.h>

#include "ctrl/sa/state.h"
#include "ctrl/wire/sk.h"
#include "tests/ctrl/exchange/lab.h"
#include "tests/fuzz/fuzz.h"

#define TO_INITIATOR 1
#define EARLY        2
#define RESPONSE     4
#define IN_FRAGMENTS 8

static struct lab lab;

/* Keeps IKE_AUTH from arriving, so that both sides stay before it. */
static bool only_init(struct lab *l, unsigned from, uint8_t *data, size_t *len)
{
    (void)l;
    (void)from;
    return *len > 18 && data[18] == IKE_SA_INIT;
}

static void send_chain(unsigned flags, uint8_t exchange, uint8_t first, const struct feed *chain)
{
    unsigned to = !(flags & TO_INITIATOR);
    struct ike_sa *sa = lab.side[!to].m->sas, *victim = lab.side[to].m->sas;
    const struct endpoint end[2] = {{{ESPL_IPV4, {10, 99, 0, 1}}, 500},
                                    {{ESPL_IPV4, {10, 99, 0, 2}}, 500}};
    uint8_t body[IKE_MESSAGE_MAX], out[2 * IKE_MESSAGE_MAX];
    bool response = flags & RESPONSE;
    struct chain c;
    if (!sa || !victim)
        return;
    const struct ike_header h = {
        .spi_i = to ? sa->spi_own : sa->spi_peer,
        .spi_r = to ? sa->spi_peer : sa->spi_own,
        .exchange = exchange,
        .flags = (uint8_t)((to ? IKE_FLAG_INITIATOR : 0) | (response ? IKE_FLAG_RESPONSE : 0)),
        .id = response ? victim->pending.id : victim->next_in,
    };
    struct cipher_key *key = to ? &sa->keys.from_i : &sa->keys.from_r;
    chain_begin(&c, body, sizeof body);
    wr_bytes(&c.w, chain->data, chain->len < 1024 ? chain->len : 1024);
    c.first = first;
    size_t len = flags & IN_FRAGMENTS ? sk_seal_fragments(key, &h, &c, 200, out, sizeof out)
                                      : sk_seal(key, &h, &c, out, IKE_MESSAGE_MAX);
    for (size_t at = 0; at + IKE_HEADER_LEN <= len;) {
        size_t one = (size_t)out[at + 24] << 24 | (size_t)out[at + 25] << 16 |
                     (size_t)out[at + 26] << 8 | out[at + 27];
        lab_inject(&lab, to, &end[!to], &end[to], out + at, one);
        at += one;
    }
    lab.cut[!to] = true; /* the true messages must not come first */
    lab_run(&lab, 30);
    lab.cut[!to] = false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const struct lab_conf conf = {.proposals = "aes256gcm16-prfsha384-x25519"};
    struct feed f = {data, len};
    uint8_t flags = feed_u8(&f), exchange = feed_u8(&f), first = feed_u8(&f);
    lab_init(&lab, &conf, &conf);
    if (flags & EARLY)
        lab.tap = only_init;
    ike_manager_initiate(lab.side[0].m, "net", "net");
    lab_run(&lab, 100);
    lab.tap = NULL;
    if ((flags & (EARLY | RESPONSE)) == RESPONSE) /* something to answer */
        ike_manager_rekey_child(lab.side[!(flags & TO_INITIATOR)].m, "net");
    send_chain(flags, exchange, first, &f);
    lab_run(&lab, 200);
    lab_free(&lab);
    return 0;
}
