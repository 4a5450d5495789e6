/* SPDX-License-Identifier: Apache-2.0 */
/* Capture files: all four magics are read, damaged ones are refused in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/ports/pcap.h"

static char path[] = "/tmp/espalier-pcap-XXXXXX";

static int make_file(void **state)
{
    int fd = mkstemp(path);
    (void)state;
    if (fd >= 0)
        close(fd);
    return fd < 0;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void store(const void *data, size_t len)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_true(len == 0 || fwrite(data, len, 1, f) == 1);
    assert_int_equal(fclose(f), 0);
}

static size_t w32(uint8_t *p, uint32_t v, bool big)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (big ? 24 - 8 * i : 8 * i));
    return 4;
}

/* A capture of `n` frames of `len` bytes as another machine may have written it. */
static size_t capture(uint8_t *p, uint32_t magic, bool big, uint32_t link, unsigned n, uint32_t len,
                      uint32_t claimed)
{
    size_t at = w32(p, magic, big);
    p[at++] = big ? 0 : 2;
    p[at++] = big ? 2 : 0;
    p[at++] = big ? 0 : 4;
    p[at++] = big ? 4 : 0;
    at += w32(p + at, 0, big);
    at += w32(p + at, 0, big);
    at += w32(p + at, 65535, big);
    at += w32(p + at, link, big);
    for (unsigned i = 0; i < n; i++) {
        at += w32(p + at, 1, big);
        at += w32(p + at, i, big);
        at += w32(p + at, len, big);
        at += w32(p + at, claimed, big);
        memset(p + at, (int)i + 1, len);
        at += len;
    }
    return at;
}

static void test_all_magics(void **state)
{
    static const uint32_t magics[] = {0xa1b2c3d4, 0xa1b23c4d};
    uint8_t file[1024], frame[256];
    char why[128];

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct pcap_reader r;
        store(file, capture(file, magics[i / 2], i & 1, 1, 3, 60, 60));
        assert_true(pcap_open(&r, path, why, sizeof why));
        for (unsigned n = 1; n <= 3; n++) {
            assert_int_equal(pcap_read(&r, frame, sizeof frame, why, sizeof why), 60);
            assert_int_equal(frame[0], n);
            assert_int_equal(frame[59], n);
        }
        assert_int_equal(pcap_read(&r, frame, sizeof frame, why, sizeof why), 0);
        assert_int_equal(r.frames, 3);
        pcap_close(&r);
    }
}

static void refused(const char *word)
{
    struct pcap_reader r;
    char why[128] = "";
    assert_false(pcap_open(&r, path, why, sizeof why));
    if (!strstr(why, word))
        fail_msg("`%s' does not say `%s'", why, word);
}

static void test_no_capture(void **state)
{
    uint8_t file[64] = {0};
    struct pcap_reader r;
    char why[128];

    (void)state;
    store(file, 0);
    refused("too short");
    store(file, capture(file, 0x12345678, false, 1, 0, 0, 0));
    refused("not a pcap file");
    store(file, capture(file, 0x0a0d0d0a, false, 1, 0, 0, 0));
    refused("pcapng");
    store(file, capture(file, 0xa1b2c3d4, true, 113, 0, 0, 0));
    refused("link type 113");
    assert_false(pcap_open(&r, "/nonexistent/a.pcap", why, sizeof why));
    assert_string_equal(why, "No such file or directory");
}

/* Cut at every byte: whole frames come, then the damage is told, unless it is between two. */
static void test_cut_anywhere(void **state)
{
    uint8_t file[512], frame[256];
    size_t len = capture(file, 0xa1b2c3d4, false, 1, 3, 61, 61), each = 16 + 61;

    (void)state;
    for (size_t cut = 24; cut < len; cut++) {
        struct pcap_reader r;
        char why[128] = "";
        long n;
        store(file, cut);
        assert_true(pcap_open(&r, path, why, sizeof why));
        for (size_t i = 0; i < (cut - 24) / each; i++)
            assert_int_equal(pcap_read(&r, frame, sizeof frame, why, sizeof why), 61);
        n = pcap_read(&r, frame, sizeof frame, why, sizeof why);
        assert_int_equal(n, (cut - 24) % each ? -1 : 0);
        assert_int_equal(why[0] != '\0', n < 0);
        pcap_close(&r);
    }
}

static void test_bad_lengths(void **state)
{
    static const struct {
        uint32_t len, claimed;
        const char *word;
    } cases[] = {{96, 1500, "cut to 96 of 1500"}, {0, 0, "cut to 0"}, {300, 300, "300 bytes"}};
    uint8_t file[512], frame[256];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pcap_reader r;
        char why[128] = "";
        store(file, capture(file, 0xa1b2c3d4, false, 1, 1, cases[i].len, cases[i].claimed));
        assert_true(pcap_open(&r, path, why, sizeof why));
        assert_int_equal(pcap_read(&r, frame, sizeof frame, why, sizeof why), -1);
        assert_non_null(strstr(why, cases[i].word));
        pcap_close(&r);
    }
}

static void test_written_is_read(void **state)
{
    struct pcap_writer w;
    struct pcap_reader r;
    uint8_t frame[256], got[256];
    char why[128];

    (void)state;
    memset(frame, 0x5a, sizeof frame);
    assert_true(pcap_create(&w, path, why, sizeof why));
    for (size_t len = 1; len < 200; len++)
        assert_true(pcap_write(&w, 1500000000u * len, frame, len));
    assert_true(pcap_finish(&w));
    assert_true(pcap_open(&r, path, why, sizeof why));
    for (size_t len = 1; len < 200; len++) {
        assert_int_equal(pcap_read(&r, got, sizeof got, why, sizeof why), len);
        assert_memory_equal(got, frame, len);
    }
    assert_int_equal(pcap_read(&r, got, sizeof got, why, sizeof why), 0);
    pcap_close(&r);
}

static void test_full_disk(void **state)
{
    struct pcap_writer w;
    uint8_t frame[9000] = {0};
    char why[128];
    bool ok = true;

    (void)state;
    assert_true(pcap_create(&w, "/dev/full", why, sizeof why));
    for (unsigned i = 0; i < 100; i++)
        ok = pcap_write(&w, 0, frame, sizeof frame) && ok;
    assert_false(pcap_finish(&w) && ok);
    assert_false(pcap_create(&w, "/nonexistent/b.pcap", why, sizeof why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_magics),      cmocka_unit_test(test_no_capture),
        cmocka_unit_test(test_cut_anywhere),    cmocka_unit_test(test_bad_lengths),
        cmocka_unit_test(test_written_is_read), cmocka_unit_test(test_full_disk),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
