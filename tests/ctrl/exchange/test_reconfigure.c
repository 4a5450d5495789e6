/* SPDX-License-Identifier: Apache-2.0 */
/* Another configuration under living SAs: what did not change is not touched, what went ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctrl/exchange/reconfigure.h"
#include "ctrl/sa/state.h"
#include "tests/ctrl/exchange/lab.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);

static unsigned countdown; /* 0: no allocation fails */

static int fails(void)
{
    return countdown && --countdown == 0;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

static struct lab lab;

#define NET                                                                                        \
    "net {\n local_ts = 10.1.0.0/24\n remote_ts = 10.2.0.0/24\n rand_time = 0\n"                   \
    " esp_proposals = aes256gcm16\n"
#define SECRET "secrets { ike-1 { id-1 = a.example\n id-2 = b.example\n secret = moonshine } }\n"

/* What lab_init gives side A, with other words of the connection and other children. */
static struct config *read_conf(const char *name, const char *more, const char *children)
{
    char path[] = "/tmp/lab-XXXXXX", why[512] = "";
    struct config *config = NULL;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *f = fdopen(fd, "w");
    assert_non_null(f);
    fprintf(f,
            "connections { %s {\n version = 2\n local_addrs = 10.99.0.1\n remote_addrs = "
            "10.99.0.2\n proposals = aes256gcm16-prfsha384-ecp384\n %s\n"
            " local { auth = psk\n id = a.example\n }\n remote { auth = psk\n id = b.example\n }\n"
            " children { %s }\n } }\n" SECRET,
            name, more, children);
    fclose(f);
    int rc = config_load(path, &config, why, sizeof(why));
    unlink(path);
    if (rc != 0)
        fail_msg("%s", why);
    return config;
}

static void configure(const char *name, const char *more, const char *children)
{
    struct config *config = read_conf(name, more, children);
    assert_true(ike_manager_configure(lab.side[0].m, config));
    config_unref(config);
}

static unsigned downs(void)
{
    return lab.side[0].events[IKE_EVENT_CHILD_DOWN] + lab.side[0].events[IKE_EVENT_IKE_DOWN];
}

static void the_same_again(void **state)
{
    (void)state;
    lab_init(&lab, NULL, NULL);
    lab_up(&lab);
    const struct config_conn *conn = lab.side[0].m->config->conns;
    configure("net", "", NET "}");
    lab_run(&lab, 60000);
    assert_ptr_equal(lab.side[0].m->config->conns, conn);
    assert_null(conn->next);
    assert_int_equal(lab.side[0].sent, 2);
    assert_int_equal(downs(), 0);
    lab_assert_tunnel(&lab);
    lab_free(&lab);
}

static void a_child_beside_it(void **state)
{
    (void)state;
    lab_init(&lab, NULL, NULL);
    lab_up(&lab);
    const struct config_child *net = lab.side[0].m->config->conns->children;
    configure("net", "", NET "} other { remote_ts = 10.7.0.0/16 }");
    lab_run(&lab, 10000);
    assert_ptr_equal(lab.side[0].m->config->conns->children, net);
    assert_string_equal(net->next->name, "other");
    configure("net", "", NET "}");
    lab_run(&lab, 10000);
    assert_null(net->next);
    assert_int_equal(lab.side[0].sent, 2);
    assert_int_equal(downs(), 0);
    lab_free(&lab);
}

/* start_action = none: the SAs that are there go on, also through rekeyings, until they end. */
static void what_changed_lives_on(void **state)
{
    (void)state;
    lab_init(&lab, NULL, NULL);
    lab_up(&lab);
    struct ike_manager *m = lab.side[0].m;
    configure("net", "dpd_delay = 33s", NET " rekey_time = 2h\n }");
    lab_run(&lab, 5000);
    assert_non_null(m->config->conns->next);
    assert_true(m->config->conns->retired);
    assert_int_equal(m->config->conns->next->dpd_delay, 33);
    /* the peer rekeys both: the old configuration judges */
    assert_int_equal(ike_manager_rekey_child(lab.side[1].m, "net"), 0);
    lab_run(&lab, 10000);
    assert_int_equal(lab.side[0].events[IKE_EVENT_CHILD_REKEYED], 1);
    lab_assert_tunnel(&lab);
    assert_int_equal(downs(), 0);
    assert_int_equal(ike_manager_terminate(m, "net"), 0);
    lab_run(&lab, 60000);
    assert_null(m->config->conns->next); /* the last SA took it with it */
    assert_false(m->config->conns->retired);
    assert_int_equal(ike_manager_initiate(m, "net", "net"), 0);
    lab_run(&lab, 10000);
    lab_assert_tunnel(&lab);
    lab_free(&lab);
}

static void what_changed_and_is_to_be_up(void **state)
{
    const struct lab_conf a = {.child = "esp_proposals = aes256gcm16\n start_action = start"};
    (void)state;
    lab_init(&lab, &a, NULL);
    ike_manager_start(lab.side[0].m);
    lab_run(&lab, 5000);
    lab_assert_tunnel(&lab);
    configure("net", "", NET " start_action = start\n rekey_time = 2h\n }");
    lab_run(&lab, 10000);
    assert_int_equal(lab.side[0].events[IKE_EVENT_CHILD_DOWN], 1);
    assert_int_equal(lab.side[0].events[IKE_EVENT_CHILD_UP], 2);
    assert_int_equal(lab.side[0].events[IKE_EVENT_IKE_DOWN], 0); /* the IKE_SA is the same */
    lab_assert_tunnel(&lab);
    configure("other", "", NET " start_action = start\n }"); /* another name, the same peer */
    lab_run(&lab, 60000);
    assert_int_equal(lab.side[0].events[IKE_EVENT_IKE_DOWN], 1);
    assert_int_equal(lab.side[0].events[IKE_EVENT_IKE_UP], 2);
    assert_string_equal(lab.side[0].m->config->conns->name, "other");
    assert_null(lab.side[0].m->config->conns->next);
    lab_assert_tunnel(&lab);
    lab_free(&lab);
}

/* The Nth allocation fails: all of a connection is there, or nothing of it. */
static void without_memory(void **state)
{
    bool reached = true;
    (void)state;
    for (unsigned n = 1; reached; n++) {
        lab_init(&lab, NULL, NULL);
        lab_up(&lab);
        struct ike_manager *m = lab.side[0].m;
        struct config *config =
            read_conf("net", "", NET "} x { remote_ts = 10.7.0.0/16, 10.8.0.0/16 } y { }");
        countdown = n;
        bool whole = ike_manager_configure(m, config);
        reached = countdown == 0;
        countdown = 0;
        assert_int_equal(whole, m->config->conns->children->next != NULL);
        size_t wants = 0;
        for (const struct want *w = m->wants; w; w = w->next)
            wants++;
        assert_int_equal(wants, whole ? 4 : 1);
        config_unref(config);
        lab_run(&lab, 10000);
        lab_assert_tunnel(&lab);
        lab_free(&lab);
        assert_true(n < 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_again),        cmocka_unit_test(a_child_beside_it),
        cmocka_unit_test(what_changed_lives_on), cmocka_unit_test(what_changed_and_is_to_be_up),
        cmocka_unit_test(without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
