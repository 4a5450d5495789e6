/* SPDX-License-Identifier: Apache-2.0 */
/* The real kernel in a namespace of its own: what it knows comes as events, next hops follow its
 * routes. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ctrl/net/net.h"
#include "ctrl/net/nexthop.h"
#include "tests/ctrl/net/netns.h"

static bool allowed;
static pid_t far;
static struct net *net;
static struct nexthops *hops;
static char seen[4096]; /* what was told, a line each */

static void tell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void tell(const char *fmt, ...)
{
    size_t len = strlen(seen);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(seen + len, sizeof(seen) - len, fmt, ap);
    va_end(ap);
}

static const char *mac_text(const uint8_t *mac)
{
    static char text[24];
    if (!mac)
        return "gone";
    snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
             mac[4], mac[5]);
    return text;
}

static void on_neighbour(void *user, enum net_side side, const struct espl_addr *addr,
                         const uint8_t *mac)
{
    char text[INET6_ADDRSTRLEN];
    (void)user;
    if (addr->family == ESPL_IPV4)
        tell("neigh %s %s %s\n", side == NET_LAN ? "lan" : "wan", net_addr_text(addr, text),
             mac_text(mac));
}

static void on_address(void *user, const struct espl_addr *addr, bool present)
{
    char text[INET6_ADDRSTRLEN];
    (void)user;
    if (addr->family == ESPL_IPV4)
        tell("addr %s %s\n", net_addr_text(addr, text), present ? "here" : "gone");
}

static void on_link(void *user, enum net_side side, const struct net_link *link)
{
    (void)user;
    tell("link %s %s %u\n", side == NET_LAN ? "lan" : "wan", link ? mac_text(link->mac) : "gone",
         link ? link->mtu : 0);
}

static void on_moved(void *user)
{
    (void)user;
    if (hops)
        nexthops_update(hops);
}

static void on_hop(void *user, const struct espl_addr *dst, const espl_mac mac)
{
    char text[INET6_ADDRSTRLEN];
    (void)user;
    tell("hop %s %s\n", net_addr_text(dst, text), mac_text(mac));
}

static struct espl_addr addr4(const char *text)
{
    struct espl_addr a = {.family = ESPL_IPV4};
    assert_int_equal(inet_pton(AF_INET, text, a.bytes), 1);
    return a;
}

/* Reads events until `line` was told, five seconds at most; then forgets all. */
static void wait_for(const char *line)
{
    for (int i = 0; i < 50 && !strstr(seen, line); i++) {
        struct pollfd p = {.fd = net_fd(net), .events = POLLIN};
        (void)poll(&p, 1, 100);
        assert_int_equal(net_input(net), 0);
    }
    if (!strstr(seen, line))
        fail_msg("waited for \"%s\", was told:\n%s", line, seen);
    seen[0] = '\0';
}

static int set_up(void **state)
{
    (void)state;
    char why[256] = "";
    const struct net_env env = {NULL, on_neighbour, on_address, on_link, on_moved};
    seen[0] = '\0';
    if (!allowed)
        return 0;
    far = netns_begin();
    netns_run("ip link add host1 address 02:00:00:00:02:01 type veth peer name wan address "
              "02:00:00:00:02:02");
    netns_run("ip link add host0 address 02:00:00:00:01:01 type veth peer name lan address "
              "02:00:00:00:01:02");
    netns_run("ip link set wan netns %d && ip link set lan netns %d", (int)far, (int)far);
    netns_run("ip addr add 192.0.2.1/24 dev host1 && ip addr add 10.1.0.1/24 dev host0");
    netns_run("ip link set host1 up && ip link set host0 up");
    netns_run_in(far, "ip addr add 192.0.2.2/24 dev wan");
    netns_run_in(far, "ip addr add 192.0.2.3/24 dev wan");
    netns_run_in(far, "ip link set wan up");
    netns_run_in(far, "ip link set lan up");
    if (net_open(&env, "host1", "host0", &net, why, sizeof(why)) != 0)
        fail_msg("%s", why);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    nexthops_free(hops);
    hops = NULL;
    net_close(net);
    net = NULL;
    netns_end(far); /* its links go with it, and ours with them */
    if (allowed && far)
        netns_run("for i in host0 host1; do ip link del $i 2>/dev/null; done; "
                  "ip addr flush dev lo to 10.0.0.0/8");
    far = 0;
    return 0;
}

#define NEED_NAMESPACES()                                                                          \
    do {                                                                                           \
        if (!allowed) {                                                                            \
            print_message("no permission for network namespaces: not run\n");                      \
            skip();                                                                                \
        }                                                                                          \
    } while (0)

static void a_netdev_that_is_not_there(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    char why[256] = "";
    struct net *none;
    const struct net_env env = {NULL, on_neighbour, on_address, on_link, on_moved};
    assert_int_equal(net_open(&env, "host1", "host7", &none, why, sizeof(why)), -1);
    assert_null(none);
    assert_string_equal(why, "--lan host7: there is no such Ethernet netdev");
    assert_int_equal(net_open(&env, "lo7", "host0", &none, why, sizeof(why)), -1);
    assert_string_equal(why, "--wan lo7: there is no such Ethernet netdev");
}

