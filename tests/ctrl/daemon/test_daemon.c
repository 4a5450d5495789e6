/* SPDX-License-Identifier: Apache-2.0 */
/*
 * espalierd as a process: how it starts, what it says when it can't, how it ends. The kernel is the
 * real one in a namespace; the card and IKE are fakes.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <jansson.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "ctrl/daemon/daemon.h"
#include "driver/regs.h"
#include "tests/ctrl/daemon/fake_card.h"
#include "tests/ctrl/daemon/fake_ike.h"
#include "tests/ctrl/net/netns.h"

static const char good[] =
    "connections { gw {\n remote_addrs = 192.0.2.2\n local { auth = psk }\n remote { auth = psk }\n"
    " children { net { local_ts = 10.1.0.0/24\n dpd_action = restart\n close_action = start\n"
    " start_action = start\n } } } }\n"
    "secrets { ike { secret = x\n } }\n";

static bool allowed;
static char dir[] = "/tmp/espl-daemon-XXXXXX";
static pid_t far, daemon_pid;
static struct fake_card card;
static char text[65536]; /* what the daemon said */

static const char *file(const char *name)
{
    static char path[4][128];
    static unsigned n;
    char *p = path[n++ % 4];
    snprintf(p, sizeof(path[0]), "%s/%s", dir, name);
    return p;
}

static const char *card_uri(void)
{
    static char uri[160];
    snprintf(uri, sizeof(uri), "sim:%s", file("card"));
    return uri;
}

