/* SPDX-License-Identifier: Apache-2.0 */
/* The BAR's socket: the protocol, several clients, and clients who mean harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "driver/bus/sim_proto.h"
#include "driver/regs.h"
#include "sim/card/bar_server.h"

#define WORDS (ESPL_PAGE_BYTES / 4)

static uint32_t page[WORDS];
static unsigned reads, writes;
static bool broken;
static char dir[] = "/tmp/espalier-bar-XXXXXX", path[64];
static struct bar_server server;

static bool page_read(void *user, uint32_t off, uint32_t *value)
{
    assert_ptr_equal(user, page);
    assert_true(off % 4 == 0 && off < ESPL_PAGE_BYTES);
    reads++;
    *value = page[off / 4];
    return !broken;
}

static bool page_write(void *user, uint32_t off, uint32_t value)
{
    assert_ptr_equal(user, page);
    assert_true(off % 4 == 0 && off < ESPL_PAGE_BYTES);
    writes++;
    page[off / 4] = value;
    return !broken;
}

static const struct bar_ops ops = {page_read, page_write};

static int start(void **state)
{
    char why[256];
    (void)state;
    for (unsigned i = 0; i < WORDS; i++)
        page[i] = i * 0x01010101u;
    reads = writes = 0;
    broken = false;
    return !bar_server_open(&server, path, &ops, page, why, sizeof why);
}

static int stop(void **state)
{
    (void)state;
    bar_server_close(&server);
    return access(path, F_OK) == 0;
}

/* The server looks at the world once. */
static bool turn(void)
{
    struct pollfd fds[BAR_FDS];
    size_t n = bar_server_fds(&server, fds);
    assert_true(poll(fds, n, 0) >= 0);
    return bar_server_serve(&server, fds, n);
}

static int dial(void)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
    strcpy(addr.sun_path, path);
    assert_int_equal(connect(fd, (const struct sockaddr *)&addr, sizeof addr), 0);
    return fd;
}

static void ask(int fd, uint16_t op, uint16_t count, uint32_t tag, uint32_t addr, size_t words)
{
    struct espl_sim_msg msg = {
        .magic = ESPL_SIM_MAGIC, .op = op, .count = count, .tag = tag, .addr = addr};
    for (unsigned i = 0; i < words && i < ESPL_SIM_WORDS; i++)
        msg.words[i] = 0xbeef0000u + i;
    assert_true(send(fd, &msg, ESPL_SIM_HEADER + 4 * words, 0) > 0);
}

/* The next message, which must be of that kind; its words. */
static size_t expect(int fd, uint16_t op, uint32_t tag, struct espl_sim_msg *msg)
{
    ssize_t n = recv(fd, msg, sizeof *msg, 0);
    assert_true(n >= (ssize_t)ESPL_SIM_HEADER);
    assert_int_equal(msg->magic, ESPL_SIM_MAGIC);
    assert_int_equal(msg->op, op);
    assert_int_equal(msg->tag, tag);
    assert_int_equal((size_t)n, ESPL_SIM_HEADER + 4u * msg->count);
    return msg->count;
}

static void expect_silence(int fd)
{
    char c;
    assert_int_equal(recv(fd, &c, 1, 0), -1);
    assert_int_equal(errno, EAGAIN);
}

static int client(void)
{
    struct espl_sim_msg msg;
    int fd = dial();
    assert_true(turn());
    assert_int_equal(expect(fd, ESPL_SIM_HELLO, 0, &msg), 1);
    assert_int_equal(msg.addr, ESPL_SIM_PROTO);
    assert_int_equal(msg.words[0], ESPL_PAGE_BYTES);
    return fd;
}

static void test_reads_and_writes_in_order(void **state)
{
    struct espl_sim_msg msg;
    int a = client(), b = client();

    (void)state;
    ask(a, ESPL_SIM_WRITE, 3, 1, 0x100, 3);
    ask(a, ESPL_SIM_READ, 4, 2, 0x100, 0);
    ask(b, ESPL_SIM_READ, 64, 3, ESPL_PAGE_BYTES - 256, 0);
    assert_true(turn());
    assert_int_equal(expect(a, ESPL_SIM_DATA, 2, &msg), 4);
    assert_int_equal(msg.words[0], 0xbeef0000);
    assert_int_equal(msg.words[2], 0xbeef0002);
    assert_int_equal(msg.words[3], 0x43434343);
    assert_int_equal(expect(b, ESPL_SIM_DATA, 3, &msg), 64);
    assert_int_equal(msg.words[63], (WORDS - 1) * 0x01010101u);
    expect_silence(a); /* writes are posted */
    close(a);
    close(b);
}

