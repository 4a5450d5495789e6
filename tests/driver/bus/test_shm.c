/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A register page in shared memory, both ends of it: the server of espsim (sim/card/bar_shm.c) with
 * the tests' card behind it, in a thread of its own, and the driver's accessor, which is the one of
 * real PCI BARs too.
 */
#include "tests/driver/fake.h"

#include "sim/card/bar_shm.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct served {
    char dir[64], path[96], uri[104];
    struct fake fake;
    struct bar_shm shm;
    pthread_t thread;
    atomic_bool stop, paused, moved;
};

static struct served s;

static bool card_read(void *user, uint32_t off, uint32_t *value)
{
    fake_read(user, off, value, 1);
    return true;
}

static bool card_write(void *user, uint32_t off, uint32_t value)
{
    fake_write(user, off, &value, 1);
    return true;
}

static const struct bar_ops ops = {card_read, card_write};

static void *serve(void *arg)
{
    (void)arg;
    while (!atomic_load(&s.stop)) {
        if (!atomic_load(&s.paused) && !bar_shm_serve(&s.shm, atomic_exchange(&s.moved, false)))
            return arg;
        nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL);
    }
    return NULL;
}

static void start(void)
{
    char why[256];
    memset(&s, 0, sizeof s);
    fake_init(&s.fake);
    (void)snprintf(s.dir, sizeof s.dir, "/tmp/espl_test_shm.XXXXXX");
    assert_non_null(mkdtemp(s.dir));
    (void)snprintf(s.path, sizeof s.path, "%s/page", s.dir);
    (void)snprintf(s.uri, sizeof s.uri, "shm:%s", s.path);
    assert_true(bar_shm_open(&s.shm, s.path, &ops, &s.fake, why, sizeof why));
    assert_int_equal(pthread_create(&s.thread, NULL, serve, NULL), 0);
}

static void stop(void)
{
    atomic_store(&s.stop, true);
    assert_int_equal(pthread_join(s.thread, NULL), 0);
    bar_shm_close(&s.shm);
    assert_int_equal(rmdir(s.dir), 0); /* the file is gone */
}

static struct espl_card *open_card(void)
{
    struct espl_card *card;
    char why[256];
    if (espl_card_open(s.uri, &card, why, sizeof why))
        fail_msg("%s", why);
    return card;
}

static void open_fails(const char *uri, enum espl_err wanted, const char *text)
{
    struct espl_card *card;
    char why[256], whole[256];
    (void)snprintf(whole, sizeof whole, "%s: %s", uri, text);
    assert_int_equal(espl_card_open(uri, &card, why, sizeof why), wanted);
    assert_string_equal(why, whole);
}

/* ------------------------------------------------------------------ use */

static void sas_policies_and_neighbours(void **state)
{
    (void)state;
    start();
    struct espl_card *card = open_card();
    const struct espl_policy policy = sample_policy(0x0a010000, 0x0a020000, 16, 7);
    const struct espl_neigh neigh = {
        .addr = v4(0xc0000202), .dev = ESPL_PORT_CIPHER, .mac = {2, 0, 0, 0, 0, 1}};
    const struct espl_sa sa = sample_sa(ESPL_DIR_OUT, 0x1001, 7);
    struct espl_sa got;
    struct espl_sa_stats stats;
    assert_ok(card, espl_policy_add(card, &policy));
    assert_ok(card, espl_neigh_add(card, &neigh));
    assert_ok(card, espl_sa_add(card, &sa));
    assert_ok(card, espl_sa_get(card, ESPL_DIR_OUT, &sa.dst, sa.spi, &got, &stats));
    assert_int_equal(got.reqid, 7);
    assert_int_equal(got.nexthop[5], 1);
    assert_err(card, espl_sa_add(card, &sa), ESPL_ERR_EXISTS);
    espl_card_close(card);
    assert_true(s.fake.sa[ESPL_DIR_OUT][0].used);
    stop();
}

/* The key that crossed the page is gone from it when the call returns. */
static void no_key_stays_in_the_page(void **state)
{
    (void)state;
    start();
    struct espl_card *card = open_card();
    struct espl_sa sa = sample_sa(ESPL_DIR_IN, 0x1001, 0);
    memset(sa.key, 0x5a, sizeof sa.key);
    assert_ok(card, espl_sa_add(card, &sa));
    for (unsigned i = 0; i < ESPL_PAGE_BYTES / 4; i++)
        assert_int_not_equal(s.shm.page[i], 0x5a5a5a5a);
    espl_card_close(card);
    stop();
}

