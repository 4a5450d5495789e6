/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The BAR for XRT's hardware emulation, with a client that is not XRT: requests in pieces, several
 * in one piece, cut short, with lengths that lie. (XRT itself: tests/interop/xrt.py.) Messages are
 * written out byte by byte, as protobuf has them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "driver/regs.h"
#include "sim/card/bar_hwemu.h"

static char dir[] = "/tmp/espl_test_hwemu.XXXXXX";
static struct bar_hwemu h;
static uint32_t page[ESPL_PAGE_BYTES / 4];
static int client = -1;

static bool card_read(void *user, uint32_t off, uint32_t *value)
{
    (void)user;
    assert_true(off % 4 == 0 && off < ESPL_PAGE_BYTES);
    *value = page[off / 4];
    return true;
}

static bool card_write(void *user, uint32_t off, uint32_t value)
{
    (void)user;
    assert_true(off % 4 == 0 && off < ESPL_PAGE_BYTES);
    page[off / 4] = value;
    return true;
}

static const struct bar_ops ops = {card_read, card_write};

static void turn(void)
{
    struct pollfd fds[BAR_HWEMU_FDS];
    size_t n = bar_hwemu_fds(&h, fds);
    while (poll(fds, n, 20) > 0) {
        assert_true(bar_hwemu_serve(&h, fds, n));
        n = bar_hwemu_fds(&h, fds);
    }
}

static void join(void)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    if (client >= 0)
        close(client);
    (void)snprintf(addr.sun_path, sizeof addr.sun_path, "%s/sock", dir);
    client = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(connect(client, (const struct sockaddr *)&addr, sizeof addr), 0);
    turn();
}

static void say(const void *bytes, size_t len)
{
    assert_int_equal(send(client, bytes, len, MSG_NOSIGNAL), len);
}

/* A whole request: its header and the message. */
static void request(uint8_t api, const uint8_t *message, uint8_t len)
{
    uint8_t bytes[14 + 256] = {0x09, len, 0, 0, 0, 0, 0, 0, 0, 0x15, api};
    if (len)
        memcpy(bytes + 14, message, len);
    say(bytes, 14u + len);
}

static void answers(const uint8_t *message, uint8_t len)
{
    uint8_t got[512];
    const uint8_t head[9] = {0x09, len};
    turn();
    assert_int_equal(recv(client, got, sizeof got, MSG_DONTWAIT), 9 + len);
    assert_memory_equal(got, head, 9);
    if (len)
        assert_memory_equal(got + 9, message, len);
}
#define ANSWERS(...) answers((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))
#define REQUEST(api, ...)                                                                          \
    request(api, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void hangs_up(void)
{
    uint8_t byte;
    turn();
    ssize_t n = recv(client, &byte, 1, MSG_DONTWAIT);
    assert_true(n == 0 || (n < 0 && errno == ECONNRESET)); /* reset: it had not read all */
    join();
}

static int start(void **state)
{
    char why[256], path[64];
    (void)state;
    if (!mkdtemp(dir))
        return 1;
    (void)snprintf(path, sizeof path, "%s/sock", dir);
    if (!bar_hwemu_open(&h, path, &ops, NULL, why, sizeof why))
        return 1;
    join();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    close(client);
    bar_hwemu_close(&h);
    return rmdir(dir); /* the socket is gone */
}

/* addr 0x800044 is 0xc4 0x80 0x80 0x04 as a varint */
static void reads_and_writes(void **state)
{
    (void)state;
    page[0x44 / 4] = 0x11223344;
    REQUEST(11, 0x10, 0xc4, 0x80, 0x80, 0x04, 0x18, 4);
    ANSWERS(0x08, 1, 0x12, 4, 0x44, 0x33, 0x22, 0x11);
    REQUEST(9, 0x10, 0xc4, 0x80, 0x80, 0x04, 0x18, 4, 0x22, 4, 1, 2, 3, 4);
    ANSWERS(0x08, 1);
    assert_int_equal(page[0x44 / 4], 0x04030201);
    REQUEST(11, 0x10, 0xc0, 0x80, 0x80, 0x04, 0x18, 8); /* two words */
    ANSWERS(0x08, 1, 0x12, 8, 0, 0, 0, 0, 1, 2, 3, 4);
    request(19, NULL, 0);
    answers(NULL, 0);
    REQUEST(20, 0x1a, 0);
    ANSWERS(0x08, 1);
    request(1, NULL, 0);
    ANSWERS(0x08, 1);
}

static void in_pieces_and_together(void **state)
{
    (void)state;
    static const uint8_t one[] = {0x09, 7, 0, 0,    0,    0,    0,    0,    0,    0x15, 11,
                                  0,    0, 0, 0x10, 0xc4, 0x80, 0x80, 0x04, 0x18, 4};
    uint8_t both[2 * sizeof one], got[64];
    page[0x44 / 4] = 5;
    for (size_t i = 0; i < sizeof one; i++) {
        say(one + i, 1);
        turn();
    }
    ANSWERS(0x08, 1, 0x12, 4, 5, 0, 0, 0);
    memcpy(both, one, sizeof one);
    memcpy(both + sizeof one, one, sizeof one);
    say(both, sizeof both);
    turn();
    assert_int_equal(recv(client, got, sizeof got, MSG_DONTWAIT), 2 * 17);
}

static void accesses_beyond_the_page(void **state)
{
    (void)state;
    REQUEST(11, 0x10, 0x80, 0x20, 0x18, 4); /* 0x1000 */
    ANSWERS(0x08, 0);
    REQUEST(11, 0x10, 0xfc, 0x1f, 0x18, 8); /* 0xffc, 8 bytes */
    ANSWERS(0x08, 0);
    REQUEST(11, 0x10, 2, 0x18, 4); /* between two words */
    ANSWERS(0x08, 0);
    REQUEST(11, 0x10, 0, 0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1);
    ANSWERS(0x08, 0);
    REQUEST(9, 0x10, 0, 0x18, 4, 0x22, 2, 1, 2); /* fewer bytes than it says */
    ANSWERS(0x08, 0);
    REQUEST(9, 0x10, 0, 0x18, 4, 0x20, 4); /* data that is a number */
    ANSWERS(0x08, 0);
}

static void who_is_no_xrt_is_hung_up_on(void **state)
{
    (void)state;
    say("GET / HTTP/1.0\r\n\r\n", 18);
    hangs_up();
    static const uint8_t huge[] = {0x09, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x15, 11, 0, 0, 0};
    say(huge, sizeof huge);
    hangs_up();
    REQUEST(11, 0x10); /* a field without its value */
    hangs_up();
    REQUEST(11, 0x22, 200, 1); /* bytes that are not there */
    hangs_up();
    REQUEST(11, 0x13); /* a kind of field that protobuf does not have any more */
    hangs_up();
    REQUEST(11, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80);
    hangs_up();
    request(4, NULL, 0); /* memory of a kernel: there is none */
    hangs_up();
    page[1] = 9;
    REQUEST(11, 0x10, 4, 0x18, 4); /* and the next one is served as ever */
    ANSWERS(0x08, 1, 0x12, 4, 9, 0, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_writes),
        cmocka_unit_test(in_pieces_and_together),
        cmocka_unit_test(accesses_beyond_the_page),
        cmocka_unit_test(who_is_no_xrt_is_hung_up_on),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
