/* SPDX-License-Identifier: Apache-2.0 */
/* espsim as a program: its command line, `run` with frames, clients and signals from outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "driver/bus/sim_proto.h"
#include "driver/regs.h"
#include "sim/ports/port.h"
#include "sim/ports/ring.h"
#include "tests/sim/program.h"

#define ARGV(...) ((const char *const[]){__VA_ARGS__, NULL})

static char dir[] = "/tmp/espalier-espsim-XXXXXX";
static char bar[64], plain_here[128], plain_spec[128], host0_here[128], host0_spec[128], out[64],
    err[64];

static int make_dir(void **state)
{
    (void)state;
    if (!mkdtemp(dir))
        return 1;
    snprintf(bar, sizeof bar, "%s/bar", dir);
    snprintf(out, sizeof out, "%s/out", dir);
    snprintf(err, sizeof err, "%s/err", dir);
    snprintf(plain_here, sizeof plain_here, "unix:%s/p,%s/P", dir, dir);
    snprintf(plain_spec, sizeof plain_spec, "unix:%s/P,%s/p", dir, dir);
    snprintf(host0_here, sizeof host0_here, "unix:%s/h,%s/H", dir, dir);
    snprintf(host0_spec, sizeof host0_spec, "unix:%s/H,%s/h", dir, dir);
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    unlink(out);
    unlink(err);
    return rmdir(dir); /* fails when a socket was left behind */
}

static void test_wrong_use(void **state)
{
    (void)state;
    espsim_fails(ARGV(NULL), 2, "usage:");
    espsim_fails(ARGV("walk"), 2, "walk: not understood");
    espsim_fails(ARGV("run", "--socket", bar), 2, "--plain is missing");
    espsim_fails(ARGV("run", "--plain", "none"), 2, "--socket or --bar is missing");
    espsim_fails(ARGV("run", "--bar", "shm:"), 2, "--bar shm:");
    espsim_fails(ARGV("run", "--bar", "xrt-hwemu/x"), 2, "--bar xrt-hwemu/x");
    espsim_fails(ARGV("run", "--speed", "9"), 2, "--speed");
    espsim_fails(ARGV("run", "here"), 2, "here: not understood");
    espsim_fails(ARGV("run", "--ready-fd", "77"), 2, "--ready-fd 77");
    espsim_fails(ARGV("run", "--ready-fd", "x"), 2, "--ready-fd x");
    espsim_fails(ARGV("replay", "--in", "plain=a.pcap"), 2, "--xfrm is missing");
    espsim_fails(ARGV("replay", "--xfrm", "f"), 2, "--in is missing");
    espsim_fails(ARGV("replay", "--xfrm", "f", "--in", "lan=a.pcap"), 2, "lan=a.pcap");
    espsim_fails(ARGV("replay", "--xfrm", "f", "--in", "plain=a", "--in", "plain=b"), 2, "plain=b");
    espsim_fails(ARGV("replay", "--xfrm", "f", "--in", "plain=a", "b"), 2, "no other arguments");
}

static void test_help_and_version(void **state)
{
    static const char *const asks[][3] = {
        {"--help", NULL}, {"--version", NULL}, {"run", "--help", NULL}, {"replay", "--help", NULL}};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct outcome o = espsim(asks[i]);
        assert_int_equal(o.code, 0);
        assert_string_equal(o.err, "");
        assert_non_null(strstr(o.out, "espsim"));
        outcome_clear(&o);
    }
}

#define REST_NONE "--cipher", "none", "--host0", "none", "--host1", "none"

static void test_what_the_world_refuses(void **state)
{
    (void)state;
    espsim_fails(ARGV("run", "--socket", bar, "--plain", "tun:x", REST_NONE), 1,
                 "--plain: `tun:x'");
    espsim_fails(ARGV("run", "--socket", bar, "--plain", "tap:x@nowhere-at-all", REST_NONE), 1,
                 "network namespace nowhere-at-all");
    espsim_fails(ARGV("run", "--socket", bar, "--plain", "pcap:/nonexistent,", REST_NONE), 1,
                 "/nonexistent: No such file");
    espsim_fails(ARGV("run", "--socket", "/nonexistent/s", "--plain", "none", REST_NONE), 1,
                 "/nonexistent/s: No such file");
    espsim_fails(ARGV("replay", "--xfrm", "/nonexistent", "--in", "plain=/dev/null"), 1,
                 "/dev/null: too short");
}