static void refused(int fd, const void *data, size_t len, uint32_t tag)
{
    struct espl_sim_msg msg;
    uint64_t before = server.refused;
    assert_int_equal(send(fd, data, len, 0), len);
    assert_true(turn());
    assert_int_equal(expect(fd, ESPL_SIM_ERROR, tag, &msg), 0);
    assert_int_equal(server.refused, before + 1);
}

static void test_malformed(void **state)
{
    static const struct {
        uint16_t op, count;
        uint32_t addr;
        size_t words;
    } cases[] = {
        {ESPL_SIM_READ, 0, 0, 0},                      /* nothing */
        {ESPL_SIM_READ, 65, 0, 0},                     /* more than a message holds */
        {ESPL_SIM_READ, 1, 2, 0},                      /* misaligned */
        {ESPL_SIM_READ, 1, ESPL_PAGE_BYTES, 0},        /* beyond the page */
        {ESPL_SIM_READ, 2, ESPL_PAGE_BYTES - 4, 0},    /* beginning inside */
        {ESPL_SIM_READ, 1, 0xfffffffc, 0},             /* and around the end of numbers */
        {ESPL_SIM_READ, 1, 0, 1},                      /* words with a read */
        {ESPL_SIM_WRITE, 2, 0, 1},                     /* fewer words than it says */
        {ESPL_SIM_WRITE, 1, 0, 2},                     /* more */
        {ESPL_SIM_WRITE, 64, ESPL_PAGE_BYTES - 4, 64}, /* over the end */
        {ESPL_SIM_WRITE, 0xffff, 0, 64},
        {ESPL_SIM_HELLO, 1, 0, 1}, /* what only the card says */
        {ESPL_SIM_DATA, 1, 0, 1},
        {0, 0, 0, 0},
        {0xffff, 1, 0, 1},
    };
    struct espl_sim_msg msg = {.magic = ESPL_SIM_MAGIC, .op = ESPL_SIM_READ, .count = 1, .tag = 9};
    uint8_t big[ESPL_SIM_HEADER + 4 * ESPL_SIM_WORDS + 4] = {0};
    int fd = client();

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct espl_sim_msg m = {.magic = ESPL_SIM_MAGIC,
                                 .op = cases[i].op,
                                 .count = cases[i].count,
                                 .tag = (uint32_t)i + 100,
                                 .addr = cases[i].addr};
        refused(fd, &m, ESPL_SIM_HEADER + 4 * cases[i].words, (uint32_t)i + 100);
    }
    for (size_t len = 1; len < ESPL_SIM_HEADER; len++)
        refused(fd, &msg, len, 0);
    memcpy(big, &msg, ESPL_SIM_HEADER);
    refused(fd, big, sizeof big, 9);
    msg.magic ^= 1;
    refused(fd, &msg, ESPL_SIM_HEADER, 9);
    assert_int_equal(reads + writes, 0);
    msg.magic ^= 1; /* after all that the client is still served */
    assert_int_equal(send(fd, &msg, ESPL_SIM_HEADER, 0), ESPL_SIM_HEADER);
    assert_true(turn());
    assert_int_equal(expect(fd, ESPL_SIM_DATA, 9, &msg), 1);
    close(fd);
}

/* One asks without end and never listens: he is dropped, the other does not notice. */
static void test_deaf_client(void **state)
{
    struct espl_sim_msg msg = {.magic = ESPL_SIM_MAGIC, .op = ESPL_SIM_READ, .count = 64};
    int deaf = client(), good = client();
    bool dropped = false;

    (void)state;
    for (unsigned i = 0; i < 10000 && !dropped; i++) {
        dropped = send(deaf, &msg, ESPL_SIM_HEADER, MSG_NOSIGNAL) < 0 && errno == EPIPE;
        assert_true(turn());
    }
    assert_true(dropped);
    ask(good, ESPL_SIM_READ, 1, 5, 0x20, 0);
    assert_true(turn());
    assert_int_equal(expect(good, ESPL_SIM_DATA, 5, &msg), 1);
    close(deaf);
    close(good);
}

