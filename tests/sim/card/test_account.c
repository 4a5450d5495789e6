/* SPDX-License-Identifier: Apache-2.0 */
/* The account of frames against a card of counters alone: it must notice every frame that is
 * missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim/card/account.h"

static uint64_t counter[ESPL_CNT_SPAN];
static struct sim_card card;
static struct account account;

/* In place of the model */
bool sim_card_read(struct sim_card *c, uint32_t off, uint32_t *value)
{
    uint32_t at = off - ESPL_REG_COUNTERS;
    assert_ptr_equal(c, &card);
    assert_in_range(at, 0, 8 * ESPL_CNT_SPAN - 4);
    *value = (uint32_t)(counter[at / 8] >> (at % 8 ? 32 : 0));
    return !card.failed;
}

static int begin(void **state)
{
    (void)state;
    memset(&card, 0, sizeof card);
    memset(&account, 0, sizeof account);
    for (unsigned i = 0; i < ESPL_CNT_SPAN; i++)
        counter[i] =
            UINT64_C(0xffffffff) * (i + 1); /* beyond 32 bits; the account is of differences */
    return !account_begin(&account, &card);
}

/* A frame of 100 bytes from plain to cipher. */
static void pass(void)
{
    card.in[SIM_PLAIN].frames++;
    card.out[SIM_CIPHER].frames++;
    card.out[SIM_CIPHER].bytes += 100;
    counter[ESPL_CNT_PLAIN_RX_FRAMES]++;
    counter[ESPL_CNT_CIPHER_TX_FRAMES]++;
    counter[ESPL_CNT_CIPHER_TX_BYTES] += 100;
}

static void broken(const char *word)
{
    char why[256] = "";
    assert_false(account_holds(&account, &card, why, sizeof why));
    if (!strstr(why, word))
        fail_msg("`%s' does not say `%s'", why, word);
}

static void holds(void)
{
    char why[256] = "";
    if (!account_holds(&account, &card, why, sizeof why))
        fail_msg("%s", why);
}

static void test_holds(void **state)
{
    (void)state;
    holds();
    for (unsigned i = 0; i < 100; i++)
        pass();
    holds();
}

static void test_every_drop_reason_counts(void **state)
{
    static const unsigned reasons[] = {
        ESPL_CNT_OUT_DROP_DISCARD, ESPL_CNT_OUT_DROP_NO_SA,  ESPL_CNT_OUT_DROP_LOOP,
        ESPL_CNT_IN_DROP_AUTH,     ESPL_CNT_IN_DROP_REPLAY,  ESPL_CNT_IN_DROP_LOOP,
        ESPL_CNT_HOST0_DROP_FULL,  ESPL_CNT_HOST1_DROP_FULL,
    };
    (void)state;
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        pass();
        card.in[SIM_HOST1].frames++;
        counter[ESPL_CNT_HOST1_RX_FRAMES]++;
        broken("dropped with a reason");
        counter[reasons[i]]++;
        holds();
    }
    /* dropped where they came in: they were never received */
    card.in[SIM_HOST0].frames += 3;
    counter[ESPL_CNT_HOST0_DROP_RUNT]++;
    counter[ESPL_CNT_HOST0_DROP_OVERSIZE]++;
    broken("at host0 3 frames went in, the card counted 2");
    counter[ESPL_CNT_HOST0_DROP_ERROR]++;
    holds();
}

static void test_what_is_missing_is_named(void **state)
{
    (void)state;
    pass();
    card.in[SIM_CIPHER].frames++;
    broken("at cipher 1 frames went in, the card counted 0");
    card.in[SIM_CIPHER].frames--;
    card.out[SIM_PLAIN].frames++;
    broken("at plain 1 frames came out, the card counted 0");
    card.out[SIM_PLAIN].frames--;
    counter[ESPL_CNT_CIPHER_TX_BYTES]++;
    broken("at cipher 100 bytes came out, the card counted 101");
    counter[ESPL_CNT_CIPHER_TX_BYTES]--;
    holds();
    counter[ESPL_CNT_OUT_DROP_NO_SA]++; /* counted, but it left too */
    broken("1 frames received, 1 sent and 1 dropped");
}

static void test_reset_begins_a_new_one(void **state)
{
    (void)state;
    pass();
    card.in[SIM_PLAIN].frames += 5; /* in flight when the reset came */
    broken("went in");
    card.was_reset = true;
    holds();
    assert_true(account_begin(&account, &card));
    assert_false(card.was_reset);
    pass();
    holds();
    card.in[SIM_PLAIN].frames++;
    broken("went in");
}

static void test_dead_card(void **state)
{
    (void)state;
    card.failed = "the engine takes no frame any more";
    broken("takes no frame");
    assert_false(account_begin(&account, &card));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_holds, begin),
        cmocka_unit_test_setup(test_every_drop_reason_counts, begin),
        cmocka_unit_test_setup(test_what_is_missing_is_named, begin),
        cmocka_unit_test_setup(test_reset_begins_a_new_one, begin),
        cmocka_unit_test_setup(test_dead_card, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
