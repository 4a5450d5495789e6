/* SPDX-License-Identifier: Apache-2.0 */
/* What must leave, and does it? (see soak.h) */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/soak/soak.h"

struct expected {
    struct expected *next;
    struct soak_flow *flow; /* not NULL: data is an inner packet */
    int tci;
    size_t len;
    uint8_t data[];
};

struct queue {
    struct expected *head, *tail;
};

static struct queue queues[ENGINE_PORTS][ENGINE_PORTS]; /* out, in */

static void append(struct queue *q, struct soak_flow *flow, const uint8_t *data, size_t len,
                   int tci)
{
    struct expected *e = malloc(sizeof *e + len);
    assert_non_null(e);
    *e = (struct expected){.flow = flow, .tci = tci, .len = len};
    memcpy(e->data, data, len);
    if (q->tail)
        q->tail->next = e;
    else
        q->head = e;
    q->tail = e;
}

void expect_frame(enum engine_port to, enum engine_port from, const uint8_t *frame, size_t len)
{
    append(&queues[to][from], NULL, frame, len, -1);
}

void expect_sealed(enum engine_port from, struct soak_flow *flow, const uint8_t *ip, size_t len,
                   int tci)
{
    append(&queues[ENGINE_CIPHER][from], flow, ip, len, tci);
}

/* ------------------------------------------------------------------ frames */

static bool same(const struct frame *got, const uint8_t *want, size_t len)
{
    if (got->len < len || memcmp(got->data, want, len) != 0)
        return false;
    for (size_t i = len; i < got->len; i++) /* Ethernet's padding */
        if (got->data[i] != 0)
            return false;
    return true;
}

static bool sealed_by(struct esp_model_sa sa, uint64_t seq, const struct expected *e,
                      const struct frame *got)
{
    static uint8_t frame[ESP_MODEL_MAX];
    sa.tagged = e->tci >= 0;
    sa.tci = (uint16_t)e->tci;
    size_t len = esp_model_encap(&sa, seq, e->data, e->len, NULL, frame);
    assert_true(len > 0);
    return same(got, frame, len);
}

/* The flow's next packet, by the SA as it was or, from here on, as it was changed */
static bool next_of_flow(const struct expected *e, const struct frame *got)
{
    struct soak_flow *s = e->flow;
    if (sealed_by(s->f.out, s->f.out_seq + 1, e, got)) {
        s->f.out_seq++;
        return true;
    }
    if (!s->changing || !sealed_by(s->next, s->fresh ? 1 : s->f.out_seq + 1, e, got))
        return false;
    s->f.out = s->next;
    s->f.out_seq = s->fresh ? 1 : s->f.out_seq + 1;
    s->changing = false;
    return true;
}

static bool take(struct queue *q, const struct frame *got)
{
    struct expected *e = q->head;
    if (!e || !(e->flow ? next_of_flow(e, got) : same(got, e->data, e->len)))
        return false;
    q->head = e->next;
    if (!q->head)
        q->tail = NULL;
    free(e);
    return true;
}

static void tell(const char *what, const uint8_t *data, size_t len)
{
    print_error("%s, %zu bytes:", what, len);
    for (size_t i = 0; i < len && i < 96; i++)
        print_error("%s%02x", i % 16 ? " " : "\n    ", data[i]);
    print_error("\n");
}

static void complain(enum engine_port port, const struct frame *got)
{
    static const char *const names[] = {"plain", "cipher", "host0", "host1"};
    tell("came", got->data, got->len);
    for (unsigned from = 0; from < ENGINE_PORTS; from++) {
        const struct expected *e = queues[port][from].head;
        if (e && e->flow)
            print_error("a flow of %s%s%s%s%s%s%s, number %llu, changing %d\n",
                        e->flow->kind.transport ? "transport " : "tunnel ",
                        e->flow->kind.gmac ? "gmac " : "", e->flow->kind.esn ? "esn " : "",
                        e->flow->kind.encap ? "udp " : "",
                        e->flow->kind.outer_v6 ? "over IPv6 " : "",
                        e->flow->kind.inner_v6 ? "of IPv6 " : "", e->tci >= 0 ? "tagged" : "",
                        (unsigned long long)e->flow->f.out_seq + 1, e->flow->changing);
        if (e)
            tell(names[from], e->data, e->len);
    }
    fail_msg("a frame left by %s that nobody waits for", names[port]);
}

void expect_judge(void)
{
    for (unsigned port = 0; port < ENGINE_PORTS; port++)
        for (struct frame *got; (got = engine_take((enum engine_port)port)) != NULL;) {
            bool right = false;
            for (unsigned from = 0; from < ENGINE_PORTS && !right; from++)
                right = take(&queues[port][from], got);
            if (!right)
                complain((enum engine_port)port, got);
            frame_free(got);
        }
}

bool expect_nothing(void)
{
    for (unsigned to = 0; to < ENGINE_PORTS; to++)
        for (unsigned from = 0; from < ENGINE_PORTS; from++)
            if (queues[to][from].head)
                return false;
    return true;
}

/* ------------------------------------------------------------------ counters */

/* Bytes, and how late late packets were, are judged by the tests of the stages that count them. */
static bool compared(unsigned counter)
{
    return counter != ESPL_CNT_OUT_ENCRYPTED_BYTES && counter != ESPL_CNT_IN_DECRYPTED_BYTES &&
           (counter >= ESPL_CNT_PLAIN_DROP_ERROR || counter % 2 == 0) &&
           (counter < ESPL_CNT_IN_LATE_64 || counter > ESPL_CNT_IN_LATE_MORE);
}

#define COUNTER(index, name) {index, name},

void expect_counters(void)
{
    static const struct {
        unsigned index;
        const char *name;
    } all[] = {ESPL_COUNTERS(COUNTER)};
    uint64_t *auth = &soak.want[ESPL_CNT_IN_DROP_AUTH];
    bool wrong = false;
    host_cycles(&engine.host, 600); /* the counters' walk */
    for (; soak.auth_or_replay; soak.auth_or_replay--)
        if (host_counter(&engine.host, ESPL_CNT_IN_DROP_AUTH) > *auth)
            ++*auth;
        else
            soak.want[ESPL_CNT_IN_DROP_REPLAY]++;
    for (unsigned port = 0; port < ENGINE_PORTS; port++)
        soak.want[ESPL_CNT_PLAIN_TX_FRAMES + 4 * port] = engine.out[port].frames;
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
        uint64_t value = host_counter(&engine.host, all[i].index);
        if (!compared(all[i].index) || value == soak.want[all[i].index])
            continue;
        print_error("%s is %llu, not %llu\n", all[i].name, (unsigned long long)value,
                    (unsigned long long)soak.want[all[i].index]);
        wrong = true;
    }
    assert_false(wrong);
}