static void put_file(const char *name, const char *content)
{
    FILE *f = fopen(file(name), "w");
    assert_non_null(f);
    assert_true(fputs(content, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static const char *said(const char *name)
{
    FILE *f = fopen(file(name), "r");
    size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
    text[n] = '\0';
    if (f)
        fclose(f);
    return text;
}

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static uint64_t clock_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* What it prints goes to dir/out. */
static void start(char **argv, void (*first)(void))
{
    int argc = 0;
    while (argv[argc])
        argc++;
    unlink(file("out"));
    fflush(NULL);
    daemon_pid = fork();
    assert_true(daemon_pid >= 0);
    if (daemon_pid > 0)
        return;
    int fd = open(file("out"), O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
        _exit(99);
    if (first)
        first();
    int status = espalierd(argc, argv);
    fflush(NULL);
    _exit(status);
}

/* The exit status, or -1 when it did not end within `ms`. */
static int wait_end(unsigned ms)
{
    int status;
    for (uint64_t end = clock_ms() + ms; clock_ms() < end; pause_ms(10)) {
        if (waitpid(daemon_pid, &status, WNOHANG) == daemon_pid) {
            daemon_pid = 0;
            assert_true(WIFEXITED(status));
            return WEXITSTATUS(status);
        }
    }
    return -1;
}

static void wait_said(const char *words)
{
    for (int i = 0; i < 500 && !strstr(said("out"), words); i++)
        pause_ms(10);
    if (!strstr(text, words))
        fail_msg("waited for \"%s\", was told:\n%s", words, text);
}

static void expect(int status, const char *words)
{
    int ended = wait_end(8000);
    said("out");
    if (ended != status || !strstr(text, words))
        fail_msg("ended with %d, not %d and \"%s\":\n%s", ended, status, words, text);
}

static char *run_args[] = {"espalierd", "--config", NULL,    "--card",  NULL,
                           "--wan",     "host1",    "--lan", "host0",   "--events",
                           NULL,        "--vici",   NULL,    "--debug", NULL};

static char **args(void)
{
    static char config[128], events[128], vici[128];
    strcpy(config, file("c.conf"));
    strcpy(events, file("events"));
    strcpy(vici, file("vici"));
    run_args[2] = config;
    run_args[4] = (char *)(uintptr_t)card_uri();
    run_args[10] = events;
    run_args[12] = vici;
    return run_args;
}

static int set_up(void **state)
{
    (void)state;
    fake_ike = (struct fake_ike){0};
    put_file("c.conf", good);
    if (!allowed)
        return 0;
    far = netns_gateway();
    fake_card_start(&card, file("card"), ESPL_MAP_SUM_VALUE);
    return 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"out", "events", "c.conf", "card", "log", "vici"};
    (void)state;
    if (daemon_pid > 0) {
        kill(daemon_pid, SIGKILL);
        waitpid(daemon_pid, NULL, 0);
        daemon_pid = 0;
    }
    fake_card_kill(&card);
    netns_gateway_end(far);
    far = 0;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        unlink(file(names[i]));
    return 0;
}

#define NEED_NAMESPACES()                                                                          \
    do {                                                                                           \
        if (!allowed) {                                                                            \
            print_message("no permission for network namespaces: not run\n");                      \
            skip();                                                                                \
        }                                                                                          \
    } while (0)

/* ---------------------------------------------------------------- the command line */

static void command_lines(void **state)
{
    (void)state;
    char *help[] = {"espalierd", "--help", NULL};
    start(help, NULL);
    expect(0, "--events FILE");
    char *version[] = {"espalierd", "--version", NULL};
    start(version, NULL);
    expect(0, "espalierd " ESPL_VERSION);
    unsetenv("ESPALIER_CARD");
    char *no_card[] = {"espalierd", "--wan", "a", "--lan", "b", NULL};
    start(no_card, NULL);
    expect(2, "espalierd: no card: give --card URI or set ESPALIER_CARD; see espalierd --help\n");
    char *no_wan[] = {"espalierd", "--card", "sim:x", NULL};
    start(no_wan, NULL);
    expect(2, "espalierd: no --wan IFACE");
    char *same[] = {"espalierd", "--card", "sim:x", "--wan", "a", "--lan", "a", NULL};
    start(same, NULL);
    expect(2, "--wan and --lan are the same netdev");
    char *unknown[] = {"espalierd", "--nonsense", NULL};
    start(unknown, NULL);
    expect(2, "unrecognized option");
}

static void check_a_configuration(void **state)
{
    (void)state;
    char path[128], expected[300];
    strcpy(path, file("c.conf"));
    char *argv[] = {"espalierd", "--check", path, NULL};
    start(argv, NULL);
    snprintf(expected, sizeof(expected), "%s: ok; connections: 1, children: 1, secrets: 1\n", path);
    expect(0, expected);
    put_file("c.conf", "connections { gw {\n aggressive = yes\n } }\n");
    start(argv, NULL);
    snprintf(
        expected, sizeof(expected),
        "espalierd: %s:2: connections.gw.aggressive: yes is not supported here; write aggressive = no\n",
        path);
    expect(2, expected);
}

/* ---------------------------------------------------------------- starts that fail */

static void nobody_at_the_socket(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    fake_card_kill(&card);
    start(args(), NULL);
    expect(1, "can't be used: ");
    unlink(file("card"));
    start(args(), NULL);
    expect(1, "can't be used: ");
}

static void another_map(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    fake_card_kill(&card);
    unlink(file("card"));
    fake_card_start(&card, file("card"), ESPL_MAP_SUM_VALUE ^ 1);
    start(args(), NULL);
    expect(1, "map: ");
}

static void a_wrong_configuration(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    put_file("c.conf", "nonsense\n");
    start(args(), NULL);
    expect(2, "c.conf:1: nonsense: = and a value or { was expected after it\n");
}

static void no_such_netdev(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    netns_run("ip link del host0");
    start(args(), NULL);
    expect(1, "--lan host0: there is no such Ethernet netdev\n");
}

static void port_in_use(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(4500)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
    start(args(), NULL);
    expect(1, "UDP port 4500 on host1 can't be opened: Address already in use (does another IKE "
              "daemon run?)\n");
    close(fd);
}

static void become_nobody(void)
{
    if (setgid(65534) != 0 || setuid(65534) != 0)
        _exit(98);
}

static void no_permission(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    netns_run("chmod 755 %s && chmod 777 %s && touch %s && chmod 666 %s %s", dir, file("card"),
              file("events"), file("events"), file("c.conf"));
    start(args(), become_nobody);
    expect(1, "UDP port 500 on host1 can't be opened: Permission denied\n");
}

/* ---------------------------------------------------------------- running */

static void the_card_learns_the_network(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    start(args(), NULL);
    wait_said("LAN host0");
    assert_memory_equal(card.seen->mac[0], "\x02\x00\x00\x00\x01\x01", 6);
    assert_memory_equal(card.seen->mac[1], "\x02\x00\x00\x00\x02\x01", 6);
    assert_memory_equal(card.seen->mac[2], "\x06\x00\x00\x00\x01\x01", 6);
    uint32_t before = card.seen->neigh_count;
    assert_in_range(before, 2, 2); /* the host's two addresses; 127.0.0.1 is nobody's destination */
    netns_run("ip neigh add 10.1.0.77 lladdr 02:aa:00:00:00:77 nud reachable dev host0");
    wait_said("neighbour 10.1.0.77 is reached through plain");
    pause_ms(50);
    assert_int_equal(card.seen->neigh_count, before + 1);
    assert_memory_equal(card.seen->neigh[before], ((uint8_t[]){10, 1, 0, 77}), 4);
    netns_run("ip neigh del 10.1.0.77 dev host0");
    wait_said("neighbour 10.1.0.77 is gone");
    kill(daemon_pid, SIGTERM);
    expect(0, "ended, status 0");
}

/* From the far namespace: one datagram to 192.0.2.1:port, its answer. */
static ssize_t exchange(uint16_t port, const void *data, size_t len, void *answer, size_t room)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        char ns[64];
        uint8_t buf[256];
        struct sockaddr_in to = {
            .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(0xc0000201)};
        const struct timeval limit = {.tv_usec = 500000};
        snprintf(ns, sizeof(ns), "/proc/%d/ns/net", (int)far);
        int fd = open(ns, O_RDONLY);
        if (setns(fd, CLONE_NEWNET) != 0)
            _exit(1);
        int s = socket(AF_INET, SOCK_DGRAM, 0);
        setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
        if (connect(s, (struct sockaddr *)&to, sizeof(to)) != 0 || send(s, data, len, 0) < 0)
            _exit(1);
        ssize_t n = recv(s, buf, sizeof(buf), 0);
        ssize_t sent = send(pair[1], buf, n > 0 ? (size_t)n : 0, 0);
        _exit(sent < 0);
    }
    close(pair[1]);
    ssize_t n = recv(pair[0], answer, room, 0);
    close(pair[0]);
    waitpid(pid, NULL, 0);
    return n;
}

static void datagrams_and_the_marker(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    uint8_t answer[64];
    start(args(), NULL);
    wait_said("LAN host0");
    assert_int_equal(exchange(500, "abc", 3, answer, sizeof(answer)), 3);
    assert_memory_equal(answer, "cba", 3);
    assert_int_equal(exchange(4500, "\0\0\0\0xyz", 7, answer, sizeof(answer)), 7);
    assert_memory_equal(answer, "\0\0\0\0zyx", 7);
    assert_int_equal(exchange(4500, "\xff", 1, answer, sizeof(answer)),
                     0); /* a keepalive: nothing, silently */
    assert_null(strstr(said("out"), "no IKE message"));
    assert_int_equal(exchange(4500, "\0\0\0\1xyz", 7, answer, sizeof(answer)), 0);
    wait_said("192.0.2.2: 7 bytes on UDP 4500 that are no IKE message");
    assert_int_equal(exchange(4500, "\0\0", 2, answer, sizeof(answer)), 0);
    wait_said("192.0.2.2: 2 bytes on UDP 4500 that are no IKE message");
    kill(daemon_pid, SIGINT);
    expect(0, "ended, status 0");
}

static void a_card_that_dies(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    start(args(), NULL);
    wait_said("LAN host0");
    kill(card.pid, SIGKILL);
    uint64_t begun = clock_ms();
    expect(1, "the card is gone: ");
    assert_true(clock_ms() - begun < 2000);
    assert_non_null(strstr(text, "DELETE sent"));
}

static void a_netdev_that_goes(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    start(args(), NULL);
    wait_said("LAN host0");
    netns_run("ip link del host0");
    expect(1, "the netdev host0 is gone\n");
}

/* It hangs, but its socket stays. */
static void a_card_that_stops_answering(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    start(args(), NULL);
    wait_said("LAN host0");
    kill(card.pid, SIGSTOP);
    expect(1, "the card is gone: ");
}

static void peers_that_answer_a_delete(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    fake_ike.up = fake_ike.answers = true;
    start(args(), NULL);
    wait_said("CHILD_SA rekeyed");
    uint64_t begun = clock_ms();
    kill(daemon_pid, SIGTERM);
    expect(0, "terminated: 1 IKE_SAs are deleted");
    assert_true(clock_ms() - begun < 1500);
    assert_null(strstr(text, "initiate")); /* what is told to end is not brought up again */
}

static void peers_that_do_not(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    fake_ike.up = true;
    start(args(), NULL);
    wait_said("CHILD_SA rekeyed");
    uint64_t begun = clock_ms();
    kill(daemon_pid, SIGTERM);
    expect(0, "1 peers did not answer in time");
    assert_in_range(clock_ms() - begun, 1900, 3000);
}

/* What systemd hears (Type=notify). */
static void the_service_manager_is_told(void **state)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    char said[64];
    ssize_t n = 0;
    (void)state;
    NEED_NAMESPACES();
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    strcpy(sa.sun_path, file("notify"));
    assert_int_equal(bind(fd, (const struct sockaddr *)&sa, sizeof(sa)), 0);
    setenv("NOTIFY_SOCKET", sa.sun_path, 1);
    setenv("WATCHDOG_USEC", "30000000", 1);
    fake_ike.answers = true;
    start(args(), NULL);
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    static const char *const words[] = {"READY=1", "WATCHDOG=1", "STOPPING=1"};
    for (size_t i = 0; i < 3; i++) {
        do
            assert_true((n = recv(fd, said, sizeof(said), 0)) > 0);
        while (i == 2 && (size_t)n == strlen(words[1]) && memcmp(said, words[1], (size_t)n) == 0);
        assert_int_equal(n, strlen(words[i]));
        assert_memory_equal(said, words[i], (size_t)n);
        if (i == 1)
            kill(daemon_pid, SIGTERM);
    }
    expect(0, "terminated");
    close(fd);
    unlink(sa.sun_path);
}