/* Counters and events come into the page by themselves, some time after the card did something. */
static void counters_and_events_follow(void **state)
{
    (void)state;
    start();
    struct espl_card *card = open_card();
    uint64_t values[ESPL_COUNTERS_MAX] = {0};
    s.fake.page[ESPL_REG_COUNTERS / 4] = 41;
    s.fake.page[ESPL_REG_EVENTS / 4 + 1] = 0x1001;
    s.fake.page[ESPL_REG_EVENT_HEAD / 4] = 1;
    atomic_store(&s.moved, true);
    for (int i = 0; i < 1000 && values[0] != 41; i++) {
        assert_ok(card, espl_counters(card, values));
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    assert_int_equal(values[0], 41);
    assert_int_equal(s.shm.page[ESPL_REG_EVENT_HEAD / 4], 1);
    assert_int_equal(s.shm.page[ESPL_REG_EVENTS / 4 + 1], 0x1001);
    s.shm.page[ESPL_REG_EVENT_TAIL / 4] = 1; /* what the driver does when it has read it */
    for (int i = 0; i < 1000 && s.fake.page[ESPL_REG_EVENT_TAIL / 4] != 1; i++)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    assert_int_equal(s.fake.page[ESPL_REG_EVENT_TAIL / 4], 1);
    espl_card_close(card);
    stop();
}

static void a_reset_of_ones_own(void **state)
{
    (void)state;
    start();
    struct espl_card *card = open_card(), *other = open_card();
    const struct espl_sa sa = sample_sa(ESPL_DIR_OUT, 0x1001, 0);
    assert_ok(card, espl_sa_add(card, &sa));
    assert_ok(card, espl_card_reset(card));
    assert_false(s.fake.sa[ESPL_DIR_OUT][0].used);
    assert_ok(card, espl_sa_add(card, &sa));
    assert_err(other, espl_sa_add(other, &sa), ESPL_ERR_RESET);
    assert_int_equal(s.fake.page[ESPL_REG_GENERATION / 4], 1);
    assert_int_not_equal(s.fake.page[ESPL_REG_TOKEN / 4], 0);
    espl_card_close(other);
    espl_card_close(card);
    stop();
}

/* Somebody else resets the card at its other end: the mark in the page goes, and does not come back
 * from the page. */
static void a_reset_from_elsewhere(void **state)
{
    (void)state;
    start();
    struct espl_card *card = open_card();
    assert_ok(card, espl_sa_flush(card));
    atomic_store(&s.paused, true);
    nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    fake_reset(&s.fake);
    atomic_store(&s.moved, true);
    atomic_store(&s.paused, false);
    enum espl_err err = ESPL_OK;
    for (int i = 0; i < 1000 && !err; i++) {
        err = espl_card_alive(card);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    assert_int_equal(err, ESPL_ERR_RESET);
    assert_int_equal(s.fake.page[ESPL_REG_TOKEN / 4], 0);
    espl_card_close(card);
    stop();
}

#define EACH 6u

static void child(uint32_t first)
{
    struct espl_card *card;
    char why[256];
    if (espl_card_open(s.uri, &card, why, sizeof why))
        _exit(1);
    for (uint32_t i = 0; i < EACH; i++) {
        const struct espl_sa sa = sample_sa(ESPL_DIR_OUT, first + i, 7);
        if (espl_sa_add(card, &sa))
            _exit(2);
    }
    espl_card_close(card);
    _exit(0);
}

static void two_processes_at_once(void **state)
{
    (void)state;
    start();
    pid_t pid[2];
    for (uint32_t i = 0; i < 2; i++) {
        pid[i] = fork();
        if (pid[i] == 0)
            child(0x1000 * (i + 1));
    }
    for (int i = 0; i < 2; i++) {
        int status;
        assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    uint32_t used = 0;
    for (uint32_t i = 0; i < FAKE_SA; i++)
        used += s.fake.sa[ESPL_DIR_OUT][i].used;
    assert_int_equal(used, 2 * EACH);
    stop();
}

/* ------------------------------------------------------------------ the end, and what is no page
 */

static void a_server_that_hangs_or_ends(void **state)
{
    (void)state;
    start();
    struct espl_card *card = open_card();
    assert_ok(card, espl_sa_flush(card));
    atomic_store(&s.paused, true);
    nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    const struct espl_sa sa = sample_sa(ESPL_DIR_OUT, 0x1001, 0);
    assert_err(card, espl_sa_add(card, &sa), ESPL_ERR_TIMEOUT);
    stop();
    assert_err(card, espl_card_alive(card), ESPL_ERR_DEAD);
    assert_non_null(strstr(espl_card_error(card), "its registers read as all ones"));
    espl_card_close(card);
}

static void files_that_are_no_page(void **state)
{
    (void)state;
    start();
    char path[128], uri[136], why[256];
    struct bar_shm second;
    assert_false(bar_shm_open(&second, s.path, &ops, &s.fake, why, sizeof why));
    assert_non_null(strstr(why, "another process serves it"));
    assert_false(bar_shm_open(&second, s.dir, &ops, &s.fake, why, sizeof why));
    assert_false(bar_shm_open(&second, "", &ops, &s.fake, why, sizeof why));
    (void)snprintf(uri, sizeof uri, "shm:%s?bar=2", s.path);
    open_fails(uri, ESPL_ERR_URI, "\"bar\" is not an option of this bus, which has none");
    (void)snprintf(path, sizeof path, "%s/none", s.dir);
    (void)snprintf(uri, sizeof uri, "shm:%s", path);
    open_fails(uri, ESPL_ERR_OPEN, "No such file or directory");
    close(open(path, O_CREAT | O_RDWR, 0600));
    open_fails(uri, ESPL_ERR_NOT_CARD, "0 bytes, fewer than the register page's 4096");
    assert_int_equal(truncate(path, ESPL_PAGE_BYTES), 0);
    open_fails(uri, ESPL_ERR_NOT_CARD, "magic: 0x00000000 is not an Espalier card's 0x4553504c");
    unlink(path);
    (void)snprintf(uri, sizeof uri, "shm:%s", "/dev/null");
    open_fails(uri, ESPL_ERR_OPEN, "not a file of shared memory");
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sas_policies_and_neighbours), cmocka_unit_test(no_key_stays_in_the_page),
        cmocka_unit_test(counters_and_events_follow),  cmocka_unit_test(a_reset_of_ones_own),
        cmocka_unit_test(a_reset_from_elsewhere),      cmocka_unit_test(two_processes_at_once),
        cmocka_unit_test(a_server_that_hangs_or_ends), cmocka_unit_test(files_that_are_no_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
