/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The socket of the virtual card with peers that behave badly: nothing waits longer than its
 * deadline, nothing raises SIGPIPE, and nothing that is no answer is taken for one. At the end two
 * real processes share a card.
 */
#include "tests/driver/fake.h"

#include "driver/bus/sim_proto.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum manner {
    GOOD,
    SAYS_NOTHING,
    CLOSES_AT_ONCE,
    OLD_PROTOCOL,
    SMALL_BAR,
    WRONG_MAGIC, /* in HELLO */
    HELLO_IS_DATA,
    SHORT_MESSAGE, /* from here on: HELLO is right, answers are not */
    SHORT_COUNT,
    FEWER_WORDS,
    WRONG_ADDRESS,
    WRONG_TAG,
    ERROR_ANSWER,
    NO_ANSWER,
    CLOSES_LATER,
    LATE_ONCE,  /* the first answer comes after the deadline */
    INTERRUPTS, /* an IRQ before every answer */
};

struct peer {
    char dir[64], path[96], uri[104];
    int listener;
    pthread_t thread;
    enum manner manner;
    struct fake fake;
    atomic_bool stop;
    unsigned answers;
};

/* ------------------------------------------------------------------ the peer */

static void send_words(int fd, uint16_t op, uint32_t tag, uint32_t addr, const uint32_t *words,
                       uint16_t count)
{
    struct espl_sim_msg m = {
        .magic = ESPL_SIM_MAGIC, .op = op, .count = count, .tag = tag, .addr = addr};
    if (count)
        memcpy(m.words, words, 4u * count);
    (void)!send(fd, &m, ESPL_SIM_HEADER + 4u * count, MSG_NOSIGNAL);
}

static bool hello(const struct peer *p, int fd)
{
    uint32_t bytes = p->manner == SMALL_BAR ? 64 : ESPL_PAGE_BYTES;
    struct espl_sim_msg bad = {
        .magic = 1, .op = ESPL_SIM_HELLO, .count = 1, .addr = ESPL_SIM_PROTO};
    switch (p->manner) {
    case SAYS_NOTHING:
        break;
    case CLOSES_AT_ONCE:
        return false;
    case WRONG_MAGIC:
        (void)!send(fd, &bad, ESPL_SIM_HEADER + 4, MSG_NOSIGNAL);
        break;
    default:
        send_words(fd, p->manner == HELLO_IS_DATA ? ESPL_SIM_DATA : ESPL_SIM_HELLO, 0,
                   p->manner == OLD_PROTOCOL ? 0 : ESPL_SIM_PROTO, &bytes, 1);
    }
    return true;
}

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

/* false: hang up */
static bool answer(struct peer *p, int fd, const struct espl_sim_msg *m)
{
    uint32_t words[ESPL_SIM_WORDS];
    fake_read(&p->fake, m->addr, words, m->count);
    bool first = p->answers++ == 0;
    switch (p->manner) {
    case SHORT_MESSAGE:
        (void)!send(fd, m, 8, MSG_NOSIGNAL);
        break;
    case SHORT_COUNT: {
        struct espl_sim_msg lie = {.magic = ESPL_SIM_MAGIC,
                                   .op = ESPL_SIM_DATA,
                                   .count = m->count,
                                   .tag = m->tag,
                                   .addr = m->addr};
        (void)!send(fd, &lie, ESPL_SIM_HEADER, MSG_NOSIGNAL);
        break;
    }
    case FEWER_WORDS:
        send_words(fd, ESPL_SIM_DATA, m->tag, m->addr, words, (uint16_t)(m->count - 1));
        break;
    case WRONG_ADDRESS:
        send_words(fd, ESPL_SIM_DATA, m->tag, m->addr + 4, words, m->count);
        break;
    case WRONG_TAG:
        send_words(fd, ESPL_SIM_DATA, m->tag + 1, m->addr, words, m->count);
        break;
    case ERROR_ANSWER:
        send_words(fd, ESPL_SIM_ERROR, m->tag, m->addr, words, 0);
        break;
    case NO_ANSWER:
        break;
    case CLOSES_LATER:
        return false;
    case INTERRUPTS:
        send_words(fd, ESPL_SIM_IRQ, 0, 1, words, 0);
        send_words(fd, ESPL_SIM_DATA, m->tag, m->addr, words, m->count);
        break;
    default:
        if (p->manner == LATE_ONCE && first)
            pause_ms(1300);
        send_words(fd, ESPL_SIM_DATA, m->tag, m->addr, words, m->count);
    }
    return true;
}

/* One client's next message: false when it has left. */
static bool serve(struct peer *p, int fd)
{
    struct espl_sim_msg m;
    ssize_t n = recv(fd, &m, sizeof m, 0);
    if (n <= 0)
        return false;
    if (m.op == ESPL_SIM_WRITE)
        fake_write(&p->fake, m.addr, m.words, m.count);
    else if (m.op == ESPL_SIM_READ)
        return answer(p, fd, &m);
    return true;
}