static void links_and_addresses(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    assert_int_equal(net_sync(net), 0);
    assert_non_null(strstr(seen, "addr 192.0.2.1 here\n"));
    assert_non_null(strstr(seen, "addr 10.1.0.1 here\n"));
    seen[0] = '\0';
    assert_string_equal(mac_text(net_link(net, NET_WAN)->mac), "02:00:00:00:02:01");
    assert_int_equal(net_link(net, NET_WAN)->mtu, 1500);

    netns_run("ip addr add 10.1.0.9/32 dev host0");
    wait_for("addr 10.1.0.9 here\n");
    netns_run("ip addr add 10.1.0.9/32 dev lo && ip addr del 10.1.0.9/32 dev host0");
    netns_run("ip addr add 10.1.0.10/32 dev lo");
    wait_for("addr 10.1.0.10 here\n");
    netns_run("ip addr del 10.1.0.9/32 dev lo");
    wait_for("addr 10.1.0.9 gone\n");

    netns_run("ip link set host0 mtu 1400");
    wait_for("link lan 02:00:00:00:01:01 1400\n");
    netns_run("ip link set host1 down && ip link set host1 address 02:00:00:00:02:11 && ip link "
              "set host1 up");
    wait_for("link wan 02:00:00:00:02:11 1500\n");
    netns_run("ip link del host0");
    wait_for("link lan gone 0\n");
}

static void neighbours_come_change_and_go(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    espl_mac mac;
    struct espl_addr a = addr4("10.1.0.2");
    netns_run("ip neigh add 10.1.0.2 lladdr 02:aa:00:00:00:01 nud reachable dev host0");
    assert_int_equal(net_sync(net), 0);
    wait_for("neigh lan 10.1.0.2 02:aa:00:00:00:01\n");
    assert_true(net_neighbour(net, NET_LAN, &a, mac));
    assert_false(net_neighbour(net, NET_WAN, &a, mac));
    netns_run("ip neigh change 10.1.0.2 lladdr 02:aa:00:00:00:02 nud stale dev host0");
    wait_for("neigh lan 10.1.0.2 02:aa:00:00:00:02\n");
    netns_run("ip neigh del 10.1.0.2 dev host0");
    wait_for("neigh lan 10.1.0.2 gone\n");
    assert_false(net_neighbour(net, NET_LAN, &a, mac));
    netns_run("ip neigh add 192.0.2.77 lladdr 02:aa:00:00:00:03 nud permanent dev host1");
    wait_for("neigh wan 192.0.2.77 02:aa:00:00:00:03\n");
}

/* Messages that were lost: what is there now is told, and what is gone. */
static void everything_again(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    netns_run("ip addr add 10.1.0.8/32 dev host0");
    netns_run("ip neigh add 10.1.0.2 lladdr 02:aa:00:00:00:01 nud reachable dev host0");
    netns_run("ip neigh add 10.1.0.4 lladdr 02:aa:00:00:00:04 nud reachable dev host0");
    assert_int_equal(net_sync(net), 0);
    netns_run("ip neigh del 10.1.0.2 dev host0 && ip addr del 10.1.0.8/32 dev host0");
    netns_run("ip neigh add 10.1.0.3 lladdr 02:aa:00:00:00:03 nud reachable dev host0");
    seen[0] = '\0';
    assert_int_equal(net_sync(net), 0);
    assert_non_null(strstr(seen, "neigh lan 10.1.0.2 gone\n"));
    assert_non_null(strstr(seen, "neigh lan 10.1.0.3 02:aa:00:00:00:03\n"));
    assert_non_null(strstr(seen, "addr 10.1.0.8 gone\n"));
    assert_null(strstr(seen, "10.1.0.4"));
}

/* Addresses change while they are read, and they are more than one answer holds: a gateway did not
 * start, or ended, for that. */
static void interrupted_dumps(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    unsigned reads = 0;
    netns_run("for i in 1 2 3 4; do for j in $(seq 250); do echo addr add 10.8.$i.$j/32 dev lo; "
              "done; done | ip -batch -");
    assert_int_equal(net_sync(net), 0);
    netns_run("(for i in $(seq 3000); do echo addr add 10.9.0.1/32 dev lo; "
              "echo addr del 10.9.0.1/32 dev lo; done; echo addr add 10.9.0.2/32 dev lo) | "
              "ip -batch - >/dev/null 2>&1 &");
    do {
        seen[0] = '\0';
        if (net_sync(net) != 0)
            fail_msg("after %u: %s", reads, strerror(errno));
    } while (++reads < 100000 && !strstr(seen, "addr 10.9.0.2 here\n"));
    assert_non_null(strstr(seen, "addr 10.9.0.2 here\n"));
}

