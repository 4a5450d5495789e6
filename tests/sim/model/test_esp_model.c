/* SPDX-License-Identifier: Apache-2.0 */
/* The oracle of the packet path against RFC text, published packets, and scapy (scapy_esp.py). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/model/esp_model.h"
#include "sim/model/esp_text.h"
#include "sim/ports/pcap.h"
#include "tests/sim/hex.h"
#include "tests/vectors/esp_gcm.h"

static const struct packet_spec ping = {
    .src = 0x0a010001, .dst = 0x0a020001, .proto = 1, .sport = 7, .dport = 1, .len = 84};

static struct esp_model_sa an_sa(bool encap, size_t key_len)
{
    struct esp_model_sa sa = {.key_len = key_len,
                              .salt = {0xde, 0xad, 0xbe, 0xef},
                              .spi = 0xc0de0001,
                              .src = 0xc0000201,
                              .dst = 0xc6336402,
                              .encap = encap,
                              .sport = encap ? 4500 : 0,
                              .dport = encap ? 4501 : 0,
                              .ttl = 64,
                              .src_mac = {2, 0, 0, 0, 0, 1},
                              .dst_mac = {2, 0, 0, 0, 0, 2}};
    for (size_t i = 0; i < key_len; i++)
        sa.key[i] = (uint8_t)(i * 7 + 3);
    return sa;
}

static void test_every_length_there_and_back(void **state)
{
    (void)state;
    for (unsigned encap = 0; encap < 2; encap++) {
        const struct esp_model_sa sa = an_sa(encap, encap ? 32 : 16);
        for (size_t len = 20; len < 400; len++) {
            struct packet_spec spec = ping;
            static uint8_t ip[PACKET_MAX], frame[ESP_MODEL_MAX], back[PACKET_MAX];
            static struct esp_model_opened out;
            size_t n;
            spec.len = len;
            packet_build(&spec, ip);
            n = esp_model_encap(&sa, len, ip, len, NULL, frame);
            /* RFC 4303 2.4: the ciphertext ends on 4 bytes; 34 + 16 + 16 around it, and UDP */
            assert_int_equal(n, 66 + 8 * encap + (len + 2 + 3) / 4 * 4);
            assert_int_equal(esp_model_open(&sa, frame, n, &out), ESP_MODEL_OK);
            assert_int_equal(out.spi, sa.spi);
            assert_int_equal(out.seq, len);
            assert_int_equal(out.len, len);
            packet_forward(ip);
            assert_memory_equal(out.ip, ip, len);
            assert_true(esp_model_deliver(&out, back));
            assert_int_equal(back[8], ip[8] - 1);
        }
    }
}

static void test_outer_header(void **state)
{
    const struct esp_model_sa sa = an_sa(true, 16);
    struct packet_spec spec = ping;
    uint8_t ip[128], frame[ESP_MODEL_MAX], *outer = frame + 14;
    size_t n;

    (void)state;
    spec.tos = 0xb9;
    spec.df = true;
    packet_build(&spec, ip);
    n = esp_model_encap(&sa, 0x123456789abu, ip, 84, NULL, frame);
    assert_int_equal(n, 66 + 8 + 88);
    assert_int_equal(outer[1], 0xb9); /* RFC 6040 4.1 */
    assert_int_equal(get16(outer + 2), n - 14);
    assert_int_equal(get16(outer + 4), 0x89ab);
    assert_int_equal(get16(outer + 6), 0x4000); /* RFC 4301 8.1 */
    assert_int_equal(outer[9], 17);
    assert_true(packet_valid(outer, n - 14));
    assert_int_equal(get16(outer + 20), 4500);
    assert_int_equal(get16(outer + 22), 4501);
    assert_int_equal(get16(outer + 24), n - 14 - 20);
    assert_int_equal(get16(outer + 26), 0);          /* RFC 3948 2.1 */
    assert_int_equal(get32(outer + 32), 0x456789ab); /* low half of the sequence number */
    assert_int_equal(get32(outer + 36), 0x123);      /* the IV is all of it */
}