static void events_for_scripts(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    static const char *const kinds[] = {"ike_up", "child_up", "child_rekeyed", "child_down",
                                        "ike_down"};
    fake_ike.up = fake_ike.answers = true;
    start(args(), NULL);
    wait_said("CHILD_SA rekeyed");
    kill(daemon_pid, SIGTERM);
    expect(0, "ended");
    FILE *f = fopen(file("events"), "r");
    assert_non_null(f);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        json_t *e = json_loadf(f, JSON_DISABLE_EOF_CHECK, NULL);
        assert_non_null(e);
        assert_string_equal(json_string_value(json_object_get(e, "kind")), kinds[i]);
        assert_string_equal(json_string_value(json_object_get(e, "conn")), "gw");
        assert_string_equal(json_string_value(json_object_get(e, "remote")), "192.0.2.2");
        if (strncmp(kinds[i], "child", 5) == 0) {
            assert_string_equal(json_string_value(json_object_get(e, "child")), "net");
            assert_string_equal(json_string_value(json_object_get(e, "proposal")), "aes256gcm16");
            assert_string_equal(json_string_value(json_object_get(e, "spi_in")), "0xc0000001");
            assert_string_equal(json_string_value(json_object_get(e, "spi_out")), "0xd0000002");
            assert_true(json_is_true(json_object_get(e, "encap")));
        } else {
            assert_null(json_object_get(e, "child"));
        }
        json_decref(e);
    }
    fclose(f);
}

