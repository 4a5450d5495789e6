/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation fails once: an error in words, nothing leaks, and nothing is half done. */
#include "tests/driver/fake.h"

#include "driver/espctl/command.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);

static unsigned allocations, fail_at; /* 0: none fails */

static bool fails(void)
{
    return ++allocations == fail_at;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

static struct fake f;

static void opening(void **state)
{
    (void)state;
    unsigned wanted = 0;
    for (unsigned n = 0; n <= wanted; n++) {
        fake_init(&f);
        struct espl_bus *bus = fake_bus(&f);
        struct espl_card *card;
        char why[256] = "";
        allocations = 0;
        fail_at = n;
        enum espl_err err = espl_card_open_bus(&fake_ops, bus, &card, why, sizeof why);
        fail_at = 0;
        if (n == 0) {
            wanted = allocations;
            assert_int_equal(wanted, 8);
            assert_int_equal(err, ESPL_OK);
            espl_card_close(card);
            continue;
        }
        assert_int_equal(err, ESPL_ERR_NO_MEMORY);
        assert_null(card);
        assert_non_null(strstr(why, "out of memory"));
    }
}

/* The library takes all its memory when it opens the card. */
static void no_call_allocates(void **state)
{
    (void)state;
    fake_init(&f);
    struct espl_card *card = fake_open(&f);
    allocations = 0;
    const struct espl_policy p = sample_policy(0x0a010000, 0x0a020000, 16, 7);
    const struct espl_sa sa = sample_sa(ESPL_DIR_OUT, 0x1001, 7);
    const struct espl_neigh n = {.addr = v4(0x0a010001), .mac = {2, 0, 0, 0, 0, 2}};
    uint64_t values[ESPL_COUNTERS_MAX];
    assert_ok(card, espl_policy_add(card, &p));
    assert_ok(card, espl_sa_add(card, &sa));
    assert_ok(card, espl_neigh_add(card, &n));
    assert_ok(card, espl_counters(card, values));
    assert_ok(card, espl_sa_flush(card));
    assert_int_equal(allocations, 0);
    espl_card_close(card);
}

static const char script[] =
    "policy add src 10.1.0.0/16 dst 10.2.0.0/16 proto tcp sport 1 dport 2-3 dir out tmpl src "
    "192.0.2.1 dst 192.0.2.2 proto esp"
    " mode tunnel reqid 7\n"
    "state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x1001 reqid 7 mode tunnel dir out encap "
    "espinudp 4500 4500 0.0.0.0"
    " aead 'rfc4106(gcm(aes))' 0x000102030405060708090a0b0c0d0e0f10111213 128\n"
    "neigh replace 192.0.2.2 lladdr 02:00:00:00:00:22 dev cipher\n"
    "neigh replace 10.0.0.1 local dev plain\n"
    "state list\npolicy list\nneigh list\nlink list\ncounters\ncard info\nstate get dst 192.0.2.2 "
    "spi 0x1001\n";

static int run(bool json, char **why)
{
    static struct espctl ctl;
    char *output = NULL;
    size_t len = 0;
    unsigned keep = fail_at;
    fail_at = 0;
    fake_init(&f);
    ctl = (struct espctl){.card = fake_open(&f), .json = json, .stats = true};
    ctl.out = open_memstream(&output, &len);
    assert_non_null(ctl.out);
    FILE *in = fmemopen((void *)(uintptr_t)script, sizeof script - 1, "r");
    assert_non_null(in);
    allocations = 0;
    fail_at = keep;
    int result = espctl_batch(&ctl, in, "script", false);
    fail_at = 0;
    (void)fclose(in);
    (void)fclose(ctl.out);
    free(output);
    espl_card_close(ctl.card);
    *why = ctl.why;
    fail_at = keep;
    return result;
}

static void commands(void **state)
{
    (void)state;
    char *why;
    json_set_alloc_funcs(__wrap_malloc, free);
    for (int json = 0; json < 2; json++) {
        fail_at = 0;
        assert_int_equal(run(json, &why), 0);
        unsigned total = allocations;
        assert_true(total >= (json ? 300u : 1u));
        for (fail_at = 1; fail_at <= total; fail_at++) {
            int result = run(json, &why);
            if (result) /* a print buffer of jansson's that is missed is only slower */
                assert_non_null(strstr(why, "script:"));
            if (result)
                assert_true(strstr(why, "out of memory") || strstr(why, "cannot be written"));
        }
    }
    fail_at = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opening),
        cmocka_unit_test(no_call_allocates),
        cmocka_unit_test(commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
