/* SPDX-License-Identifier: Apache-2.0 */
/* See lab.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctrl/exchange/exchange.h"
#include "ctrl/log/log.h"
#include "ctrl/wire/cursor.h"
#include "ctrl/wire/ike.h"
#include "tests/ctrl/exchange/lab.h"

#define TRAFFIC_MS 10

uint32_t lab_random(struct lab *lab)
{
    lab->seed ^= lab->seed << 13;
    lab->seed ^= lab->seed >> 17;
    lab->seed ^= lab->seed << 5;
    return lab->seed;
}

static uint64_t now(void *user)
{
    return ((struct lab_side *)user)->lab->now;
}

static struct lab_packet *slot(struct lab *lab)
{
    for (size_t i = 0; i < LAB_PACKETS; i++)
        if (!lab->packets[i].used)
            return &lab->packets[i];
    fail_msg("the network is full");
    return NULL;
}

static uint64_t delay(struct lab *lab)
{
    return lab->delay_min + lab_random(lab) % (lab->delay_max - lab->delay_min + 1);
}

void lab_inject(struct lab *lab, unsigned to, const struct endpoint *src,
                const struct endpoint *dst, const uint8_t *data, size_t len)
{
    struct lab_packet *p = slot(lab);
    *p = (struct lab_packet){
        .used = true, .at = lab->now + delay(lab), .to = to, .src = *src, .dst = *dst, .len = len};
    /* its own allocation, so that an overrun is seen; not malloc, which a test may make fail */
    p->data = aligned_alloc(1, len ? len : 1);
    assert_non_null(p->data);
    memcpy(p->data, data, len);
}

/* A's NAT: one address, ports moved. */
static void translate(const struct lab *lab, unsigned from, struct endpoint *src,
                      struct endpoint *dst)
{
    if (!lab->nat)
        return;
    struct endpoint *inner = from == 0 ? src : dst;
    inner->addr.bytes[3] = from == 0 ? 9 : 1;
    inner->port =
        (uint16_t)(from == 0 ? inner->port + lab->nat_shift : inner->port - lab->nat_shift);
}

static void send(void *user, const struct endpoint *src, const struct endpoint *dst,
                 const uint8_t *data, size_t len)
{
    struct lab_side *s = user;
    struct lab *lab = s->lab;
    uint8_t copy[IKE_MESSAGE_MAX];
    struct endpoint from = *src, to = *dst;
    assert_true(len <= sizeof copy && len >= IKE_HEADER_LEN);
    if (s->sent < 64)
        s->sent_at[s->sent] = lab->now;
    s->sent++;
    memcpy(copy, data, len);
    translate(lab, s->index, &from, &to);
    if (lab->tap && !lab->tap(lab, s->index, copy, &len))
        return;
    if (lab->cut[s->index])
        return;
    if (lab_random(lab) % 100 >= lab->loss)
        lab_inject(lab, !s->index, &from, &to, copy, len);
    if (lab_random(lab) % 100 < lab->dup)
        lab_inject(lab, !s->index, &from, &to, copy, len);
}

static void event(void *user, const struct ike_event *e)
{
    struct lab_side *s = user;
    s->events[e->kind]++;
    snprintf(s->last[e->kind], sizeof s->last[e->kind], "%s", e->text ? e->text : "");
    if (e->kind == IKE_EVENT_CHILD_UP)
        snprintf(s->proposal, sizeof s->proposal, "%s", e->proposal);
}

static bool source(void *user, const struct espl_addr *remote, struct espl_addr *local)
{
    const struct lab_side *s = user;
    *local = s->addr;
    return s->addr.family == remote->family;
}

static size_t addresses(void *user, struct espl_addr *list, size_t max)
{
    const struct lab_side *s = user;
    size_t n = 0;
    list[n++] = s->addr;
    for (size_t i = 0; i < s->other_count && n < max; i++)
        list[n++] = s->others[i];
    return n;
}

static void vip(void *user, const struct espl_addr *addr, bool add)
{
    struct lab_side *s = user;
    size_t i = 0;
    while (i < s->vip_count && memcmp(&s->vips[i], addr, sizeof *addr) != 0)
        i++;
    assert_true(add || i < s->vip_count);
    if (!add)
        s->vips[i] = s->vips[--s->vip_count];
    else if (i == s->vip_count)
        s->vips[s->vip_count++] = *addr;
    assert_true(s->vip_count < 8);
}

static bool fetch(void *user, unsigned number, const char *url, const uint8_t *post, size_t len)
{
    const struct lab_side *s = user;
    return s->lab->fetch && s->lab->fetch(s->lab, s->index, number, url, post, len);
}

