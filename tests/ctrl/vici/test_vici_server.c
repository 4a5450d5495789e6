/* SPDX-License-Identifier: Apache-2.0 */
/* Clients of the control socket, well-behaved and hostile, and the socket itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/ctrl/vici/harness.h"

static void requests_come_in_pieces_and_in_heaps(void **state)
{
    static const char *const events[] = {"child-state-installed", "child-state-rekeyed",
                                         "child-state-destroying", "list-sa"};
    struct vici_out o;
    int fd = client();
    (void)state;
    vici_out_begin(&o, VICI_CMD_REQUEST, "version");
    assert_true(vici_out_end(&o));
    for (size_t i = 0; i < o.len; i++) {
        raw(fd, o.data + i, 1);
        turn();
    }
    vici_out_free(&o);
    expect(fd, 1, "1 daemon=espalierd version=" ESPL_VERSION " sysname=Linux");
    for (size_t i = 0; i < 4; i++) /* as FRR's nhrpd does it, without a pause */
        ask(fd, VICI_EVENT_REGISTER, events[i]);
    ask(fd, VICI_CMD_REQUEST, "list-sas");
    ask(fd, VICI_EVENT_UNREGISTER, "list-sa");
    ask(fd, VICI_CMD_REQUEST, "nonsense");
    ask(fd, VICI_EVENT_REGISTER, "nonsense");
    assert_string_equal(hear(fd, 8), "5 \n5 \n5 \n5 \n1 \n5 \n2 \n6 \n");
    close(fd);
}

static void what_swanctl_knows_is_answered(void **state)
{
    static const char *const commands[] = {
        "version",         "stats",       "reload-settings", "initiate",       "terminate",
        "rekey",           "redirect",    "install",         "uninstall",      "list-sas",
        "list-policies",   "list-conns",  "get-conns",       "list-certs",     "list-authorities",
        "get-authorities", "load-conn",   "unload-conn",     "load-cert",      "load-key",
        "unload-key",      "get-keys",    "load-token",      "load-shared",    "unload-shared",
        "get-shared",      "flush-certs", "clear-creds",     "load-authority", "unload-authority",
        "load-pool",       "unload-pool", "get-pools",       "get-algorithms", "get-counters",
        "reset-counters"};
    int fd = client();
    (void)state;
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
        ask(fd, VICI_CMD_REQUEST, commands[i]);
        hear(fd, 1);
        assert_int_equal(answer[0], '1');
        if (strstr(answer, "success=no"))
            says("errmsg=");
    }
    ask(fd, VICI_CMD_REQUEST, "redirect");
    expect(fd, 1, "success=no errmsg=redirecting peers is not supported by espalierd");
    close(fd);
}

static void hostile_clients_end_alone(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } bad[] = {
        {"\0\0\0\0", 4},         /* an empty segment */
        {"\0\x08\0\x01", 4},     /* one byte too long */
        {"\xff\xff\xff\xff", 4}, /* much too long */
        {"GET / HTTP/1.1\r\n\r\n", 18},
        {"\0\0\0\x01\x01", 5}, /* what a server says */
        {"\0\0\0\x01\x05", 5},
        {"\0\0\0\x03\x07\x01x", 7},
        {"\0\0\0\x03\0\x05x", 7},            /* a name that ends too early */
        {"\0\0\0\x0a\0\x07version\x02", 14}, /* the end of no section */
    };
    int other = client();
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        int fd = client();
        raw(fd, bad[i].bytes, bad[i].len);
        expect_closed(fd);
        expect_alive(other);
    }
    close(other);
}

/* A load-conn that ends at every byte, and then the client goes: no answer, nothing kept. */
static void cut_anywhere(void **state)
{
    struct vici_out o;
    (void)state;
    vici_out_begin(&o, VICI_CMD_REQUEST, "load-conn");
    vici_section(&o, "new");
    vici_list(&o, "local_addrs");
    vici_item(&o, "10.99.0.1");
    vici_list_end(&o);
    vici_section_end(&o);
    assert_true(vici_out_end(&o));
    for (size_t n = 0; n < o.len; n++) {
        int fd = client();
        raw(fd, o.data, n);
        turn();
        close(fd);
        turn();
        /* the same bytes, as a whole segment of this length */
        if (n < VICI_HEADER + 1)
            continue;
        fd = client();
        const uint8_t len[4] = {0, 0, 0, (uint8_t)(n - VICI_HEADER)};
        raw(fd, len, 4);
        raw(fd, o.data + VICI_HEADER, n - VICI_HEADER);
        if (n == VICI_HEADER + 2 + strlen("load-conn"))
            expect(fd, 1, "success=yes"); /* nothing to load */
        else
            expect_closed(fd);
        if (n == VICI_HEADER + 2 + strlen("load-conn"))
            close(fd);
    }
    vici_out_free(&o);
}

static void the_socket_in_the_file_system(void **state)
{
    struct stat st;
    struct vici *second;
    char why[256] = "", long_path[200];
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    (void)state;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(vici_open(path, &second, why, sizeof(why)), -1);
    assert_non_null(strstr(why, "another daemon answers"));
    snprintf(sa.sun_path, sizeof(sa.sun_path), "%s.x", path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
    close(fd); /* nobody answers there */
    assert_int_equal(vici_open(sa.sun_path, &second, why, sizeof(why)), 0);
    vici_free(second);
    assert_int_equal(access(sa.sun_path, F_OK), -1);
    FILE *f = fopen(sa.sun_path, "w"); /* no socket: it is not ours to remove */
    assert_non_null(f);
    fclose(f);
    assert_int_equal(vici_open(sa.sun_path, &second, why, sizeof(why)), -1);
    assert_int_equal(unlink(sa.sun_path), 0);
    memset(long_path, 'x', sizeof(long_path));
    long_path[sizeof(long_path) - 1] = '\0';
    assert_int_equal(vici_open(long_path, &second, why, sizeof(why)), -1);
    assert_non_null(strstr(why, "longer than"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(requests_come_in_pieces_and_in_heaps),
        TEST(what_swanctl_knows_is_answered),
        TEST(hostile_clients_end_alone),
        TEST(cut_anywhere),
        TEST(the_socket_in_the_file_system),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
