/* SPDX-License-Identifier: Apache-2.0 */
/* Frames for the inbound engine's bench, and what must become of them (see in_bench.h). */
#include "tests/lib/in_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

uint8_t in_frame[ESP_MODEL_MAX];

void in_hop_mac(unsigned hop, uint8_t mac[6])
{
    memcpy(mac, (const uint8_t[6]){0x02, 0xaa, 0, 0, 0, (uint8_t)hop}, 6);
}

void in_forget(void)
{
    for (int i = 0; i < 3; i++) {
        while (in_bench.expect[i]) {
            struct frame *f = in_bench.expect[i];
            in_bench.expect[i] = f->next;
            frame_free(f);
        }
        in_bench.expect_tail[i] = NULL;
    }
    memset(in_bench.count, 0, sizeof in_bench.count);
    memset(in_bench.expected, 0, sizeof in_bench.expected);
    in_bench.bytes = in_bench.expected_bytes = in_bench.sent = 0;
}

enum { TO_PLAIN, TO_HOST0, TO_HOST1 };

static void expect(int where, const uint8_t *data, size_t len)
{
    struct frame *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->data = malloc(len);
    assert_non_null(f->data);
    memcpy(f->data, data, len);
    f->len = len;
    if (in_bench.expect_tail[where])
        in_bench.expect_tail[where]->next = f;
    else
        in_bench.expect[where] = f;
    in_bench.expect_tail[where] = f;
}

void in_send(const uint8_t *frame, size_t len, bool from_host1, enum in_counter fate)
{
    if (from_host1)
        axis_send_bad(&in_bench.in, frame, len); /* the mark travels as `bad` */
    else
        axis_send(&in_bench.in, frame, len);
    in_bench.sent++;
    in_bench.expected[fate]++;
    if (fate >= IN_HOST_MAC && fate <= IN_HOST_SPI)
        expect(TO_HOST1, frame, len);
}

struct packet_spec in_inner(unsigned hop, size_t len, uint32_t seed)
{
    return (struct packet_spec){.src = 0xc0a80101, .dst = 0x0a010005 | hop << 8, .proto = 17,
                                .sport = 1000, .dport = 2000, .ttl = 64, .len = len, .seed = seed};
}

unsigned in_sa_hop(unsigned slot)
{
    return 1 + slot % 9;
}

struct packet_spec in_spec(unsigned slot, unsigned hop, size_t len, uint32_t seed)
{
    const struct in_sa *sa = &in_bench.sa[slot];
    struct packet_spec spec = in_inner(hop, len, seed);
    static const uint8_t net[16] = {0x20, 0x01, 0x0d, 0xb8, 0, 1};
    spec.v6 = sa->inner6;
    spec.flow = seed & 0xfffff;
    memcpy(spec.src6, net, 16);
    memcpy(spec.dst6, net, 16);
    spec.src6[13] = 101;
    spec.dst6[13] = (uint8_t)hop;
    spec.dst6[15] = 5;
    if (sa->esp.transport) {
        spec.src = sa->esp.src;
        spec.dst = sa->esp.dst;
        memcpy(spec.src6, sa->esp.src6, 16);
        memcpy(spec.dst6, sa->esp.dst6, 16);
    }
    return spec;
}

void in_send_packet(unsigned slot, const struct packet_spec *spec,
                    const struct esp_model_wrong *wrong, enum in_counter fate)
{
    static uint8_t ip[PACKET_MAX], frame[ESP_MODEL_MAX];
    struct in_sa *sa = &in_bench.sa[slot];
    size_t len = packet_build(spec, ip);
    len = esp_model_encap(&sa->esp, ++sa->seq, ip, len, wrong, frame);
    assert_true(len > 0);
    in_send(frame, len, false, fate);
}

/* The Ethernet header of what is delivered, with the frame's tag or the next hop's; its length. */
static size_t delivered_front(const struct esp_model_opened *opened, const uint8_t *ip,
                              unsigned hop, bool to_host, uint8_t *out)
{
    bool retag = !to_host && hop >= IN_TAG_HOP && hop < IN_UNTAG_HOP + 10;
    bool tagged = retag ? hop < IN_UNTAG_HOP : opened->tagged;
    size_t at = 12;
    in_hop_mac(hop, out);
    memcpy(out + 6, in_plain_mac, 6);
    if (to_host) {
        memcpy(out, in_plain_mac, 6);
        memcpy(out + 6, in_engine_mac, 6);
    }
    if (tagged) {
        put16(out + at, 0x8100);
        put16(out + at + 2, retag ? (uint16_t)(0x6000 | hop) : opened->tci);
        at += PACKET_VLAN;
    }
    put16(out + at, packet_is_v6(ip) ? 0x86dd : 0x0800);
    return at + 2;
}

void in_send_open(const struct in_sa *sa, const uint8_t *frame, size_t len, unsigned hop,
                  enum in_counter why_host)
{
    static struct esp_model_opened opened;
    static uint8_t ip[PACKET_MAX], out[PACKET_MAX + 18];
    bool to_host = why_host != IN_TO_PLAIN;
    size_t head;