static struct config *configure(unsigned index, const struct lab_conf *c)
{
    const struct lab_conf none = {.proposals = NULL};
    static const char *const psk[] = {"auth = psk\n id = a.example", "auth = psk\n id = b.example"};
    char path[] = "/tmp/lab-XXXXXX", why[512];
    struct config *config = NULL;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *f = fdopen(fd, "w");
    assert_non_null(f);
    c = c ? c : &none;
    fprintf(
        f,
        "connections { net {\n version = 2\n local_addrs = 10.99.0.%u\n remote_addrs = 10.99.0.%u\n"
        " proposals = %s\n %s\n"
        " local { %s\n }\n remote { %s\n }\n"
        " children { net {\n local_ts = 10.%u.0.0/24\n remote_ts = 10.%u.0.0/24\n rand_time = 0\n "
        "%s\n } }\n"
        "} }\n%s\n%s\n",
        index + 1, 2 - index, c->proposals ? c->proposals : "aes256gcm16-prfsha384-ecp384",
        c->conn ? c->conn : "", c->local ? c->local : psk[index], c->remote ? c->remote : psk[!index], index + 1, 2 - index,
        c->child ? c->child : "esp_proposals = aes256gcm16",
        c->secrets
            ? c->secrets
            : "secrets { ike-1 { id-1 = a.example\n id-2 = b.example\n secret = moonshine } }",
        c->more ? c->more : "");
    fclose(f);
    int rc = config_load(path, &config, why, sizeof why);
    unlink(path);
    if (rc != 0)
        fail_msg("%s", why);
    return config;
}

static struct espl_selector traffic_of(unsigned index)
{
    struct espl_selector s = {.sport = {0, UINT16_MAX}, .dport = {0, UINT16_MAX}};
    s.src = (struct espl_prefix){{ESPL_IPV4, {10, (uint8_t)(index + 1)}}, 24};
    s.dst = (struct espl_prefix){{ESPL_IPV4, {10, (uint8_t)(2 - index)}}, 24};
    return s;
}

void lab_init(struct lab *lab, const struct lab_conf *a, const struct lab_conf *b)
{
    *lab = (struct lab){.now = 1000000, .seed = 2463534242u, .delay_min = 5, .delay_max = 10};
    log_init(getenv("LAB_LOG") ? stderr : NULL, true);
    for (unsigned i = 0; i < 2; i++) {
        struct lab_side *s = &lab->side[i];
        const struct lab_conf *conf = i ? b : a;
        s->signer = signer_here();
        assert_non_null(s->signer);
        const struct ike_env env = {.user = s,
                                    .signer = s->signer,
                                    .now_ms = now,
                                    .send = send,
                                    .event = event,
                                    .fetch = fetch,
                                    .source = source,
                                    .addresses = addresses,
                                    .vip = vip,
                                    .keys = conf ? conf->keys : NULL,
                                    .fragment_size = conf ? conf->fragment_size : 0};
        s->lab = lab;
        s->index = i;
        s->addr = (struct espl_addr){ESPL_IPV4, {10, 99, 0, (uint8_t)(i + 1)}};
        s->out = traffic_of(i);
        fakedp_init(&s->dp);
        s->config = configure(i, conf);
        s->m = ike_manager_new(s->config, &s->dp.dp, &env);
        assert_non_null(s->m);
    }
}

void lab_free(struct lab *lab)
{
    for (unsigned i = 0; i < 2; i++) {
        struct lab_side *s = &lab->side[i];
        ike_manager_free(s->m);
        config_unref(s->config);
        signer_free(s->signer);
        assert_int_equal(fakedp_count(&s->dp), 0);
        assert_int_equal(s->dp.wrong, 0);
        assert_int_equal(s->vip_count, 0);
        assert_int_equal(s->dp.trap_count, 0);
    }
    for (size_t i = 0; i < LAB_PACKETS; i++)
        free(lab->packets[i].used ? lab->packets[i].data : NULL);
}

/* One ESP packet from a side, if it has a policy to send it under. */
static void send_esp(struct lab *lab, unsigned from)
{
    const struct fakedp_sa *sa = fakedp_policy(&lab->side[from].dp, &lab->side[from].out);
    if (!sa)
        return;
    struct lab_packet *p = slot(lab);
    *p = (struct lab_packet){.used = true, .esp = true, .at = lab->now + delay(lab), .to = !from};
    p->spi = sa->child.spi_out;
    memcpy(p->key, sa->child.key_out, sizeof p->key);
    lab->esp_sent++;
}

static bool lab_has(const struct lab_side *s, const struct espl_addr *addr)
{
    bool has = memcmp(&s->addr, addr, sizeof *addr) == 0;
    for (size_t i = 0; i < s->other_count; i++)
        has = has || memcmp(&s->others[i], addr, sizeof *addr) == 0;
    return has;
}