/* A copy of the program that stands alone has no traced one beside it. */
static void test_trace_needs_its_build(void **state)
{
    char copy[64], cmd[256], *old = getenv("ESPSIM"), *kept = old ? strdup(old) : NULL;

    (void)state;
    snprintf(copy, sizeof copy, "%s/espsim", dir);
    snprintf(cmd, sizeof cmd, "cp %s %s", espsim_path(), copy);
    assert_int_equal(system(cmd), 0);
    setenv("ESPSIM", copy, 1);
    espsim_fails(ARGV("run", "--trace", "x.fst"), 1, "make espsim-trace");
    if (kept)
        setenv("ESPSIM", kept, 1);
    else
        unsetenv("ESPSIM");
    free(kept);
    unlink(copy);
}

static pid_t start(void)
{
    return espsim_start(ARGV("run", "--socket", bar, "--plain", plain_spec, "--cipher", "none",
                             "--host0", host0_spec, "--host1", "none", "--verbose"),
                        out, err);
}

static int dial(void)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    struct espl_sim_msg hello;
    struct timeval patience = {.tv_sec = 10};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

    memcpy(addr.sun_path, bar, strlen(bar));
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&addr, sizeof addr), 0);
    assert_true(recv(fd, &hello, sizeof hello, 0) > 0);
    assert_int_equal(hello.op, ESPL_SIM_HELLO);
    return fd;
}

static uint32_t read32(int fd, uint32_t off)
{
    struct espl_sim_msg msg = {
        .magic = ESPL_SIM_MAGIC, .op = ESPL_SIM_READ, .count = 1, .tag = off, .addr = off};

    assert_int_equal(send(fd, &msg, ESPL_SIM_HEADER, 0), ESPL_SIM_HEADER);
    assert_int_equal(recv(fd, &msg, sizeof msg, 0), ESPL_SIM_HEADER + 4);
    assert_int_equal(msg.op, ESPL_SIM_DATA);
    assert_int_equal(msg.tag, off);
    return msg.words[0];
}

static uint32_t counter(int fd, unsigned index)
{
    return read32(fd, ESPL_REG_COUNTERS + 8 * index);
}

static void write32(int fd, uint32_t off, uint32_t value)
{
    struct espl_sim_msg msg = {
        .magic = ESPL_SIM_MAGIC, .op = ESPL_SIM_WRITE, .count = 1, .addr = off};
    msg.words[0] = value;
    assert_int_equal(send(fd, &msg, ESPL_SIM_HEADER + 4, 0), ESPL_SIM_HEADER + 4);
}

static size_t receive(struct sim_port *port, uint8_t *frame, int ms)
{
    struct pollfd p = {.fd = port->fd, .events = POLLIN};
    size_t len = 0;
    if (poll(&p, 1, ms) > 0)
        assert_int_equal(sim_port_receive(port, frame, RING_FRAME_MAX, &len), SIM_PORT_FRAME);
    return len;
}

static void fill(uint8_t *frame, size_t len)
{
    static const uint8_t head[14] = {2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8, 0x88, 0xb5};
    for (size_t i = 0; i < len; i++)
        frame[i] = i < sizeof head ? head[i] : (uint8_t)(len + i);
}

struct outside { /* the test's ends of the ports */
    struct sim_port *plain, *host0;
};

static struct outside plug_in(void)
{
    struct outside o;
    char why[256];
    assert_true(sim_port_open(plain_here, &o.plain, why, sizeof why));
    assert_true(sim_port_open(host0_here, &o.host0, why, sizeof why));
    return o;
}

static void unplug(struct outside *o)
{
    assert_true(sim_port_close(o->plain));
    assert_true(sim_port_close(o->host0));
}

static size_t longest(int fd)
{
    size_t most = read32(fd, ESPL_REG_CAP_SIZE) & ESPL_CAP_SIZE_FRAME_MASK;
    assert_in_range(most, 1514, 10000);
    return most;
}

/* The kernel holds few datagrams (net.unix.max_dgram_qlen), so what is refused is sent again. */
static void deliver(struct sim_port *port, const uint8_t *frame, size_t len)
{
    for (unsigned i = 0; i < 5000; i++) {
        uint64_t before = port->refused;
        sim_port_send(port, frame, len);
        if (port->refused == before)
            return;
        usleep(1000);
    }
    fail_msg("espsim takes no frames");
}

/* Frames of a type the card does not know go through to the host, and the host's to the wire. */
static void pass(struct outside *o, size_t len)
{
    static uint8_t frame[RING_FRAME_MAX], got[RING_FRAME_MAX];
    fill(frame, len);
    deliver(o->plain, frame, len);
    assert_int_equal(receive(o->host0, got, 5000), len);
    assert_memory_equal(got, frame, len);
    deliver(o->host0, frame, len);
    assert_int_equal(receive(o->plain, got, 5000), len);
    assert_memory_equal(got, frame, len);
}

