/* SPDX-License-Identifier: Apache-2.0 */
/* `espsim replay`: ESP both ways against the model, the same bytes twice, bad frames between good
 * ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "sim/model/esp_model.h"
#include "sim/ports/pcap.h"
#include "sim/ports/ring.h"
#include "tests/sim/program.h"

#define ARGV(...) ((const char *const[]){__VA_ARGS__, NULL})

static char dir[] = "/tmp/espalier-replay-XXXXXX";
static char lines[64], plain_in[64], cipher_in[64], out[64], out2[64], err[64];

static int make_dir(void **state)
{
    (void)state;
    if (!mkdtemp(dir))
        return 1;
    snprintf(lines, sizeof lines, "%s/lines", dir);
    snprintf(plain_in, sizeof plain_in, "%s/plain", dir);
    snprintf(cipher_in, sizeof cipher_in, "%s/cipher", dir);
    snprintf(out, sizeof out, "%s/out", dir);
    snprintf(out2, sizeof out2, "%s/out2", dir);
    snprintf(err, sizeof err, "%s/err", dir);
    return 0;
}

static int remove_dir(void **state)
{
    const char *const files[] = {lines, plain_in, cipher_in, out, out2, err};
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        unlink(files[i]);
    return rmdir(dir);
}

static const char *option(const char *port, const char *path, char text[96])
{
    snprintf(text, 96, "%s=%s", port, path);
    return text;
}

/* The two SAs of the tests: A with ESP alone and 128 bits, B in UDP with 256. */
static struct esp_model_sa an_sa(bool b)
{
    struct esp_model_sa sa = {.key_len = b ? 32 : 16,
                              .salt = {0xca, 0xfe, 0xba, 0xbe},
                              .spi = b ? 0x2002 : 0x1001,
                              .src = 0xc0000201,
                              .dst = b ? 0xc6336403 : 0xc6336402,
                              .encap = b,
                              .sport = b ? 4500 : 0,
                              .dport = b ? 4500 : 0,
                              .ttl = 64,
                              .dst_mac = {2, 0, 0, 0, 0, 2}};
    for (size_t i = 0; i < sa.key_len; i++)
        sa.key[i] = (uint8_t)(i * 11 + (b ? 1 : 0));
    return sa;
}

static void write_state(FILE *f, bool b, const char *way)
{
    const struct esp_model_sa sa = an_sa(b);
    fprintf(
        f, "state add src 192.0.2.1 dst 198.51.100.%d proto esp spi 0x%x reqid %d mode tunnel \\\n",
        b ? 3 : 2, sa.spi, b + 1);
    fprintf(f, "    dir %s replay-window %s aead 'rfc4106(gcm(aes))' 0x", way,
            strcmp(way, "in") == 0 ? "64" : "0");
    for (size_t i = 0; i < sa.key_len; i++)
        fprintf(f, "%02x", sa.key[i]);
    fprintf(f, "cafebabe 128%s\n", b ? " encap espinudp 4500 4500 0.0.0.0" : "");
}

static void write_lines(const char *more)
{
    FILE *f = fopen(lines, "w");
    assert_non_null(f);
    fprintf(f, "# both ways, the same keys\n");
    for (unsigned b = 0; b < 2; b++) {
        write_state(f, b, "out");
        write_state(f, b, "in");
        fprintf(f,
                "policy add src 10.1.0.0/16 dst 10.%u.0.0/16 dir out tmpl src 192.0.2.1 "
                "dst 198.51.100.%u proto esp reqid %u mode tunnel\n",
                b + 2, b + 2, b + 1);
    }
    fputs(more, f);
    assert_int_equal(fclose(f), 0);
}

/* odd: a length that needs padding */
static size_t inner(unsigned i, bool b, bool odd, uint8_t *ip)
{
    const struct packet_spec spec = {.src = 0x0a010001 + i % 5,
                                     .dst = b ? 0x0a030001 : 0x0a020001,
                                     .proto = i % 3 == 0   ? 1
                                              : i % 3 == 1 ? 6
                                                           : 17,
                                     .sport = (uint16_t)(1024 + i),
                                     .dport = 80,
                                     .tos = (uint8_t)(i << 2),
                                     .df = i & 1,
                                     .id = (uint16_t)i,
                                     .len = (20 + i * 37 % 1400) | odd,
                                     .seed = i};
    return packet_build(&spec, ip);
}

static const uint8_t mac_a[6] = {2, 0, 0, 0, 0, 8}, mac_b[6] = {2, 0, 0, 0, 0, 9};

static json_t *report(const char *const *argv)
{
    struct outcome o = espsim(argv);
    json_error_t error;
    json_t *json;

    if (o.code != 0)
        fail_msg("exit %d: %s", o.code, o.err);
    assert_string_equal(o.err, "");
    json = json_loads(o.out, 0, &error);
    if (!json)
        fail_msg("%s in `%s'", error.text, o.out);
    outcome_clear(&o);
    return json;
}

