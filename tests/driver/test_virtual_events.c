/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lifetimes and events on the engine itself: espsim as a process, an SA with limits by espctl's
 * lines, frames into its plain port, and what two programs are told of it by the interrupt.
 */
#include "tests/driver/fake.h"

#include "driver/espctl/command.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAIT_MS 20000u /* for a busy machine */
#define INNER 100u     /* bytes of the inner packets */

static char dir[64], bar[96], port[256], uri[104];
static struct sockaddr_un here = {.sun_family = AF_UNIX}, there = {.sun_family = AF_UNIX};
static int plain = -1;
static pid_t process;
static struct espl_card *card, *other;
static struct espctl ctl;

static int start(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "/tmp/espl_virtual_events.XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    (void)snprintf(bar, sizeof bar, "%s/card", dir);
    (void)snprintf(uri, sizeof uri, "sim:%s", bar);
    (void)snprintf(here.sun_path, sizeof here.sun_path, "%s/here", dir);
    (void)snprintf(there.sun_path, sizeof there.sun_path, "%s/there", dir);
    (void)snprintf(port, sizeof port, "unix:%s,%s", there.sun_path, here.sun_path);
    plain = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (bind(plain, (const struct sockaddr *)&here, sizeof here))
        return -1;
    process = fork();
    if (process == 0) {
        const char *program = getenv("ESPSIM");
        (void)!freopen("/dev/null", "w", stderr);
        (void)!freopen("/dev/null", "w", stdout);
        execl(program ? program : "build/espsim", "espsim", "run", "--socket", bar, "--plain", port,
              "--cipher", "none", "--host0", "none", "--host1", "none", (char *)NULL);
        _exit(127);
    }
    char why[256] = "";
    for (int tries = 0; tries < 200 && !other; tries++, usleep(100000)) {
        if (!card && espl_card_open(uri, &card, why, sizeof why))
            continue;
        if (espl_card_open(uri, &other, why, sizeof why) == ESPL_OK)
            ctl = (struct espctl){.card = card, .out = stdout};
    }
    if (!other)
        print_message("%s\n", why);
    return other ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    int status;
    espl_card_close(card);
    espl_card_close(other);
    kill(process, SIGTERM);
    bool ended = waitpid(process, &status, 0) == process;
    close(plain);
    unlink(here.sun_path);
    unlink(there.sun_path);
    unlink(bar);
    rmdir(dir);
    return ended && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static void lines(const char *text)
{
    FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    assert_non_null(in);
    if (espctl_batch(&ctl, in, "lines", false))
        fail_msg("%s", ctl.why);
    (void)fclose(in);
}

/* UDP from 10.1.0.1 to 10.2.0.1 in an Ethernet frame. */
static void send_frames(unsigned count)
{
    uint8_t frame[14 + INNER] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0};
    uint8_t *ip = frame + 14;
    uint32_t sum = 0;
    const uint8_t header[20] = {0x45, 0, 0, INNER, 0, 0, 0, 0, 64, 17, 0, 0, 10, 1, 0, 1,
                                10,   2, 0, 1};
    memcpy(ip, header, sizeof header);
    for (unsigned i = 0; i < 20; i += 2)
        sum += (uint32_t)ip[i] << 8 | ip[i + 1];
    sum = ~((sum & 0xffff) + (sum >> 16));
    ip[10] = (uint8_t)(sum >> 8);
    ip[11] = (uint8_t)sum;
    ip[25] = INNER - 20; /* of the UDP header */
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(sendto(plain, frame, sizeof frame, 0, (const struct sockaddr *)&there,
                                sizeof there),
                         sizeof frame);
}

static void told(struct espl_card *to, enum espl_event_kind kind, uint64_t count)
{
    struct espl_event e;
    assert_ok(to, espl_event_wait(to, WAIT_MS, &e));
    if (e.kind != kind || e.count != count)
        fail_msg("%s %llu, expected %s %llu", espl_event_name(e.kind), (unsigned long long)e.count,
                 espl_event_name(kind), (unsigned long long)count);
    assert_true(e.known && e.dir == ESPL_DIR_OUT && e.missed == 0);
    assert_int_equal(e.spi, 0x1001);
    assert_int_equal(e.reqid, 7);
}

static void nothing(struct espl_card *to)
{
    struct espl_event e;
    assert_err(to, espl_event_wait(to, 100, &e), ESPL_ERR_TIMEOUT);
}

static uint64_t counter(const char *name)
{
    uint64_t values[ESPL_COUNTERS_MAX];
    assert_ok(card, espl_counters(card, values));
    for (size_t i = 0; i < espl_counter_count(); i++)
        if (strcmp(espl_counter_name(i), name) == 0)
            return values[i];
    fail_msg("no counter %s", name);
    return 0;
}

#define ID "src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x1001 "
#define KEY "0x000102030405060708090a0b0c0d0e0f10111213"

static void limits_are_met_to_the_packet(void **state)
{
    (void)state;
    struct pollfd fd = {.fd = espl_card_fd(card), .events = POLLIN};
    lines("neigh add 192.0.2.2 lladdr 02:00:00:00:00:09 dev cipher\n"
          "state add " ID "mode tunnel aead 'rfc4106(gcm(aes))' " KEY " 128 reqid 7 dir out"
          " limit packet-soft 50 limit packet-hard 80\n"
          "policy add src 10.1.0.0/16 dst 10.2.0.0/16 dir out"
          " tmpl src 192.0.2.1 dst 192.0.2.2 proto esp mode tunnel reqid 7\n");
    assert_ok(card, espl_events_start(card));
    assert_ok(other, espl_events_start(other));
    nothing(card);
    send_frames(49);
    nothing(card);
    send_frames(1);
    assert_int_equal(poll(&fd, 1, (int)WAIT_MS), 1); /* by itself: nobody has asked */
    told(card, ESPL_EV_SOFT_PACKETS, 50);
    send_frames(50);
    told(card, ESPL_EV_HARD_PACKETS, 80);
    nothing(card);
    told(other, ESPL_EV_SOFT_PACKETS, 50); /* each program has all of them */
    told(other, ESPL_EV_HARD_PACKETS, 80);
    nothing(other);
    assert_int_equal(counter("out_encrypted"), 80);
    assert_int_equal(counter("out_drop_lifetime"), 20);

    struct espl_sa sa;
    struct espl_sa_stats stats;
    const struct espl_addr dst = v4(0xc0000202);
    assert_ok(card, espl_sa_get(card, ESPL_DIR_OUT, &dst, 0x1001, &sa, &stats));
    assert_int_equal(stats.packets, 80);
    assert_int_equal(stats.bytes, 80 * INNER);
    assert_true(sa.limits.soft_packets == 50 && sa.limits.hard_packets == 80);
}

/* More life, in bytes now; the sequence numbers go on. */
static void an_update_gives_more(void **state)
{
    (void)state;
    struct espl_sa sa;
    struct espl_sa_stats stats;
    const struct espl_addr dst = v4(0xc0000202);
    lines("state update " ID "mode tunnel reqid 7 dir out limit byte-soft 9000 limit byte-hard "
          "10050\n");
    send_frames(30);
    told(card, ESPL_EV_SOFT_BYTES, 9000);
    told(card, ESPL_EV_HARD_BYTES, 10000);
    nothing(card);
    assert_ok(card, espl_sa_get(card, ESPL_DIR_OUT, &dst, 0x1001, &sa, &stats));
    assert_int_equal(stats.seq, 100);
    assert_int_equal(counter("out_drop_lifetime"), 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_are_met_to_the_packet),
        cmocka_unit_test(an_update_gives_more),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