static void end_well(pid_t pid, const char *words)
{
    char *text;
    assert_int_equal(kill(pid, SIGTERM), 0);
    assert_int_equal(espsim_wait(pid), 0);
    text = slurp(err, NULL);
    assert_string_equal(text, "");
    free(text);
    text = slurp(out, NULL);
    assert_non_null(strstr(text, "espsim: ready\n"));
    if (!strstr(text, words))
        fail_msg("`%s' does not say `%s'", text, words);
    free(text);
    assert_int_equal(access(bar, F_OK), -1);
}

static void test_frames_pass(void **state)
{
    pid_t pid = start();
    struct outside o = plug_in();
    char words[64];
    unsigned n = 0;
    int fd = dial();
    size_t most = longest(fd);

    (void)state;
    for (size_t len = 14; len < most; len += len < 300 ? 1 : 311, n++)
        pass(&o, len);
    pass(&o, most);
    n++;
    close(fd);
    unplug(&o);
    snprintf(words, sizeof words, "plain %u in %u out", n, n);
    end_well(pid, words);
}

/* Runts and oversize frames are counted, and the next good frame passes. */
static void test_bad_sizes(void **state)
{
    static uint8_t frame[20000], got[RING_FRAME_MAX];
    pid_t pid = start();
    struct outside o = plug_in();
    int fd = dial();
    size_t most = longest(fd);

    (void)state;
    assert_int_equal(read32(fd, ESPL_REG_MAGIC), ESPL_MAGIC_VALUE);
    fill(frame, sizeof frame);
    for (size_t len = 1; len < 14; len++)
        deliver(o.plain, frame, len);
    pass(&o, 60);
    for (size_t i = 0; i < 10; i++)
        deliver(o.plain, frame, most + 1 + 1000 * i);
    pass(&o, 61);
    assert_int_equal(receive(o.host0, got, 0), 0);
    assert_int_equal(counter(fd, ESPL_CNT_PLAIN_DROP_RUNT), 13);
    assert_int_equal(counter(fd, ESPL_CNT_PLAIN_DROP_OVERSIZE), 10);
    assert_int_equal(counter(fd, ESPL_CNT_PLAIN_RX_FRAMES), 2);
    assert_int_equal(counter(fd, ESPL_CNT_HOST0_TX_FRAMES), 2);
    close(fd);
    unplug(&o);
    end_well(pid, "plain 25 in");
}

/* Clients that send rubbish, die and come again do not stop the frames; a reset over the BAR does
 * not break the account. */
static void test_hostile_clients(void **state)
{
    pid_t pid = start();
    struct outside o = plug_in();
    struct espl_sim_msg msg = {.magic = ESPL_SIM_MAGIC, .op = ESPL_SIM_READ, .count = 64};
    int fd;

    (void)state;
    for (unsigned i = 0; i < 30; i++) {
        fd = dial();
        msg.op = (uint16_t)(i % 8);
        msg.count = (uint16_t)(i * 2111);
        msg.addr = i * 0x155;
        assert_true(send(fd, &msg, 1 + i * 9 % sizeof msg, 0) > 0);
        for (unsigned n = 0; n < 20; n++) /* and goes without an ear for the answers */
            (void)send(fd, &msg, ESPL_SIM_HEADER, MSG_NOSIGNAL | MSG_DONTWAIT);
        pass(&o, 60 + i);
        close(fd);
    }
    fd = dial();
    write32(fd, ESPL_REG_CONTROL, ESPL_CONTROL_RESET_MASK);
    for (unsigned i = 0; i < 1000 && !(read32(fd, ESPL_REG_STATUS) & ESPL_STATUS_READY_MASK); i++)
        usleep(10000);
    pass(&o, 1000);
    assert_int_equal(kill(pid, SIGUSR1), 0);
    pass(&o, 1001);
    close(fd);
    unplug(&o);
    end_well(pid, "host0 32 in 32 out");
}

static unsigned long ticks(pid_t pid)
{
    char path[64], *text, *p;
    unsigned long user = 0, system_ = 0;

    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    text = calloc(1, 1024);
    assert_non_null(text);
    assert_true(fread(text, 1, 1023, f) > 0);
    fclose(f);
    p = strrchr(text, ')');
    assert_non_null(p);
    assert_int_equal(
        sscanf(p + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system_), 2);
    free(text);
    return user + system_;
}