/* The flaws, one at a time, and what each must lead to. */
static void test_flaws(void **state)
{
    static const struct {
        struct esp_model_wrong wrong;
        enum esp_model_verdict verdict;
    } cases[] = {
        {{.tag_bit = 1}, ESP_MODEL_AUTH},       {{.tag_bit = 128}, ESP_MODEL_AUTH},
        {{.text_bit = 1}, ESP_MODEL_AUTH},      {{.text_bit = 300}, ESP_MODEL_AUTH},
        {{.seq = true}, ESP_MODEL_AUTH},        {{.padding = true}, ESP_MODEL_PADDING},
        {{.more_padding = 4}, ESP_MODEL_OK},    {{.more_padding = 248}, ESP_MODEL_OK},
        {{.pad_length = 1}, ESP_MODEL_PADDING}, {{.pad_length = 255}, ESP_MODEL_PADDING},
        {{.next_header = 41}, ESP_MODEL_INNER}, {{.next_header = 59}, ESP_MODEL_DUMMY},
        {{.cut = 1}, ESP_MODEL_MALFORMED},      {{.cut = 4}, ESP_MODEL_AUTH},
        {{.cut = 88}, ESP_MODEL_MALFORMED},     {{.cut_frame = 1}, ESP_MODEL_MALFORMED},
    };
    const struct esp_model_sa sa = an_sa(false, 16);
    uint8_t ip[128], frame[ESP_MODEL_MAX];
    static struct esp_model_opened out;

    (void)state;
    packet_build(&ping, ip);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = esp_model_encap(&sa, 1, ip, 84, &cases[i].wrong, frame);
        enum esp_model_verdict verdict = esp_model_open(&sa, frame, n, &out);
        if (verdict != cases[i].verdict)
            fail_msg("case %zu: %s instead of %s", i, esp_model_verdict_text(verdict),
                     esp_model_verdict_text(cases[i].verdict));
    }
}

static void test_what_is_not_esp(void **state)
{
    const struct esp_model_sa sa = an_sa(true, 32);
    struct esp_model_sa other = sa;
    uint8_t ip[128], frame[ESP_MODEL_MAX];
    static struct esp_model_opened out;
    size_t n;

    (void)state;
    packet_build(&ping, ip);
    n = esp_model_encap(&sa, 1, ip, 84, NULL, frame);
    other.spi ^= 1;
    assert_int_equal(esp_model_open(&other, frame, n, &out), ESP_MODEL_NO_SA);
    other = sa;
    other.dport = 500;
    assert_int_equal(esp_model_open(&other, frame, n, &out), ESP_MODEL_NOT_ESP);
    frame[14 + 6] = 0x20; /* more fragments */
    assert_int_equal(esp_model_open(&sa, frame, n, &out), ESP_MODEL_NOT_ESP);
    frame[14 + 6] = 0;
    put32(frame + 14 + 28, 0);
    assert_int_equal(esp_model_open(&sa, frame, n, &out), ESP_MODEL_IKE);
    put16(frame + 14 + 2, 29);
    put16(frame + 14 + 24, 9);
    frame[14 + 28] = 0xff;
    assert_int_equal(esp_model_open(&sa, frame, 60, &out), ESP_MODEL_KEEPALIVE);
    for (size_t cut = 0; cut < 34; cut++)
        assert_int_not_equal(esp_model_open(&sa, frame, cut, &out), ESP_MODEL_OK);
}