/* A flood is worked off in shares; between them another gets his answer. */
static void test_flood(void **state)
{
    struct espl_sim_msg msg = {.magic = ESPL_SIM_MAGIC, .op = ESPL_SIM_WRITE, .count = 1};
    int flood = client(), good = client();
    unsigned sent = 0;

    (void)state;
    while (send(flood, &msg, ESPL_SIM_HEADER + 4, 0) > 0)
        sent++;
    assert_true(sent > 64);
    ask(good, ESPL_SIM_READ, 1, 6, 0x20, 0);
    assert_true(turn());
    assert_int_equal(expect(good, ESPL_SIM_DATA, 6, &msg), 1);
    assert_true(writes < sent);
    for (unsigned i = 0; writes < sent && i < 1000; i++)
        assert_true(turn());
    assert_int_equal(writes, sent);
    close(flood);
    close(good);
}

static void test_crowd(void **state)
{
    int fd[BAR_CLIENTS + 4];
    struct espl_sim_msg msg;
    char c;

    (void)state;
    for (unsigned i = 0; i < BAR_CLIENTS; i++)
        fd[i] = client();
    for (unsigned i = BAR_CLIENTS; i < BAR_CLIENTS + 4; i++) {
        fd[i] = dial();
        assert_true(turn());
        assert_int_equal(recv(fd[i], &c, 1, 0), 0); /* shown the door */
        close(fd[i]);
    }
    assert_int_equal(server.refused, 4);
    close(fd[3]); /* one goes, another may come */
    assert_true(turn());
    fd[3] = client();
    bar_server_irq(&server, true);
    bar_server_irq(&server, true);
    for (unsigned i = 0; i < BAR_CLIENTS; i++) {
        assert_int_equal(expect(fd[i], ESPL_SIM_IRQ, 0, &msg), 0);
        expect_silence(fd[i]); /* the rise is told, not the level */
        close(fd[i]);
    }
    assert_true(turn());
    bar_server_irq(&server, false);
}

static void test_failed_card(void **state)
{
    int fd = client();
    (void)state;
    broken = true;
    ask(fd, ESPL_SIM_READ, 1, 7, 0, 0);
    assert_false(turn());
    close(fd);
}

static void test_socket_path(void **state)
{
    struct bar_server second;
    char longest[300], why[400];
    struct stat st;
    FILE *file;

    (void)state;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700 & ~0077u); /* nobody else */
    assert_false(bar_server_open(&second, path, &ops, page, why, sizeof why));
    assert_non_null(strstr(why, "another process listens"));
    snprintf(longest, sizeof longest, "/tmp/%0200d", 0);
    assert_false(bar_server_open(&second, longest, &ops, page, why, sizeof why));
    assert_non_null(strstr(why, "1 to 107 bytes"));
    assert_false(bar_server_open(&second, "", &ops, page, why, sizeof why));
    assert_false(bar_server_open(&second, "/nonexistent/s", &ops, page, why, sizeof why));
    assert_non_null(strstr(why, "No such file"));
    /* a socket that its process left behind is replaced, a file is not */
    close(server.listener);
    server.listener = -1;
    assert_true(bar_server_open(&second, path, &ops, page, why, sizeof why));
    bar_server_close(&second);
    file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
    assert_false(bar_server_open(&second, path, &ops, page, why, sizeof why));
    assert_non_null(strstr(why, "no socket"));
    assert_int_equal(access(path, F_OK), 0);
}

static int make_dir(void **state)
{
    (void)state;
    if (!mkdtemp(dir))
        return 1;
    snprintf(path, sizeof path, "%s/bar", dir);
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    return rmdir(dir);
}

int main(void)
{
#define WITH_SERVER(TEST) cmocka_unit_test_setup_teardown(TEST, start, stop)
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_reads_and_writes_in_order),
        WITH_SERVER(test_malformed),
        WITH_SERVER(test_deaf_client),
        WITH_SERVER(test_flood),
        WITH_SERVER(test_crowd),
        WITH_SERVER(test_failed_card),
        WITH_SERVER(test_socket_path),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