/* An idle card takes no processor time, also after a frame that it dropped. */
static void test_idle_is_free(void **state)
{
    static uint8_t frame[64];
    pid_t pid = start();
    struct outside o = plug_in();
    int fd = dial();
    unsigned long before;

    (void)state;
    pass(&o, 100);
    deliver(o.plain, frame, 5);
    for (unsigned i = 0, same = 0; i < 100 && same < 3; i++) { /* until it comes to rest */
        before = ticks(pid);
        usleep(100000);
        same = ticks(pid) == before ? same + 1 : 0;
    }
    before = ticks(pid);
    usleep(1000000);
    assert_true(ticks(pid) <= before + 1);
    pass(&o, 100);
    assert_int_equal(counter(fd, ESPL_CNT_PLAIN_DROP_RUNT), 1);
    close(fd);
    unplug(&o);
    end_well(pid, "plain 3 in 2 out");
}

static void test_second_card_at_the_socket(void **state)
{
    pid_t pid = start();
    (void)state;
    espsim_fails(ARGV("run", "--socket", bar, "--plain", "none", REST_NONE), 1,
                 "another process listens");
    end_well(pid, "0 refused by ports");
}

/* A capture is played at once; what leaves is in the other one after the end. */
static void test_captures_as_ports(void **state)
{
    char spec[200], name[80], *got;
    uint8_t head[24 + 16 + 60] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0};
    size_t len;
    pid_t pid;
    FILE *f;

    (void)state;
    head[20] = 1; /* Ethernet */
    head[32] = head[36] = 60;
    fill(head + 40, 60);
    snprintf(name, sizeof name, "%s/in.pcap", dir);
    f = fopen(name, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(head, sizeof head, 1, f), 1);
    fclose(f);
    snprintf(spec, sizeof spec, "pcap:%s,", name);
    char host[200];
    snprintf(host, sizeof host, "pcap:,%s/out.pcap", dir);
    pid = espsim_start(ARGV("run", "--socket", bar, "--plain", spec, "--cipher", "none", "--host0",
                            host, "--host1", "none", "-v"),
                       out, err);
    usleep(300000);
    end_well(pid, "plain 1 in 0 out");
    unlink(name);
    snprintf(name, sizeof name, "%s/out.pcap", dir);
    got = slurp(name, &len);
    assert_int_equal(len, sizeof head);
    assert_memory_equal(got + 40, head + 40, 60);
    free(got);
    unlink(name);
}

/* Without a socket's descriptor before it, the first port is served like the others; the page is
 * all ones when the card is gone. */
static void test_only_shared_memory(void **state)
{
    struct outside o;
    char path[64], spec[80];
    pid_t pid;

    (void)state;
    snprintf(path, sizeof path, "%s/page", dir);
    snprintf(spec, sizeof spec, "shm:%s", path);
    pid = espsim_start(ARGV("run", "--bar", spec, "--plain", plain_spec, "--cipher", "none",
                            "--host0", host0_spec, "--host1", "none", "--verbose"),
                       out, err);
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    volatile uint32_t *page = mmap(NULL, ESPL_PAGE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
    assert_true(page != MAP_FAILED);
    assert_int_equal(page[ESPL_REG_MAGIC / 4], ESPL_MAGIC_VALUE);
    assert_int_equal(page[ESPL_REG_MAP_SUM / 4], ESPL_MAP_SUM_VALUE);
    assert_int_equal(page[ESPL_REG_STATUS / 4], ESPL_STATUS_READY_MASK);
    o = plug_in();
    pass(&o, 60);
    for (unsigned i = 0; i < 2000 && page[ESPL_REG_COUNTERS / 4] != 1; i++)
        usleep(1000);
    assert_int_equal(page[ESPL_REG_COUNTERS / 4 + 2 * ESPL_CNT_PLAIN_RX_FRAMES], 1);
    unplug(&o);
    end_well(pid, "plain 1 in 1 out");
    for (unsigned i = 0; i < ESPL_PAGE_BYTES / 4; i++)
        assert_int_equal(page[i], UINT32_MAX);
    munmap((void *)(uintptr_t)page, ESPL_PAGE_BYTES);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_use),
        cmocka_unit_test(test_help_and_version),
        cmocka_unit_test(test_what_the_world_refuses),
        cmocka_unit_test(test_trace_needs_its_build),
        cmocka_unit_test(test_frames_pass),
        cmocka_unit_test(test_bad_sizes),
        cmocka_unit_test(test_hostile_clients),
        cmocka_unit_test(test_idle_is_free),
        cmocka_unit_test(test_second_card_at_the_socket),
        cmocka_unit_test(test_captures_as_ports),
        cmocka_unit_test(test_only_shared_memory),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
