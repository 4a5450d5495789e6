/* SPDX-License-Identifier: Apache-2.0 */
/* A TAP netdev as a port, in network namespaces that the test makes for itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <arpa/inet.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/ports/port.h"

#define NETNS "/run/netns/espalier-test-tap"

static bool allowed;

/* This process gets a network namespace of its own, and a second one under a name. */
static int make_namespaces(void **state)
{
    int fd;

    (void)state;
    if (unshare(CLONE_NEWNET | CLONE_NEWNS) != 0) {
        print_message("SKIPPED: no permission for namespaces (%s): TAP ports were not tested\n",
                      strerror(errno));
        return 0;
    }
    allowed = true;
    /* /run/netns of this process alone, so that the name collides with nobody's */
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        (mkdir("/run/netns", 0755) != 0 && errno != EEXIST) ||
        mount("none", "/run/netns", "tmpfs", 0, NULL) != 0)
        return 1;
    fd = open(NETNS, O_CREAT | O_WRONLY, 0600);
    if (fd < 0 || close(fd) != 0 || mount("/proc/self/ns/net", NETNS, NULL, MS_BIND, NULL) != 0)
        return 1;
    return unshare(CLONE_NEWNET);
}

static void set_up(const char *name)
{
    struct ifreq req = {0};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    strncpy(req.ifr_name, name, IFNAMSIZ - 1);
    assert_int_equal(ioctl(fd, SIOCGIFFLAGS, &req), 0);
    req.ifr_flags |= IFF_UP;
    assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &req), 0);
    close(fd);
}

/* A raw socket at netdev `name`: the kernel's side of the wire. */
static int raw(const char *name)
{
    struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(ETH_P_ALL));
    at.sll_ifindex = (int)if_nametoindex(name);
    assert_true(at.sll_ifindex > 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

/* The next frame with the test's type; the kernel says things of its own on a new netdev. */
static size_t receive(struct sim_port *port, uint8_t *frame, size_t cap)
{
    for (unsigned i = 0; i < 200; i++) {
        struct pollfd p = {.fd = port->fd, .events = POLLIN};
        size_t len;
        if (sim_port_receive(port, frame, cap, &len) != SIM_PORT_FRAME)
            poll(&p, 1, 20);
        else if (len >= 14 && frame[12] == 0x88 && frame[13] == 0xb5)
            return len;
    }
    return 0;
}

static void exchange(struct sim_port *port, const char *name)
{
    static const uint8_t head[14] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xb5};
    uint8_t frame[1514], got[2048];
    int fd;

    set_up(name);
    fd = raw(name);
    for (size_t len = 60; len <= sizeof frame; len += 100) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        ssize_t n = 0;
        memset(frame, (int)len, sizeof frame);
        memcpy(frame, head, sizeof head);
        assert_int_equal(send(fd, frame, len, 0), len);
        assert_int_equal(receive(port, got, sizeof got), len);
        assert_memory_equal(got, frame, len);
        frame[0] ^= 4; /* so that it is not taken for the one that was sent */
        sim_port_send(port, frame, len);
        for (unsigned i = 0; i < 200 && !(n == (ssize_t)len && memcmp(got, frame, len) == 0); i++) {
            poll(&p, 1, 20);
            n = recv(fd, got, sizeof got, 0);
        }
        assert_int_equal(n, len);
        assert_memory_equal(got, frame, len);
    }
    assert_int_equal(port->refused, 0);
    close(fd);
}

static void test_here(void **state)
{
    struct sim_port *port, *second;
    uint8_t frame[60] = {0};
    char why[256];

    (void)state;
    if (!allowed)
        skip();
    assert_true(sim_port_open("tap:espltest0", &port, why, sizeof why));
    sim_port_send(port, frame, sizeof frame); /* the netdev is down */
    assert_int_equal(port->refused, 1);
    port->refused = 0;
    exchange(port, "espltest0");
    assert_false(sim_port_open("tap:espltest0", &second, why, sizeof why));
    assert_non_null(strstr(why, "in use"));
    assert_false(sim_port_open("tap:lo", &second, why, sizeof why));
    assert_non_null(strstr(why, "no single-queue TAP"));
    assert_true(sim_port_close(port));
    assert_int_equal(if_nametoindex("espltest0"), 0);
}

static void test_in_a_named_namespace(void **state)
{
    struct sim_port *port;
    char why[256];
    int there, home;

    (void)state;
    if (!allowed)
        skip();
    assert_true(sim_port_open("tap:espltest1@espalier-test-tap", &port, why, sizeof why));
    assert_int_equal(if_nametoindex("espltest1"), 0); /* this process stayed where it was */
    home = open("/proc/self/ns/net", O_RDONLY);
    there = open(NETNS, O_RDONLY);
    assert_int_equal(setns(there, CLONE_NEWNET), 0);
    exchange(port, "espltest1");
    assert_int_equal(setns(home, CLONE_NEWNET), 0);
    close(there);
    close(home);
    assert_true(sim_port_close(port));
}

static void test_netdev_that_vanishes(void **state)
{
    struct sim_port *port;
    struct pollfd p;
    uint8_t frame[2048];
    char why[256];
    size_t len;
    enum sim_port_got got = SIM_PORT_FRAME;

    (void)state;
    if (!allowed)
        skip();
    assert_true(sim_port_open("tap:espltest2", &port, why, sizeof why));
    assert_int_equal(system("ip link delete espltest2"), 0);
    for (unsigned i = 0; i < 250 && got != SIM_PORT_ERROR; i++) {
        p = (struct pollfd){.fd = port->fd, .events = POLLIN};
        poll(&p, 1, 20);
        got = sim_port_receive(port, frame, sizeof frame, &len);
    }
    assert_int_equal(got, SIM_PORT_ERROR);
    assert_string_equal(port->why, "tap:espltest2: the netdev is gone");
    assert_true(sim_port_close(port));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_here),
        cmocka_unit_test(test_in_a_named_namespace),
        cmocka_unit_test(test_netdev_that_vanishes),
    };
    return cmocka_run_group_tests(tests, make_namespaces, NULL);
}