static void deliver(struct lab *lab, struct lab_packet *p)
{
    struct lab_side *s = &lab->side[p->to];
    struct lab_packet packet = *p;
    p->used = false;
    if (!packet.esp) {
        if (!lab->deaf || lab_has(s, &packet.dst.addr))
            ike_manager_input(s->m, &packet.dst, &packet.src, packet.data, packet.len);
        free(packet.data);
        return;
    }
    struct fakedp_sa *sa = fakedp_in(&s->dp, packet.spi);
    if (sa && sa->in && memcmp(sa->child.key_in, packet.key, sa->child.key_len) == 0)
        sa->packets_in++;
    else
        lab->esp_refused++;
}

/* And all that is there for the same side. */
static void deliver_lot(struct lab *lab, struct lab_packet *p)
{
    unsigned to = p->to;
    ike_manager_begin_lot(lab->side[to].m);
    deliver(lab, p);
    for (size_t i = 0; i < LAB_PACKETS; i++)
        if (lab->packets[i].used && lab->packets[i].to == to && lab->packets[i].at <= lab->now)
            deliver(lab, &lab->packets[i]);
    ike_manager_end_lot(lab->side[to].m);
}

static struct lab_packet *first_packet(struct lab *lab)
{
    struct lab_packet *first = NULL;
    for (size_t i = 0; i < LAB_PACKETS; i++)
        if (lab->packets[i].used && (!first || lab->packets[i].at < first->at))
            first = &lab->packets[i];
    return first;
}

/* The manager's queue knows when each IKE_SA wants its turn, whatever was done to it. */
static void check_deadlines(const struct ike_manager *m)
{
    for (const struct ike_sa *sa = m->sas; sa; sa = sa->next) {
        assert_false(sa->touched);
        assert_true(sa->deadline <= timers_deadline(sa));
    }
}

/* The next thing that happens, if it is not after `end`. */
static bool step(struct lab *lab, uint64_t end)
{
    uint64_t at = end + 1;
    int what = -1;
    check_deadlines(lab->side[0].m);
    check_deadlines(lab->side[1].m);
    for (int i = 0; i < 2; i++) {
        uint64_t t = ike_manager_deadline(lab->side[i].m);
        if (t < at) {
            at = t < lab->now ? lab->now : t;
            what = i;
        }
    }
    struct lab_packet *p = first_packet(lab);
    if (p && p->at <= at && p->at <= end) {
        at = p->at;
        what = 2;
    }
    if (lab->traffic && lab->next_traffic < at && lab->next_traffic <= end) {
        at = lab->next_traffic;
        what = 3;
    }
    if (what < 0)
        return false;
    lab->now = at > lab->now ? at : lab->now;
    if (what < 2) {
        ike_manager_tick(lab->side[what].m);
    } else if (what == 2 && lab->lots) {
        deliver_lot(lab, p);
    } else if (what == 2) {
        deliver(lab, p);
    } else {
        send_esp(lab, 0);
        send_esp(lab, 1);
        lab->next_traffic = lab->now + TRAFFIC_MS;
    }
    return true;
}

static void run_to(struct lab *lab, uint64_t end)
{
    unsigned still = 0;
    if (lab->next_traffic < lab->now)
        lab->next_traffic = lab->now;
    uint64_t before = lab->now;
    while (step(lab, end)) {
        still = lab->now == before ? still + 1 : 0;
        before = lab->now;
        if (still > 10000)
            fail_msg("the clock stands still: a deadline that is always now");
    }
    lab->now = end;
}

void lab_run(struct lab *lab, uint64_t ms)
{
    run_to(lab, lab->now + ms);
}

bool lab_until(struct lab *lab, enum ike_event_kind kind, unsigned count, uint64_t ms)
{
    uint64_t end = lab->now + ms;
    while (lab->side[0].events[kind] < count || lab->side[1].events[kind] < count)
        if (!step(lab, end))
            return false;
    return true;
}

void lab_assert_tunnel(struct lab *lab)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct fakedp_sa *out = fakedp_policy(&lab->side[i].dp, &lab->side[i].out);
        assert_non_null(out);
        struct fakedp_sa *in = fakedp_in(&lab->side[!i].dp, out->child.spi_out);
        assert_non_null(in);
        assert_true(in->in);
        assert_int_equal(out->child.key_len, in->child.key_len);
        assert_memory_equal(out->child.key_out, in->child.key_in, in->child.key_len);
        assert_memory_not_equal(out->child.key_out, out->child.key_in, in->child.key_len);
        assert_true(fakedp_selector_equal(&out->child.ts_out, &in->child.ts_in));
    }
}

void lab_up(struct lab *lab)
{
    assert_int_equal(ike_manager_initiate(lab->side[0].m, "net", "net"), 0);
    assert_true(lab_until(lab, IKE_EVENT_CHILD_UP, 1, 60000));
    lab_run(lab, 1000);
    lab_assert_tunnel(lab);
}