static void signals_for_people(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    fake_ike.up = fake_ike.answers = true;
    start(args(), NULL);
    wait_said("CHILD_SA rekeyed");
    kill(daemon_pid, SIGUSR1);
    wait_said("state: gw.net: again");
    kill(daemon_pid, SIGHUP);
    wait_said("the configuration was read again");
    kill(daemon_pid, SIGTERM);
    expect(0, "ended");
}

static void another_configuration(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    start(args(), NULL);
    wait_said("LAN host0");
    put_file("c.conf", "oops\n");
    kill(daemon_pid, SIGHUP);
    wait_said("the configuration stays as it was: ");
    put_file("c.conf", good);
    kill(daemon_pid, SIGHUP);
    wait_said("the configuration was read again");
    kill(daemon_pid, SIGTERM);
    expect(0, "ended");
}

static void what_failed_is_tried_again(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    fake_ike.fails = true;
    start(args(), NULL);
    wait_said("failed: nobody answers");
    uint64_t begun = clock_ms();
    while (!strstr(said("out"), "initiate gw net") && clock_ms() - begun < 7000)
        pause_ms(50);
    assert_non_null(strstr(text, "initiate gw net"));
    kill(daemon_pid, SIGTERM);
    expect(0, "ended");
}

static void nothing_left_of_root(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    char path[64], line[256];
    unsigned long long effective = ~0ull, bounding = ~0ull;
    int no_new_privs = 0, seccomp = 0;
    start(args(), NULL);
    wait_said("LAN host0");
    snprintf(path, sizeof(path), "/proc/%d/status", (int)daemon_pid);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof(line), f)) {
        sscanf(line, "CapEff: %llx", &effective);
        sscanf(line, "CapBnd: %llx", &bounding);
        sscanf(line, "NoNewPrivs: %d", &no_new_privs);
        sscanf(line, "Seccomp: %d", &seccomp);
    }
    fclose(f);
    assert_int_equal(effective, 1ull << 12); /* CAP_NET_ADMIN */
    assert_int_equal(bounding, 0);
    assert_int_equal(no_new_privs, 1);
    assert_int_equal(seccomp, 2);
    kill(daemon_pid, SIGTERM);
    expect(0, "ended");
}