static void *run_peer(void *arg)
{
    struct peer *p = arg;
    struct pollfd fds[8] = {{.fd = p->listener, .events = POLLIN}};
    nfds_t count = 1;
    while (!atomic_load(&p->stop)) {
        if (poll(fds, count, 20) <= 0)
            continue;
        if (fds[0].revents && count < 8) {
            int fd = accept(p->listener, NULL, NULL);
            if (hello(p, fd))
                fds[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
            else
                close(fd);
        }
        for (nfds_t i = 1; i < count; i++) {
            if (!fds[i].revents || serve(p, fds[i].fd))
                continue;
            close(fds[i].fd);
            fds[i--] = fds[--count];
        }
    }
    while (count > 1)
        close(fds[--count].fd);
    return NULL;
}

static struct peer *start(enum manner manner)
{
    static struct peer p;
    memset(&p, 0, sizeof p);
    p.manner = manner;
    fake_init(&p.fake);
    (void)snprintf(p.dir, sizeof p.dir, "/tmp/espl_test_sim.XXXXXX");
    assert_non_null(mkdtemp(p.dir));
    (void)snprintf(p.path, sizeof p.path, "%s/card", p.dir);
    (void)snprintf(p.uri, sizeof p.uri, "sim:%s", p.path);
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    memcpy(addr.sun_path, p.path, strlen(p.path) + 1);
    p.listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    assert_true(p.listener >= 0);
    assert_int_equal(bind(p.listener, (const struct sockaddr *)&addr, sizeof addr), 0);
    assert_int_equal(listen(p.listener, 8), 0);
    assert_int_equal(pthread_create(&p.thread, NULL, run_peer, &p), 0);
    return &p;
}

static void stop(struct peer *p)
{
    atomic_store(&p->stop, true);
    assert_int_equal(pthread_join(p->thread, NULL), 0);
    close(p->listener);
    unlink(p->path);
    rmdir(p->dir);
}

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ------------------------------------------------------------------ opening */

static void open_fails(enum manner manner, enum espl_err wanted, const char *text,
                       uint64_t at_most_ms)
{
    struct peer *p = start(manner);
    struct espl_card *card;
    char why[256], whole[256];
    uint64_t begin = now_ms();
    assert_int_equal(espl_card_open(p->uri, &card, why, sizeof why), wanted);
    assert_true(now_ms() - begin <= at_most_ms);
    (void)snprintf(whole, sizeof whole, "%s: %s", p->uri, text);
    assert_string_equal(why, whole);
    stop(p);
}

static void peers_that_are_no_card(void **state)
{
    (void)state;
    open_fails(SAYS_NOTHING, ESPL_ERR_TIMEOUT, "the process there does not say it is a card", 3000);
    open_fails(CLOSES_AT_ONCE, ESPL_ERR_OPEN, "the process there ends, or is no virtual card", 500);
    open_fails(WRONG_MAGIC, ESPL_ERR_OPEN, "the process there ends, or is no virtual card", 500);
    open_fails(HELLO_IS_DATA, ESPL_ERR_NOT_CARD, "what answers there is no virtual card", 500);
    open_fails(OLD_PROTOCOL, ESPL_ERR_NOT_CARD,
               "the card process speaks protocol 0, this library 1", 500);
    open_fails(SMALL_BAR, ESPL_ERR_NOT_CARD, "the card's BAR has 64 bytes, fewer than 4096", 500);
}

static void peers_that_give_wrong_answers(void **state)
{
    (void)state;
    static const enum manner dead[] = {SHORT_MESSAGE, SHORT_COUNT,  FEWER_WORDS,
                                       WRONG_ADDRESS, ERROR_ANSWER, CLOSES_LATER};
    for (size_t i = 0; i < sizeof dead / sizeof *dead; i++)
        open_fails(dead[i], ESPL_ERR_DEAD, "reading the card's identity: the card is gone", 500);
    open_fails(WRONG_TAG, ESPL_ERR_TIMEOUT,
               "reading the card's identity: the card did not answer in time", 2000);
    open_fails(NO_ANSWER, ESPL_ERR_TIMEOUT,
               "reading the card's identity: the card did not answer in time", 2000);
}

static void a_socket_without_a_process(void **state)
{
    (void)state;
    struct peer *p = start(GOOD);
    char path[96], uri[104];
    (void)snprintf(path, sizeof path, "%s", p->path);
    (void)snprintf(uri, sizeof uri, "%s", p->uri);
    atomic_store(&p->stop, true);
    assert_int_equal(pthread_join(p->thread, NULL), 0);
    close(p->listener); /* the socket's name stays */
    struct espl_card *card;
    char why[256], whole[256];
    assert_int_equal(espl_card_open(uri, &card, why, sizeof why), ESPL_ERR_OPEN);
    (void)snprintf(whole, sizeof whole, "%s: no card process listens there", uri);
    assert_string_equal(why, whole);
    unlink(path);
    rmdir(p->dir);
}

/* ------------------------------------------------------------------ use */

static struct espl_card *open_card(const struct peer *p)
{
    struct espl_card *card;
    char why[256];
    if (espl_card_open(p->uri, &card, why, sizeof why))
        fail_msg("%s", why);
    return card;
}

static void interrupts_between_answers(void **state)
{
    (void)state;
    struct peer *p = start(INTERRUPTS);
    struct espl_card *card = open_card(p);
    uint64_t values[ESPL_COUNTERS_MAX];
    assert_ok(card, espl_counters(card, values));
    assert_true(espl_card_fd(card) >= 0);
    espl_card_close(card);
    stop(p);
}

/* The answer to a read that was given up comes later, before that of the next read: it is not taken
 * for it. */
static void a_late_answer_is_not_the_next_ones(void **state)
{
    (void)state;
    struct peer *p = start(GOOD);
    struct espl_card *card = open_card(p);
    p->answers = 0;
    p->manner = LATE_ONCE;
    assert_err(card, espl_card_alive(card), ESPL_ERR_TIMEOUT);
    assert_ok(card, espl_card_alive(card));
    const struct espl_sa sa = sample_sa(ESPL_DIR_IN, 0x1001, 1);
    assert_ok(card, espl_sa_add(card, &sa));
    espl_card_close(card);
    stop(p);
}

static void a_card_that_dies_is_noticed_at_once(void **state)
{
    (void)state;
    struct peer *p = start(GOOD);
    struct espl_card *card = open_card(p);
    p->manner = CLOSES_LATER;
    uint64_t begin = now_ms();
    assert_err(card, espl_card_alive(card), ESPL_ERR_DEAD);
    struct pollfd fd = {.fd = espl_card_fd(card), .events = POLLIN};
    assert_int_equal(poll(&fd, 1, 500), 1); /* hung up */
    const struct espl_sa sa = sample_sa(ESPL_DIR_IN, 0x1001, 1);
    for (int i = 0; i < 100; i++)
        assert_err(card, espl_sa_add(card, &sa), ESPL_ERR_DEAD);
    assert_true(now_ms() - begin < 1000);
    assert_string_equal(espl_card_error(card), "reading the card's identity: the card is gone");
    espl_card_close(card);
    stop(p);
}

/* ------------------------------------------------------------------ two processes */

#define EACH 6u

static void child(const char *uri, uint32_t first)
{
    struct espl_card *card;
    char why[256];
    if (espl_card_open(uri, &card, why, sizeof why))
        _exit(1);
    for (uint32_t round = 0; round < 20; round++) {
        for (uint32_t i = 0; i < EACH; i++) {
            const struct espl_sa sa = sample_sa(ESPL_DIR_OUT, first + i, 7);
            if (espl_sa_add(card, &sa))
                _exit(2);
        }
        for (uint32_t i = 0; i < EACH && round < 19; i++) {
            const struct espl_sa sa = sample_sa(ESPL_DIR_OUT, first + i, 7);
            if (espl_sa_delete(card, ESPL_DIR_OUT, &sa.dst, sa.spi))
                _exit(3);
        }
    }
    espl_card_close(card);
    _exit(0);
}

static void two_processes_do_not_mix_their_words(void **state)
{
    (void)state;
    struct peer *p = start(GOOD);
    pid_t pid[2];
    for (uint32_t i = 0; i < 2; i++) {
        pid[i] = fork();
        if (pid[i] == 0)
            child(p->uri, 0x1000 * (i + 1));
    }
    for (int i = 0; i < 2; i++) {
        int status;
        assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    uint32_t used = 0;
    for (uint32_t i = 0; i < FAKE_SA; i++)
        used += p->fake.sa[ESPL_DIR_OUT][i].used;
    assert_int_equal(used, 2 * EACH);
    stop(p);
}

/* Somebody keeps the lock: the call ends with its deadline and says who; who only reads counters
 * does not wait. */
static void a_card_kept_busy(void **state)
{
    (void)state;
    struct peer *p = start(GOOD);
    struct espl_card *card = open_card(p);
    struct espl_bus *bus;
    char why[256];
    assert_int_equal(espl_bus_sim.open(p->path, &bus, why, sizeof why), ESPL_OK);
    assert_int_equal(espl_bus_sim.lock(bus), ESPL_OK);
    uint64_t begin = now_ms();
    assert_err(card, espl_sa_flush(card), ESPL_ERR_TIMEOUT);
    assert_true(now_ms() - begin < 7000);
    (void)snprintf(why, sizeof why, "another program keeps the card busy: test_sim (process %d)",
                   (int)getpid());
    assert_string_equal(espl_card_error(card), why);
    uint64_t values[ESPL_COUNTERS_MAX];
    begin = now_ms();
    assert_ok(card, espl_counters(card, values));
    assert_true(now_ms() - begin < 1000);
    espl_bus_sim.close(bus); /* as when that program ends */
    assert_ok(card, espl_sa_flush(card));
    espl_card_close(card);
    stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(peers_that_are_no_card),
        cmocka_unit_test(peers_that_give_wrong_answers),
        cmocka_unit_test(a_socket_without_a_process),
        cmocka_unit_test(interrupts_between_answers),
        cmocka_unit_test(a_late_answer_is_not_the_next_ones),
        cmocka_unit_test(a_card_that_dies_is_noticed_at_once),
        cmocka_unit_test(two_processes_do_not_mix_their_words),
        cmocka_unit_test(a_card_kept_busy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