static void next_hops_follow_routes_and_arp(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    espl_mac mac;
    struct net_route route;
    struct espl_addr peer = addr4("198.51.100.7"), onlink = addr4("192.0.2.2"),
                     lan = addr4("10.1.0.50");
    assert_int_equal(net_sync(net), 0);
    assert_false(net_route(net, &peer, &route));
    netns_run("ip route add 198.51.100.0/24 via 192.0.2.2");
    assert_true(net_route(net, &peer, &route));
    assert_true(net_addr_equal(&route.gateway, &onlink));
    assert_true(net_route(net, &onlink, &route));
    assert_true(net_addr_equal(&route.gateway, &onlink));
    assert_memory_equal(route.source.bytes, addr4("192.0.2.1").bytes, 4);

    hops = nexthops_new(net, NULL, on_hop);
    assert_non_null(hops);
    assert_false(nexthops_take(hops, &peer, mac)); /* the kernel was made to ask by ARP */
    wait_for("hop 198.51.100.7 02:00:00:00:02:02\n");
    assert_true(nexthops_take(hops, &peer, mac));
    assert_string_equal(mac_text(mac), "02:00:00:00:02:02");
    assert_false(nexthops_take(hops, &lan, mac)); /* not through the WAN */

    netns_run("ip neigh replace 192.0.2.3 lladdr 02:bb:00:00:00:03 nud permanent dev host1");
    netns_run("ip route replace 198.51.100.0/24 via 192.0.2.3");
    wait_for("hop 198.51.100.7 02:bb:00:00:00:03\n");
    netns_run("ip neigh replace 192.0.2.3 lladdr 02:bb:00:00:00:04 nud permanent dev host1");
    wait_for("hop 198.51.100.7 02:bb:00:00:00:04\n");

    nexthops_release(hops, &peer);
    nexthops_release(hops, &peer);
    netns_run("ip neigh replace 192.0.2.3 lladdr 02:bb:00:00:00:05 nud permanent dev host1");
    wait_for("neigh wan 192.0.2.3 02:bb:00:00:00:05\n");
    assert_null(strstr(seen, "hop"));
}

/* What the host itself sends to a protected network goes to the engine's MAC address, small enough.
 */
static void routes_through_the_engine(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    struct espl_prefix dst = {addr4("10.2.0.0"), 16}, inside = {addr4("10.1.0.0"), 24};
    struct net_route route;
    struct espl_addr inner = addr4("10.2.3.4");
    const espl_mac engine = {0x06, 0, 0, 0, 1, 1};
    assert_int_equal(net_sync(net), 0);
    assert_int_equal(net_engine_set(net, engine), 0);
    assert_int_equal(net_engine_route(net, &dst, &inside, 1438, true), 0);
    netns_run(
        "ip route show 10.2.0.0/16 | grep -q '^10.2.0.0/16 via 169.254.2.1 dev host0 proto 229 "
        "src 10.1.0.1 onlink .*mtu 1438'");
    netns_run(
        "ip neigh show dev host0 | grep -q '^169.254.2.1 lladdr 06:00:00:00:01:01 PERMANENT'");
    assert_true(net_route(net, &inner, &route));
    assert_int_equal(route.ifindex, net_link(net, NET_LAN)->ifindex);
    assert_int_equal(net_engine_route(net, &dst, &inside, 1438, true), -1);
    assert_int_equal(errno, EEXIST);
    assert_int_equal(net_engine_route(net, &dst, &inside, 0, false), 0);
    assert_false(net_route(net, &inner, &route));

    netns_run("ip route add 10.2.0.0/16 via 192.0.2.2"); /* an administrator's stays */
    assert_int_equal(net_engine_route(net, &dst, &inside, 0, false), -1);
    assert_int_equal(errno, ESRCH);
    assert_true(net_route(net, &inner, &route));
}

static void ipv6_routes_through_the_engine(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    struct espl_prefix dst = {{ESPL_IPV6, {0x20, 1, 0xd, 0xb8, 0, 2}}, 64},
                       inside = {{ESPL_IPV6, {0x20, 1, 0xd, 0xb8, 0, 1}}, 64};
    const espl_mac engine = {0x06, 0, 0, 0, 1, 1};
    netns_run("ip addr add 2001:db8:1::1/64 dev host0 nodad");
    assert_int_equal(net_sync(net), 0);
    assert_int_equal(net_engine_set(net, engine), 0);
    assert_int_equal(net_engine_route(net, &dst, &inside, 1418, true), 0);
    netns_run("ip -6 route show 2001:db8:2::/64 | grep -q 'via fe80::400:ff:fe00:101 dev host0 "
              "proto 229 src 2001:db8:1::1 .*mtu 1418'");
    netns_run("ip -6 neigh show dev host0 | "
              "grep -q '^fe80::400:ff:fe00:101 lladdr 06:00:00:00:01:01 PERMANENT'");
    assert_int_equal(net_engine_route(net, &dst, &inside, 0, false), 0);
    netns_run("! ip -6 route | grep -q 2001:db8:2::");
}

int main(void)
{
    allowed = netns_enter();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_netdev_that_is_not_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(links_and_addresses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(neighbours_come_change_and_go, set_up, tear_down),
        cmocka_unit_test_setup_teardown(everything_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(interrupted_dumps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(routes_through_the_engine, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ipv6_routes_through_the_engine, set_up, tear_down),
        cmocka_unit_test_setup_teardown(next_hops_follow_routes_and_arp, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