/* ---------------------------------------------------------------- the other processes */

/* The number behind this name in the line that tells of them. */
static pid_t process(const char *name)
{
    wait_said("processes: ");
    const char *at = strstr(strstr(text, "processes: "), name);
    assert_non_null(at);
    pid_t pid = (pid_t)strtol(at + strlen(name), NULL, 10);
    assert_true(pid > 1);
    return pid;
}

static void link_of(pid_t pid, const char *name, char target[256])
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    ssize_t n = readlink(path, target, 255);
    assert_true(n > 0);
    target[n] = '\0';
}

static void expect_unprivileged(pid_t pid)
{
    char path[64], line[256];
    unsigned long uid = 0, seccomp = 0, no_new_privs = 0;
    unsigned long long caps = 0, one;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof(line), f)) {
        sscanf(line, "Uid: %lu", &uid);
        sscanf(line, "Seccomp: %lu", &seccomp);
        sscanf(line, "NoNewPrivs: %lu", &no_new_privs);
        if (strncmp(line, "Cap", 3) == 0 && sscanf(line + 7, "%llx", &one) == 1)
            caps |= one;
    }
    fclose(f);
    assert_true(uid != 0 && seccomp == 2 && no_new_privs == 1);
    assert_int_equal(caps, 0);
}

static void who_runs_as_whom(void **state)
{
    char ours[256], its[256], path[64];
    (void)state;
    NEED_NAMESPACES();
    start(args(), NULL);
    wait_said("LAN host0");
    pid_t network = process("network-facing ");
    assert_int_equal(process("parent "), daemon_pid);
    expect_unprivileged(network);
    expect_unprivileged(process("signer "));
    expect_unprivileged(process("fetch "));
    link_of(network, "root", its);
    assert_non_null(strstr(its, " (deleted)"));
    link_of(daemon_pid, "ns/net", ours);
    link_of(network, "ns/net", its);
    assert_string_not_equal(ours, its);
    /* all it has: the log, its sockets and pipes; no card, no netlink, no configuration */
    for (int fd = 0; fd < 64; fd++) {
        snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)network, fd);
        ssize_t n = readlink(path, its, sizeof(its) - 1);
        its[n > 0 ? n : 0] = '\0';
        if (*its == '/' && strcmp(its, "/dev/null") != 0 && strcmp(its, file("out")) != 0 &&
            strcmp(its, file("events")) != 0)
            fail_msg("%s is %s", path, its);
    }
    kill(daemon_pid, SIGTERM);
    expect(0, "ended");
}

