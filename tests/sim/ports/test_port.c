/* SPDX-License-Identifier: Apache-2.0 */
/* Port specifications, Unix datagrams and captures as ports; every refusal names its reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/ports/pcap.h"
#include "sim/ports/port.h"
#include "sim/ports/ring.h"

static char dir[] = "/tmp/espalier-port-XXXXXX";

static int make_dir(void **state)
{
    (void)state;
    return !mkdtemp(dir) || chdir(dir) != 0;
}

static int remove_dir(void **state)
{
    (void)state;
    return chdir("/") != 0 || rmdir(dir) != 0;
}

static void refused(const char *spec, const char *word)
{
    struct sim_port *port;
    char why[512] = "";
    assert_false(sim_port_open(spec, &port, why, sizeof why));
    assert_null(port);
    if (!strstr(why, word))
        fail_msg("%s: `%s' does not say `%s'", spec, why, word);
}

static void test_specifications(void **state)
{
    char longest[200];

    (void)state;
    refused("", "none of tap:");
    refused("tun:x", "none of tap:");
    refused("nonesuch", "no argument");
    refused("tap:", "wanted is tap:NAME");
    refused("tap:0123456789abcdef", "wanted is tap:NAME");
    refused("tap:x@", "wanted is tap:NAME");
    refused("tap:x@../net", "wanted is tap:NAME");
    refused("tap:x@no-such-netns", "no-such-netns: No such file");
    refused("unix:a", "wanted is unix:LOCAL,REMOTE");
    refused("unix:a,", "wanted is unix:LOCAL,REMOTE");
    refused("unix:,b", "wanted is unix:LOCAL,REMOTE");
    refused("unix:a,b,c", "wanted is unix:LOCAL,REMOTE");
    refused("unix:/nonexistent/a,b", "No such file");
    snprintf(longest, sizeof longest, "unix:%0150d,b", 1);
    refused(longest, "107 bytes");
    refused("pcap:a", "wanted is pcap:IN,OUT");
    refused("pcap:a,b,c", "wanted is pcap:IN,OUT");
    refused("pcap:nofile,", "nofile: No such file");
    refused("pcap:,/nonexistent/b", "/nonexistent/b: No such file");
}

static void test_none(void **state)
{
    struct sim_port *port;
    uint8_t frame[64] = {0};
    char why[256];
    size_t len;

    (void)state;
    assert_true(sim_port_open("none", &port, why, sizeof why));
    assert_true(port->ended);
    assert_int_equal(sim_port_receive(port, frame, sizeof frame, &len), SIM_PORT_END);
    sim_port_send(port, frame, sizeof frame);
    assert_int_equal(port->refused, 0);
    assert_true(sim_port_close(port));
    assert_true(sim_port_close(NULL));
}

static void test_datagrams(void **state)
{
    struct sim_port *a, *b;
    static uint8_t frame[RING_FRAME_MAX], got[RING_FRAME_MAX];
    char why[256];
    size_t len;

    (void)state;
    assert_true(sim_port_open("unix:a,b", &a, why, sizeof why));
    sim_port_send(a, frame, 60); /* nobody there yet */
    assert_int_equal(a->refused, 1);
    assert_true(sim_port_open("unix:b,a", &b, why, sizeof why));
    for (size_t n = 1; n <= 9018; n += 7) {
        memset(frame, (int)(n & 0xff), n);
        sim_port_send(a, frame, n);
        assert_int_equal(sim_port_receive(b, got, sizeof got, &len), SIM_PORT_FRAME);
        assert_int_equal(len, n);
        assert_memory_equal(got, frame, n);
    }
    assert_int_equal(sim_port_receive(b, got, sizeof got, &len), SIM_PORT_EMPTY);
    /* a reader who sleeps costs frames, not time */
    for (unsigned i = 0; i < 5000; i++)
        sim_port_send(a, frame, 1514);
    assert_true(a->refused > 1);
    assert_true(sim_port_close(b));
    sim_port_send(a, frame, 60);
    assert_true(sim_port_close(a));
    assert_int_equal(access("a", F_OK), -1); /* the sockets are gone with their ports */
    assert_int_equal(access("b", F_OK), -1);
}

static void test_stale_socket(void **state)
{
    const struct sockaddr_un addr = {.sun_family = AF_UNIX, .sun_path = "stale"};
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    struct sim_port *port;
    char why[256];
    FILE *file;

    (void)state;
    assert_int_equal(bind(fd, (const struct sockaddr *)&addr, sizeof addr), 0);
    close(fd);
    assert_true(sim_port_open("unix:stale,b", &port, why, sizeof why));
    assert_true(sim_port_close(port));
    /* but no file of another kind is removed */
    file = fopen("stale", "w");
    assert_non_null(file);
    fclose(file);
    refused("unix:stale,b", "in use");
    assert_int_equal(unlink("stale"), 0);
}

static void test_captures(void **state)
{
    struct sim_port *port;
    struct pcap_writer w;
    uint8_t frame[128] = {7}, got[256];
    char why[256];
    size_t len;

    (void)state;
    assert_true(pcap_create(&w, "in", why, sizeof why));
    assert_true(pcap_write(&w, 0, frame, 60) && pcap_write(&w, 0, frame, 61));
    assert_true(pcap_finish(&w));
    assert_true(sim_port_open("pcap:in,out", &port, why, sizeof why));
    assert_int_equal(sim_port_receive(port, got, sizeof got, &len), SIM_PORT_FRAME);
    assert_int_equal(len, 60);
    sim_port_send(port, got, len);
    assert_int_equal(sim_port_receive(port, got, sizeof got, &len), SIM_PORT_FRAME);
    assert_int_equal(sim_port_receive(port, got, sizeof got, &len), SIM_PORT_END);
    assert_true(sim_port_close(port));
    /* what came out can go in; the last byte missing is told with the file's name */
    assert_int_equal(truncate("out", 24 + 16 + 59), 0);
    assert_true(sim_port_open("pcap:out,", &port, why, sizeof why));
    assert_int_equal(sim_port_receive(port, got, sizeof got, &len), SIM_PORT_ERROR);
    assert_string_equal(port->why, "out: ends inside frame 1");
    assert_true(sim_port_close(port));
    unlink("in");
    unlink("out");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_specifications), cmocka_unit_test(test_none),
        cmocka_unit_test(test_datagrams),      cmocka_unit_test(test_stale_socket),
        cmocka_unit_test(test_captures),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