    assert_int_equal(esp_model_open(&sa->esp, frame, len, &opened), ESP_MODEL_OK);
    assert_true(esp_model_deliver(&opened, ip));
    in_send(frame, len, false, IN_DECRYPTED);
    /* in transport mode without the IP header's */
    in_bench.expected_bytes += opened.len;
    if (sa->esp.transport)
        in_bench.expected_bytes -= packet_is_v6(ip) ? PACKET_IP6 : PACKET_IP4;
    if (to_host) {
        size_t ttl = packet_is_v6(ip) ? 7 : 8;
        ip[ttl] = opened.ip[ttl]; /* the kernel takes one off itself */
        packet_ip_checksum(ip);
        in_bench.expected[why_host]++;
    }
    head = delivered_front(&opened, ip, hop, to_host, out);
    memcpy(out + head, ip, opened.len);
    expect(to_host ? TO_HOST0 : TO_PLAIN, out, head + opened.len);
}

void in_send_good(unsigned slot, unsigned hop, size_t len)
{
    static uint8_t ip[PACKET_MAX], frame[ESP_MODEL_MAX];
    struct in_sa *sa = &in_bench.sa[slot];
    struct packet_spec spec = in_spec(slot, hop, len, rng_next(&in_bench.rng));
    size_t n = packet_build(&spec, ip);
    n = esp_model_encap(&sa->esp, ++sa->seq, ip, n, NULL, frame);
    assert_true(n > 0);
    in_send_open(sa, frame, n, sa->esp.transport ? in_sa_hop(slot) : hop, IN_TO_PLAIN);
}

static void compare_port(struct axis *sink, int where, const char *name)
{
    struct frame *got;
    for (unsigned n = 0; (got = axis_receive(sink)) != NULL; n++) {
        struct frame *want = in_bench.expect[where];
        if (!want)
            fail_msg("%s: one frame too many, after %u", name, n);
        in_bench.expect[where] = want->next;
        if (!want->next)
            in_bench.expect_tail[where] = NULL;
        if (got->len != want->len)
            fail_msg("%s: frame %u has %zu bytes, not %zu", name, n, got->len, want->len);
        for (size_t i = 0; i < want->len; i++)
            if (got->data[i] != want->data[i])
                fail_msg("%s: frame %u (%zu bytes), byte %zu: %02x, not %02x", name, n, want->len,
                         i, got->data[i], want->data[i]);
        frame_free(got);
        frame_free(want);
    }
    if (in_bench.expect[where])
        fail_msg("%s: a frame of %zu bytes is missing", name, in_bench.expect[where]->len);
}

void in_bench_check(uint64_t limit)
{
    uint64_t fates;
    unsigned quiet = 0;
    for (uint64_t n = 0; quiet < 60; n++) { /* what a frame counts comes before it is out */
        in_bench_cycle();
        fates = 0;
        for (int i = 0; i < IN_FATES; i++)
            fates += in_bench.count[i];
        bool moving = !axis_idle(&in_bench.in) || fates < in_bench.sent ||
                      rtl_get(in_bench.plain.tvalid) || rtl_get(in_bench.host0.tvalid) ||
                      rtl_get(in_bench.host1.tvalid);
        quiet = moving ? 0 : quiet + 1;
        if (n > limit)
            fail_msg("%llu of %llu frames have had their fate", (unsigned long long)fates,
                     (unsigned long long)in_bench.sent);
    }
    for (int i = 0; i < IN_COUNTERS; i++)
        if (in_bench.count[i] != in_bench.expected[i])
            fail_msg("%s: %llu, not %llu", in_counter_names[i],
                     (unsigned long long)in_bench.count[i],
                     (unsigned long long)in_bench.expected[i]);
    assert_int_equal(in_bench.bytes, in_bench.expected_bytes);
    compare_port(&in_bench.plain, TO_PLAIN, "plain");
    compare_port(&in_bench.host0, TO_HOST0, "host0");
    compare_port(&in_bench.host1, TO_HOST1, "host1");
    in_forget();
}

size_t in_seal(unsigned slot, unsigned hop, size_t len)
{
    static uint8_t ip[PACKET_MAX];
    struct in_sa *sa = &in_bench.sa[slot];
    struct packet_spec spec = in_spec(slot, hop, len, slot);
    size_t n = esp_model_encap(&sa->esp, ++sa->seq, ip, packet_build(&spec, ip), NULL, in_frame);
    assert_true(n > 0);
    return n;
}

size_t in_seal_text(unsigned slot, const uint8_t *text, size_t len)
{
    struct in_sa *sa = &in_bench.sa[slot];
    size_t n = esp_model_seal(&sa->esp, ++sa->seq, text, len, 0, false, in_frame);
    assert_true(n > 0);
    return n;
}

size_t in_ip_at(unsigned slot)
{
    return PACKET_ETH + (in_bench.sa[slot].esp.tagged ? PACKET_VLAN : 0);
}

size_t in_esp_at(unsigned slot)
{
    const struct esp_model_sa *sa = &in_bench.sa[slot].esp;
    return in_ip_at(slot) + (sa->v6 ? PACKET_IP6 : PACKET_IP4) + (sa->encap ? 8u : 0u);
}

void in_bad_then_good(unsigned slot, size_t len, enum in_counter fate)
{
    in_send(in_frame, len, false, fate);
    in_send_good(slot, 1, 60);
}

size_t in_other(const struct packet_spec *spec)
{
    static uint8_t ip[PACKET_MAX];
    size_t n = packet_build(spec, ip);
    return packet_frame(in_cipher_mac, (const uint8_t[6]){2, 2, 2, 2, 2, 2}, ip, n, 60, in_frame);
}
