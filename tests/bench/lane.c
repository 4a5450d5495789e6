/* SPDX-License-Identifier: Apache-2.0 */
/* One direction of the bench (see lane.h). */
#include "tests/bench/lane.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define AHEAD   6u
#define STUCK   20000u /* cycles without a beat: longer than any frame's way */
#define FCS     4u
#define BETWEEN 20u /* preamble and the shortest gap between two frames (IEEE 802.3 4.4.2) */

struct waiting {
    struct waiting *next;
    struct flow *flow;
    size_t load, len;
    uint8_t data[]; /* encrypt: the inner packet; decrypt: the frame that leaves */
};

void lane_start(struct lane *l, bool encrypt, struct flow *flows, size_t flow_count,
                struct load *loads, size_t load_count)
{
    *l = (struct lane){.encrypt = encrypt,
                       .flows = flows,
                       .flow_count = flow_count,
                       .loads = loads,
                       .load_count = load_count,
                       .ahead = AHEAD,
                       .load_end = loads->packets,
                       .rng = encrypt ? 77 : 78};
    l->in = &engine.in[encrypt ? ENGINE_PLAIN : ENGINE_CIPHER];
    l->out = &engine.out[encrypt ? ENGINE_CIPHER : ENGINE_PLAIN];
    l->bus = encrypt ? l->out : l->in;
    l->in_before = l->in->frames;
    l->bus_before = l->bus->frames;
    l->mark = rtl_cycles(engine.rtl);
    l->mark_beats = l->beats_before = l->bus->beats;
}

/* ------------------------------------------------------------------ in */

static size_t choose_length(struct lane *l, const struct load *load)
{
    static const size_t imix[12] = {40, 576, 40, 40, 1500, 40, 576, 40, 576, 40, 40, 576};
    size_t least = flow_least(l->flows);
    size_t len = load->lengths == LENGTH_FIXED  ? load->len
                 : load->lengths == LENGTH_IMIX ? imix[l->made % 12]
                                                : least + rng_next(&l->rng) % (1501 - least);
    return len < least ? least : len;
}

static void wait_for(struct lane *l, struct flow *flow, const uint8_t *data, size_t len)
{
    struct waiting *w = malloc(sizeof *w + len);
    assert_non_null(w);
    *w = (struct waiting){.flow = flow, .load = l->load_in, .len = len};
    memcpy(w->data, data, len);
    if (l->tail)
        l->tail->next = w;
    else
        l->head = w;
    l->tail = w;
}

static void count_bytes(struct load *load, size_t frame)
{
    size_t len = (frame < 60 ? 60 : frame) + FCS;
    load->esp_bytes += len;
    load->wire_bytes += len + BETWEEN;
}

static void make(struct lane *l)
{
    static uint8_t ip[PACKET_MAX], frame[ESP_MODEL_MAX], opened[ESP_MODEL_MAX];
    struct load *load = &l->loads[l->load_in];
    struct flow *f = &l->flows[l->sent % l->flow_count];
    size_t len = flow_packet(f, !l->encrypt, choose_length(l, load), rng_next(&l->rng), ip);

    if (l->encrypt) {
        wait_for(l, f, ip, len);
        len = packet_frame(engine_plain_mac, engine_lan_mac, ip, len, 60, frame);
    } else {
        len = flow_sealed(f, ++f->in_seq, ip, len, NULL, frame);
        count_bytes(load, len);
        wait_for(l, f, opened, flow_opened(f, frame, len, opened));
    }
    axis_send(l->in, frame, len);
    l->sent++;
    if (++l->made == load->packets) {
        l->made = 0;
        l->load_in++;
    }
}

/* ------------------------------------------------------------------ out */

static bool same(const struct frame *got, const uint8_t *want, size_t len)
{
    if (got->len < len || memcmp(got->data, want, len) != 0)
        return false;
    for (size_t i = len; i < got->len; i++)
        if (got->data[i] != 0)
            return false;
    return true;
}

static bool is_next(struct flow *f, const struct waiting *w, const struct frame *got)
{
    static uint8_t frame[ESP_MODEL_MAX];
    size_t len = esp_model_encap(&f->out, f->out_seq + 1, w->data, w->len, NULL, frame);
    assert_true(len > 0);
    if (!same(got, frame, len))
        return false;
    f->out_seq++;
    return true;
}

static void judge(struct lane *l, const struct frame *got)
{
    struct waiting *w = l->head;
    bool right = w != NULL;

    if (right && l->encrypt) {
        right = is_next(w->flow, w, got);
        if (!right && l->successor && w->flow == l->flows) {
            /* a change takes effect between two packets: from here on it is in effect */
            right = is_next(l->successor, w, got);
            l->flows->out = l->successor->out;
            l->flows->out_seq = l->successor->out_seq;
            l->successor = NULL;
        }
        count_bytes(&l->loads[w->load], got->len);
    } else if (right) {
        right = same(got, w->data, w->len);
    }
    if (!right)
        fail_msg("%s: packet %llu came out wrong (%zu bytes)", l->encrypt ? "encrypt" : "decrypt",
                 (unsigned long long)l->got, got->len);
    l->head = w->next;
    if (!l->head)
        l->tail = NULL;
    free(w);
    l->got++;
}

/* On the busiest bus: where one load ends and the next begins */
static void watch(struct lane *l)
{
    if (l->bus->beats == l->beats_before)
        l->idle++;
    l->beats_before = l->bus->beats;
    if (l->load_bus == l->load_count || l->bus->frames - l->bus_before < l->load_end)
        return;
    struct load *load = &l->loads[l->load_bus++];
    load->cycles = l->bus->last_cycle - l->mark;
    load->beats = l->bus->beats - l->mark_beats;
    l->mark = l->bus->last_cycle;
    l->mark_beats = l->bus->beats;
    if (l->load_bus < l->load_count)
        l->load_end += l->loads[l->load_bus].packets;
}

void lane_cycle(struct lane *l)
{
    struct frame *got;

    watch(l);
    while ((got = axis_receive(l->out)) != NULL) {
        judge(l, got);
        frame_free(got);
    }
    while (!l->closed && l->load_in < l->load_count &&
           l->sent - (l->in->frames - l->in_before) < l->ahead)
        make(l);
}

bool lane_done(const struct lane *l)
{
    return (l->closed || (l->load_in == l->load_count && l->load_bus == l->load_count)) &&
           l->got == l->sent;
}

struct running {
    struct lane *const *lanes;
    size_t count;
};

static void cycle(void *user)
{
    const struct running *r = user;
    for (size_t i = 0; i < r->count; i++)
        lane_cycle(r->lanes[i]);
}

void lane_attach(struct lane *const *lanes, size_t count)
{
    static struct running running;
    running = (struct running){lanes, count};
    engine.host.before_edge = cycle;
    engine.host.user = &running;
}

void lane_run(struct lane *const *lanes, size_t count)
{
    uint64_t moved = rtl_cycles(engine.rtl), beats = 0;
    bool done = false;

    lane_attach(lanes, count);
    while (!done) {
        uint64_t now = 0;
        host_cycles(&engine.host, 16);
        done = true;
        for (size_t i = 0; i < count; i++) {
            now += lanes[i]->in->beats + lanes[i]->out->beats;
            done = done && lane_done(lanes[i]);
        }
        if (now != beats)
            moved = rtl_cycles(engine.rtl);
        beats = now;
        if (rtl_cycles(engine.rtl) - moved > STUCK)
            break; /* what has not come by now is lost: l->sent - l->got */
    }
    engine.host.before_edge = NULL;
}
