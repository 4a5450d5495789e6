/* SPDX-License-Identifier: Apache-2.0 */
/* UDP 500 and 4500 on loopback in a namespace: markers, keepalives, addresses, both families. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "ctrl/daemon/sockets.h"
#include "tests/ctrl/net/netns.h"

static bool allowed;
static struct sockets sockets;
static int peer[2]; /* 127.0.0.1:7001, [::1]:7001 */

static struct {
    unsigned count;
    struct endpoint local, peer;
    uint8_t data[64];
    size_t len;
} got;

static void on_message(void *user, const struct endpoint *local, const struct endpoint *from,
                       const uint8_t *data, size_t len)
{
    (void)user;
    got.count++;
    got.local = *local;
    got.peer = *from;
    got.len = len;
    memcpy(got.data, data, len < sizeof(got.data) ? len : sizeof(got.data));
}

static int open_peer(int family)
{
    const struct timeval limit = {.tv_sec = 2};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(7001)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(7001)};
    int fd = socket(family, SOCK_DGRAM, 0);
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    v6.sin6_addr = in6addr_loopback;
    int rc = family == AF_INET ? bind(fd, (struct sockaddr *)&v4, sizeof(v4))
                               : bind(fd, (struct sockaddr *)&v6, sizeof(v6));
    assert_int_equal(rc, 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
    return fd;
}

static int set_up(void **state)
{
    (void)state;
    char why[256] = "";
    if (!allowed)
        return 0;
    memset(&got, 0, sizeof(got));
    peer[0] = open_peer(AF_INET);
    peer[1] = open_peer(AF_INET6);
    if (sockets_open(&sockets, "lo", why, sizeof(why)) != 0)
        fail_msg("%s", why);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sockets_close(&sockets);
    if (allowed) {
        close(peer[0]);
        close(peer[1]);
    }
    return 0;
}

#define NEED_NAMESPACES()                                                                          \
    do {                                                                                           \
        if (!allowed) {                                                                            \
            print_message("no permission for network namespaces: not run\n");                      \
            skip();                                                                                \
        }                                                                                          \
    } while (0)

static const struct endpoint peer4 = {{ESPL_IPV4, {127, 0, 0, 1}}, 7001};
static const struct endpoint peer6 = {{ESPL_IPV6, {[15] = 1}}, 7001};

/* What the peer gets next; its source in *from. */
static size_t receive(int fd, uint8_t *buf, size_t room, struct sockaddr_in *from)
{
    struct sockaddr_storage any;
    socklen_t len = sizeof(any);
    ssize_t n = recvfrom(fd, buf, room, 0, (struct sockaddr *)&any, &len);
    assert_true(n >= 0);
    memcpy(from, &any, sizeof(*from));
    return (size_t)n;
}

static void what_goes_out(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    uint8_t buf[64];
    struct sockaddr_in from;
    const struct endpoint ike = {{ESPL_IPV4, {127, 0, 0, 9}}, 500};
    const struct endpoint natt = {{ESPL_IPV4, {127, 0, 0, 8}}, 4500};
    sockets_send(&sockets, &ike, &peer4, (const uint8_t *)"abc", 3);
    assert_int_equal(receive(peer[0], buf, sizeof(buf), &from), 3);
    assert_memory_equal(buf, "abc", 3);
    assert_int_equal(ntohl(from.sin_addr.s_addr), 0x7f000009); /* the address that was asked for */
    assert_int_equal(ntohs(from.sin_port), 500);
    sockets_send(&sockets, &natt, &peer4, (const uint8_t *)"abc", 3);
    assert_int_equal(receive(peer[0], buf, sizeof(buf), &from), 7);
    assert_memory_equal(buf, "\0\0\0\0abc", 7);
    assert_int_equal(ntohl(from.sin_addr.s_addr), 0x7f000008);
    assert_int_equal(ntohs(from.sin_port), 4500);
    sockets_keepalive(&sockets, &natt, &peer4);
    assert_int_equal(receive(peer[0], buf, sizeof(buf), &from), 1);
    assert_int_equal(buf[0], 0xff);
    const struct endpoint ike6 = {peer6.addr, 500};
    sockets_send(&sockets, &ike6, &peer6, (const uint8_t *)"six", 3);
    assert_int_equal(receive(peer[1], buf, sizeof(buf), &from), 3);
    assert_memory_equal(buf, "six", 3);
}