static void count(json_t *json, const char *name, unsigned long long want)
{
    json_t *value = json_object_get(json_object_get(json, "counters"), name);
    if (!json_is_integer(value) || (unsigned long long)json_integer_value(value) != want)
        fail_msg("%s is %lld instead of %llu", name, json_integer_value(value), want);
}

#define OUTBOUND 300u

static void write_plain(void)
{
    static uint8_t ip[PACKET_MAX], frame[PACKET_MAX];
    struct pcap_writer w;
    char why[128];

    assert_true(pcap_create(&w, plain_in, why, sizeof why));
    for (unsigned i = 0; i < OUTBOUND; i++) {
        size_t n = inner(i, i % 2, false, ip);
        pcap_write(&w, 0, frame, packet_frame(mac_a, mac_b, ip, n, 60, frame));
    }
    assert_true(pcap_finish(&w));
}

/* Every frame on cipher is the model's, byte for byte, in the order of the inputs. */
static void test_outbound(void **state)
{
    static uint8_t ip[PACKET_MAX], want[ESP_MODEL_MAX], got[ESP_MODEL_MAX];
    const struct esp_model_sa sa[2] = {an_sa(false), an_sa(true)};
    struct pcap_reader r;
    char a[96], b[96], why[128];
    json_t *json;

    (void)state;
    write_lines("");
    write_plain();
    json = report(ARGV("replay", "--xfrm", lines, "--in", option("plain", plain_in, a), "--out",
                       option("cipher", out, b), "--json"));
    count(json, "plain_rx_frames", OUTBOUND);
    count(json, "out_encrypted", OUTBOUND);
    count(json, "cipher_tx_frames", OUTBOUND);
    json_decref(json);
    assert_true(pcap_open(&r, out, why, sizeof why));
    for (unsigned i = 0; i < OUTBOUND; i++) {
        size_t n = inner(i, i % 2, false, ip);
        n = esp_model_encap(&sa[i % 2], i / 2 + 1, ip, n, NULL, want);
        assert_int_equal(pcap_read(&r, got, sizeof got, why, sizeof why), n);
        assert_memory_equal(got, want, n);
    }
    assert_int_equal(pcap_read(&r, got, sizeof got, why, sizeof why), 0);
    pcap_close(&r);
}

static void test_twice_is_the_same(void **state)
{
    struct outcome first, second;
    char a[96], b[96], c[96], *x, *y;
    size_t m, n;

    (void)state;
    write_lines("");
    write_plain();
    first = espsim(ARGV("replay", "--xfrm", lines, "--in", option("plain", plain_in, a), "--out",
                        option("cipher", out, b)));
    second = espsim(ARGV("replay", "--xfrm", lines, "--in", option("plain", plain_in, a), "--out",
                         option("cipher", out2, c)));
    assert_int_equal(first.code, 0);
    assert_string_equal(first.out, second.out);
    x = slurp(out, &m);
    y = slurp(out2, &n);
    assert_int_equal(m, n);
    assert_memory_equal(x, y, n); /* the cycles in the headers too */
    free(x);
    free(y);
    outcome_clear(&first);
    outcome_clear(&second);
}

/* The flaws of one frame each, between good ones, and the counter that must tell. */
static const struct {
    struct esp_model_wrong wrong;
    const char *counter;
} flaws[] = {
    {{.tag_bit = 1}, "in_drop_auth"},
    {{.text_bit = 77}, "in_drop_auth"},
    {{.tag_bit = 128}, "in_drop_auth"},
    {{.seq = true}, "in_drop_auth"},
    {{.cut = 4}, "in_drop_auth"},
    {{.padding = true}, "in_drop_padding"},
    {{.pad_length = 200}, "in_drop_padding"},
    {{.next_header = 41}, "in_drop_inner"},
    {{.cut = 2}, "in_drop_malformed"},
    {{.cut_frame = 3}, "in_drop_malformed"},
};
#define FLAWS (sizeof flaws / sizeof *flaws)

/* Two frames each turn: a flawed one and a good one; the good ones again at the end are replays. */
static void write_cipher(void)
{
    static uint8_t ip[PACKET_MAX], frame[ESP_MODEL_MAX];
    struct pcap_writer w;
    char why[128];

    assert_true(pcap_create(&w, cipher_in, why, sizeof why));
    for (unsigned i = 0; i < 4 * FLAWS; i++) {
        const struct esp_model_sa sa = an_sa(i / FLAWS % 2);
        size_t n = inner(3 * i + 1, i / FLAWS % 2, true, ip);
        pcap_write(&w, 0, frame,
                   esp_model_encap(&sa, 2 * i + 1, ip, n, &flaws[i % FLAWS].wrong, frame));
        pcap_write(&w, 0, frame, esp_model_encap(&sa, 2 * i + 2, ip, n, NULL, frame));
    }
    for (unsigned i = 0; i < 4 * FLAWS; i++) {
        const struct esp_model_sa sa = an_sa(i / FLAWS % 2);
        size_t n = inner(3 * i + 1, i / FLAWS % 2, true, ip);
        pcap_write(&w, 0, frame, esp_model_encap(&sa, 2 * i + 2, ip, n, NULL, frame));
    }
    assert_true(pcap_finish(&w));
}