static void the_death_of_each(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    start(args(), NULL);
    wait_said("LAN host0");
    kill(process("network-facing "), SIGKILL);
    expect(1, "the network-facing process was ended by signal 9 (Killed)\n");
    start(args(), NULL);
    wait_said("LAN host0");
    kill(process("signer "), SIGKILL);
    expect(1, "the signer ended\n");
    assert_non_null(strstr(text, "DELETE sent"));
    start(args(), NULL); /* without CRLs and OCSP tunnels go on */
    wait_said("LAN host0");
    kill(process("fetch "), SIGKILL);
    wait_said("the process that fetches ended");
    kill(daemon_pid, SIGTERM);
    expect(0, "ended, status 0");
    start(args(), NULL);
    wait_said("LAN host0");
    kill(process("network-facing "), SIGSTOP); /* it does not end by itself */
    kill(daemon_pid, SIGTERM);
    assert_int_equal(wait_end(12000), 1);
    assert_non_null(strstr(said("out"), "the network-facing process does not end"));
}

/* Without answers espalierd is worth nothing: it ends as when the signer had died. */
static void a_signer_that_stops_answering(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    start(args(), NULL);
    wait_said("LAN host0");
    kill(process("signer "), SIGSTOP);
    kill(daemon_pid, SIGHUP);
    assert_int_equal(wait_end(SIGNER_TURNS * SIGNER_TURN_MS + 8000), 1);
    assert_non_null(strstr(said("out"), "the signer is slow"));
    assert_non_null(strstr(text, "the signer does not answer"));
    assert_non_null(strstr(text, "the signer ended"));
}

static bool runs(pid_t pid)
{
    char path[64], line[256] = "";
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "r");
    if (f && !fgets(line, sizeof(line), f))
        line[0] = '\0';
    if (f)
        fclose(f);
    const char *state = strrchr(line, ')');
    return state && state[2] != 'Z' && state[2] != 'X';
}

static void nobody_outlives_the_parent(void **state)
{
    pid_t all[3];
    bool left = true;
    (void)state;
    NEED_NAMESPACES();
    start(args(), NULL);
    wait_said("LAN host0");
    all[0] = process("network-facing ");
    all[1] = process("signer ");
    all[2] = process("fetch ");
    kill(daemon_pid, SIGKILL);
    waitpid(daemon_pid, NULL, 0);
    daemon_pid = 0;
    for (int i = 0; left && i < 300; i++, pause_ms(10))
        left = runs(all[0]) || runs(all[1]) || runs(all[2]);
    assert_false(left);
}

/* What the configuration names must lie in its folder: nothing else is handed over. */
static void a_file_elsewhere(void **state)
{
    (void)state;
    NEED_NAMESPACES();
    put_file("c.conf", "include /etc/hostname\n");
    start(args(), NULL);
    expect(2, "/etc/hostname is not below the folder of ");
    assert_non_null(strstr(text, "c.conf:1: include: /etc/hostname can't be read"));
}

static int make_dir(void **state)
{
    (void)state;
    allowed = netns_enter();
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    (void)state;
    return rmdir(dir);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(command_lines),
        TEST(check_a_configuration),
        TEST(nobody_at_the_socket),
        TEST(another_map),
        TEST(a_wrong_configuration),
        TEST(no_such_netdev),
        TEST(port_in_use),
        TEST(no_permission),
        TEST(the_card_learns_the_network),
        TEST(datagrams_and_the_marker),
        TEST(a_card_that_dies),
        TEST(a_netdev_that_goes),
        TEST(a_card_that_stops_answering),
        TEST(peers_that_answer_a_delete),
        TEST(peers_that_do_not),
        TEST(the_service_manager_is_told),
        TEST(events_for_scripts),
        TEST(signals_for_people),
        TEST(another_configuration),
        TEST(what_failed_is_tried_again),
        TEST(nothing_left_of_root),
        TEST(who_runs_as_whom),
        TEST(the_death_of_each),
        TEST(a_signer_that_stops_answering),
        TEST(nobody_outlives_the_parent),
        TEST(a_file_elsewhere),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