static void send_to(int fd, uint32_t addr, uint16_t port, const void *data, size_t len)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(addr);
    assert_int_equal(sendto(fd, data, len, 0, (struct sockaddr *)&to, sizeof(to)), len);
}

static void read_all(unsigned limit)
{
    for (size_t i = 0; i < sockets.count; i++)
        sockets_input(&sockets, i, limit, on_message, NULL);
}

static void what_comes_in(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    send_to(peer[0], 0x7f000005, 500, "hello", 5);
    read_all(8);
    assert_int_equal(got.count, 1);
    assert_int_equal(got.len, 5);
    assert_memory_equal(got.data, "hello", 5);
    assert_int_equal(got.local.port, 500);
    assert_memory_equal(got.local.addr.bytes, ((uint8_t[]){127, 0, 0, 5}), 4);
    assert_memory_equal(&got.peer, &peer4, sizeof(peer4));
    send_to(peer[0], 0x7f000005, 4500, "\0\0\0\0hi", 6);
    read_all(8);
    assert_int_equal(got.count, 2);
    assert_int_equal(got.len, 2);
    assert_int_equal(got.local.port, 4500);
    send_to(peer[0], 0x7f000005, 4500, "\0\0\0\0", 4); /* empty, but a message: IKE judges it */
    read_all(8);
    assert_int_equal(got.count, 3);
    assert_int_equal(got.len, 0);
    send_to(peer[0], 0x7f000005, 500, "", 0);
    read_all(8);
    assert_int_equal(got.count, 4);
    struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons(500)};
    to.sin6_addr = in6addr_loopback;
    assert_int_equal(sendto(peer[1], "six", 3, 0, (struct sockaddr *)&to, sizeof(to)), 3);
    read_all(8);
    assert_int_equal(got.count, 5);
    assert_int_equal(got.local.addr.family, ESPL_IPV6);
    assert_int_equal(got.local.addr.bytes[15], 1);
}

static void what_is_no_message(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    send_to(peer[0], 0x7f000001, 4500, "\xff", 1);
    send_to(peer[0], 0x7f000001, 4500, "", 0);
    send_to(peer[0], 0x7f000001, 4500, "\0\0\0", 3);
    send_to(peer[0], 0x7f000001, 4500, "\0\0\1\0abcd", 8);
    read_all(8);
    assert_int_equal(got.count, 0);
}

static void not_more_than_asked_for(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    for (int i = 0; i < 5; i++)
        send_to(peer[0], 0x7f000001, 500, "x", 1);
    read_all(3);
    assert_int_equal(got.count, 3);
    read_all(3);
    assert_int_equal(got.count, 5);
    /* a port that is closed answers by ICMP: the error of one datagram stops nothing */
    const struct endpoint ike = {{ESPL_IPV4, {127, 0, 0, 1}}, 500};
    const struct endpoint closed = {{ESPL_IPV4, {127, 0, 0, 1}}, 7999};
    sockets_send(&sockets, &ike, &closed, (const uint8_t *)"x", 1);
    sockets_send(&sockets, &ike, &peer4, (const uint8_t *)"y", 1);
    uint8_t buf[8];
    struct sockaddr_in from;
    assert_int_equal(receive(peer[0], buf, sizeof(buf), &from), 1);
    send_to(peer[0], 0x7f000001, 500, "z", 1);
    read_all(3);
    assert_int_equal(got.count, 6);
}

static void a_second_daemon(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    struct sockets second;
    char why[256] = "";
    assert_int_equal(sockets_open(&second, "lo", why, sizeof(why)), -1);
    assert_string_equal(why, "UDP port 500 on lo can't be opened: Address already in use "
                             "(does another IKE daemon run?)");
    assert_int_equal(second.count, 0);
    assert_int_equal(sockets_open(&second, "nosuch0", why, sizeof(why)), -1);
    assert_string_equal(why, "UDP port 500 on nosuch0 can't be opened: No such device");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    allowed = netns_enter();
    const struct CMUnitTest tests[] = {
        TEST(what_goes_out),           TEST(what_comes_in),   TEST(what_is_no_message),
        TEST(not_more_than_asked_for), TEST(a_second_daemon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