static unsigned long long frames_of(const char *counter)
{
    unsigned long long n = 0;
    for (size_t i = 0; i < FLAWS; i++)
        n += strcmp(flaws[i].counter, counter) == 0 ? 4 : 0;
    return n;
}

static void test_inbound_with_flaws(void **state)
{
    static uint8_t ip[PACKET_MAX], got[PACKET_MAX];
    struct pcap_reader r;
    char a[96], b[96], why[128];
    json_t *json;

    (void)state;
    write_lines("");
    write_cipher();
    json = report(ARGV("replay", "--xfrm", lines, "--in", option("cipher", cipher_in, a), "--out",
                       option("plain", out, b), "--json"));
    count(json, "cipher_rx_frames", 12 * FLAWS);
    count(json, "in_decrypted", 4 * FLAWS);
    count(json, "in_drop_replay", 4 * FLAWS);
    for (size_t i = 0; i < FLAWS; i++)
        count(json, flaws[i].counter, frames_of(flaws[i].counter));
    count(json, "plain_tx_frames", 4 * FLAWS);
    json_decref(json);
    assert_true(pcap_open(&r, out, why, sizeof why));
    for (unsigned i = 0; i < 4 * FLAWS; i++) {
        static const uint8_t hop[6] = {2, 0, 0, 0, 0, 1};
        size_t n = inner(3 * i + 1, i / FLAWS % 2, true, ip);
        long len = pcap_read(&r, got, sizeof got, why, sizeof why);
        packet_forward(ip);            /* into the tunnel */
        packet_forward(ip);            /* and out of it */
        assert_int_equal(len, n + 14); /* padding to Ethernet's least length is the MAC's work */
        assert_memory_equal(got, hop, 6);
        assert_memory_equal(got + 14, ip, n);
    }
    assert_int_equal(pcap_read(&r, got, sizeof got, why, sizeof why), 0);
    pcap_close(&r);
}

/* Both directions at once, and lines that name what is a default otherwise. */
static void test_both_ways_with_neighbours(void **state)
{
    static uint8_t got[ESP_MODEL_MAX];
    struct pcap_reader r;
    char a[96], b[96], c[96], d[96], why[128];
    json_t *json;

    (void)state;
    write_lines("neigh add 198.51.100.3 lladdr 02:00:00:00:00:33 dev cipher\n"
                "neigh add 10.3.0.1 lladdr 02:00:00:00:00:44 dev plain\n"
                "link set cipher address 02:00:00:00:00:cc\n");
    write_plain();
    write_cipher();
    /* the cipher port's MAC is set, so frames for others are the host's */
    json = report(ARGV("replay", "--xfrm", lines, "--in", option("plain", plain_in, a), "--in",
                       option("cipher", cipher_in, b), "--out", option("cipher", out, c), "--out",
                       option("host1", out2, d), "--json"));
    count(json, "out_encrypted", OUTBOUND);
    count(json, "in_host_mac", 12 * FLAWS);
    count(json, "host1_tx_frames", 12 * FLAWS);
    json_decref(json);
    assert_true(pcap_open(&r, out, why, sizeof why));
    for (unsigned i = 0; i < OUTBOUND; i++) {
        const uint8_t macs[12] = {2, 0, 0, 0, 0, i % 2 ? 0x33 : 2, 2, 0, 0, 0, 0, 0xcc};
        assert_true(pcap_read(&r, got, sizeof got, why, sizeof why) > 0);
        assert_memory_equal(got, macs, 12);
    }
    pcap_close(&r);
}

static void test_bad_lines(void **state)
{
    char a[96], want[160];

    (void)state;
    write_plain();
    write_lines("state add src nowhere\n");
    snprintf(want, sizeof want, "%s:12: ", lines);
    espsim_fails(ARGV("replay", "--xfrm", lines, "--in", option("plain", plain_in, a)), 1, want);
    write_lines("");
    assert_int_equal(truncate(plain_in, 24 + 16 + 30), 0);
    espsim_fails(ARGV("replay", "--xfrm", lines, "--in", option("plain", plain_in, a)), 1,
                 "plain: ends inside frame 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outbound),           cmocka_unit_test(test_twice_is_the_same),
        cmocka_unit_test(test_inbound_with_flaws), cmocka_unit_test(test_both_ways_with_neighbours),
        cmocka_unit_test(test_bad_lines),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