/* RFC 6040 figure 4, rows by the inner and columns by the outer ECN field; -1 is a drop. */
static void test_ecn(void **state)
{
    static const int figure[4][4] = {{0, 0, 0, -1}, {1, 1, 1, 3}, {2, 1, 2, 3}, {3, 3, 3, 3}};
    static const struct esp_model_sa tunnel;
    static struct esp_model_opened opened = {.sa = &tunnel};
    static uint8_t ip[PACKET_MAX];

    (void)state;
    for (unsigned inner = 0; inner < 4; inner++)
        for (unsigned outer = 0; outer < 4; outer++) {
            struct packet_spec spec = ping;
            spec.tos = (uint8_t)(0x28 | inner);
            opened.len = packet_build(&spec, opened.ip);
            opened.outer_tos = (uint8_t)(0x50 | outer);
            assert_int_equal(esp_model_deliver(&opened, ip), figure[inner][outer] >= 0);
            if (figure[inner][outer] < 0)
                continue;
            assert_int_equal(ip[1], 0x28 | figure[inner][outer]);
            assert_true(packet_valid(ip, opened.len));
        }
}

/* The published packets are authentic for the model; what is inside is not for a tunnel. */
static void test_published_packets(void **state)
{
    static struct esp_model_opened out;
    unsigned seen = 0;

    (void)state;
    for (size_t i = 0; i < sizeof esp_gcm_vectors / sizeof *esp_gcm_vectors; i++) {
        const struct esp_gcm_vector *v = &esp_gcm_vectors[i];
        uint8_t packet[160], frame[256], *esp = packet + PACKET_IP4, text[128], opened[128];
        const struct packet_spec outer = {.src = 1, .dst = 2, .proto = 50, .len = PACKET_IP4};
        struct esp_model_sa sa = {.ttl = 64};
        size_t len, n;
        if (strlen(v->aad) != 16) /* an extended sequence number */
            continue;
        seen++;
        sa.key_len = hex(v->key, sa.key);
        hex(v->salt, sa.salt);
        packet_build(&outer, packet);
        n = hex(v->aad, esp);
        n += hex(v->iv, esp + n);
        n += hex(v->ciphertext, esp + n);
        n += hex(v->icv, esp + n);
        put16(packet + 2, (uint16_t)(PACKET_IP4 + n));
        sa.spi = get32(esp);
        len = packet_frame(sa.dst_mac, sa.src_mac, packet, PACKET_IP4 + n, 60, frame);
        assert_int_equal(esp_model_open(&sa, frame, len, &out), ESP_MODEL_INNER);
        assert_true(esp_text_open(&sa, esp, n - ESP_TEXT_HEADER - ESP_MODEL_TAG, opened));
        assert_memory_equal(opened, text, hex(v->plaintext, text));
        frame[14 + 20 + 20] ^= 1;
        assert_int_equal(esp_model_open(&sa, frame, len, &out), ESP_MODEL_AUTH);
    }
    assert_int_equal(seen, 4);
}

