/* SPDX-License-Identifier: Apache-2.0 */
/* The Nth allocation fails, on either side, while a tunnel comes up, is rekeyed and goes down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>

#include "tests/ctrl/exchange/lab.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);

static unsigned countdown; /* 0: none fails */

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

static void test_every_allocation(void **state)
{
    (void)state;
    bool reached = true;
    for (unsigned n = 1; reached; n++) {
        const struct lab_conf c = {.conn = "keyingtries = 0\n dpd_delay = 20s"};
        lab_init(&lab, &c, &c);
        countdown = n;
        ike_manager_initiate(lab.side[0].m, "net", "net");
        lab_run(&lab, 30000);
        for (unsigned i = 0; i < 2; i++) {
            ike_manager_rekey_child(lab.side[i].m, "net");
            lab_run(&lab, 30000);
        }
        reached = countdown == 0;
        countdown = 0;
        /* with memory again it finds its way; what the other side deleted has to be asked for */
        lab_run(&lab, 400000);
        ike_manager_initiate(lab.side[0].m, "net", "net");
        lab_run(&lab, 5000);
        lab_assert_tunnel(&lab);
        ike_manager_terminate(lab.side[0].m, "net");
        ike_manager_terminate(lab.side[1].m, "net");
        lab_run(&lab, 400000);
        assert_int_equal(ike_manager_count(lab.side[0].m) + ike_manager_count(lab.side[1].m), 0);
        lab_free(&lab);
        assert_true(n < 500);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_allocation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