/* 2001:db8:N::1 */
static void address6(uint8_t out[16], uint8_t n)
{
    static const uint8_t site[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
    memcpy(out, site, sizeof site);
    out[5] = n;
}

static void write_captures(const struct esp_model_sa *sa, bool inner6, const char *clear,
                           const char *sealed)
{
    struct pcap_writer in, out;
    char why[128];

    assert_true(pcap_create(&in, clear, why, sizeof why));
    assert_true(pcap_create(&out, sealed, why, sizeof why));
    for (unsigned i = 0; i < 60; i++) {
        struct packet_spec spec = ping;
        static uint8_t ip[PACKET_MAX], frame[ESP_MODEL_MAX];
        const uint8_t mac[6] = {2, 0, 0, 0, 0, 9};
        spec.v6 = inner6;
        address6(spec.src6, 1);
        address6(spec.dst6, 2);
        spec.flow = 0x12345 * i;
        spec.proto = i % 3 == 0 ? inner6 ? 58 : 1 : i % 3 == 1 ? 6 : 17;
        spec.len = 60 + 23 * i;
        spec.seed = i;
        spec.tos = (uint8_t)(i << 2);
        spec.df = i & 1;
        packet_build(&spec, ip);
        assert_true(packet_valid(ip, spec.len));
        pcap_write(&out, 0, frame, esp_model_encap(sa, i + 1, ip, spec.len, NULL, frame));
        if (!sa->transport)
            packet_forward(ip);
        pcap_write(&in, 0, frame, packet_frame(mac, mac, ip, spec.len, 0, frame));
    }
    assert_true(pcap_finish(&in) && pcap_finish(&out));
}

/* scapy opens what the model sealed, and the other way round: it writes its own frames, which the
 * model must open to the same packets. */
static void with_scapy(struct esp_model_sa sa, bool inner6)
{
    char dir[] = "/tmp/espalier-scapy-XXXXXX", clear[64], sealed[64], theirs[64], cmd[512],
         why[128];
    struct pcap_reader expect, got;
    static uint8_t a[PACKET_MAX], b[PACKET_MAX];
    static struct esp_model_opened out;
    int rc;
    long n;

    assert_non_null(mkdtemp(dir));
    snprintf(clear, sizeof clear, "%s/clear.pcap", dir);
    snprintf(sealed, sizeof sealed, "%s/sealed.pcap", dir);
    snprintf(theirs, sizeof theirs, "%s/theirs.pcap", dir);
    address6(sa.src6, 0xa);
    address6(sa.dst6, 0xb);
    write_captures(&sa, inner6, clear, sealed);
    rc = snprintf(cmd, sizeof cmd,
                  "/usr/bin/python3 -B tests/sim/model/scapy_esp.py %s%s%s %zu %s %s %s",
                  sa.transport ? "transport" : "tunnel", sa.v6 ? "6" : "", sa.encap ? "+udp" : "",
                  sa.key_len, clear, sealed, theirs);
    assert_true(rc > 0 && (size_t)rc < sizeof cmd);
    rc = system(cmd);
    assert_true(WIFEXITED(rc));
    if (WEXITSTATUS(rc) != 77) {
        assert_int_equal(WEXITSTATUS(rc), 0);
        assert_true(pcap_open(&expect, clear, why, sizeof why));
        assert_true(pcap_open(&got, theirs, why, sizeof why));
        while ((n = pcap_read(&expect, a, sizeof a, why, sizeof why)) > 0) {
            long m = pcap_read(&got, b, sizeof b, why, sizeof why);
            assert_true(m > 0);
            assert_int_equal(esp_model_open(&sa, b, (size_t)m, &out), ESP_MODEL_OK);
            assert_int_equal(out.len + PACKET_ETH, n);
            assert_memory_equal(out.ip, a + PACKET_ETH, out.len);
        }
        assert_int_equal(expect.frames, 60);
        pcap_close(&expect);
        pcap_close(&got);
        unlink(theirs);
    }
    unlink(clear);
    unlink(sealed);
    rmdir(dir);
    if (WEXITSTATUS(rc) == 77) {
        print_message(
            "SKIPPED: python3-scapy is not installed: the model was not compared with it\n");
        skip();
    }
}

static void test_scapy_tunnel(void **state)
{
    (void)state;
    for (unsigned families = 0; families < 4; families++) {
        struct esp_model_sa sa = an_sa(false, families & 1 ? 32 : 16);
        sa.v6 = families & 2;
        with_scapy(sa, families & 1);
    }
}

static void test_scapy_udp(void **state)
{
    (void)state;
    with_scapy(an_sa(true, 32), false);
}

static void test_scapy_transport(void **state)
{
    (void)state;
    for (unsigned inner6 = 0; inner6 < 2; inner6++) {
        struct esp_model_sa sa = an_sa(false, 16);
        sa.transport = true;
        with_scapy(sa, inner6);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_length_there_and_back),
        cmocka_unit_test(test_outer_header),
        cmocka_unit_test(test_flaws),
        cmocka_unit_test(test_what_is_not_esp),
        cmocka_unit_test(test_ecn),
        cmocka_unit_test(test_published_packets),
        cmocka_unit_test(test_scapy_tunnel),
        cmocka_unit_test(test_scapy_udp),
        cmocka_unit_test(test_scapy_transport),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
