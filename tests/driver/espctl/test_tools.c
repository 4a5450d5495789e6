/* SPDX-License-Identifier: Apache-2.0 */
/* espctl's tools beside the tables' grammar: selftest, stat, nexthop, dump, a long batch's
 * progress. */
#include "tests/driver/fake.h"

#include "driver/espctl/command.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY "0x5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"
#define SA "state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x1001 mode tunnel dir out "
#define AEAD "aead 'rfc4106(gcm(aes))' " KEY " 128"

static struct fake f;
static struct espctl ctl;
static char *output;
static size_t output_len;

static int setup(void **state)
{
    (void)state;
    fake_init(&f);
    ctl = (struct espctl){.card = fake_open(&f)};
    ctl.out = open_memstream(&output, &output_len);
    return ctl.out ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    (void)fclose(ctl.out);
    free(output);
    espl_card_close(ctl.card);
    return 0;
}

static int run(const char *text)
{
    FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    assert_non_null(in);
    rewind(ctl.out);
    int result = espctl_batch(&ctl, in, "lines", false);
    (void)fclose(in);
    (void)fflush(ctl.out);
    output[output_len] = '\0';
    return result;
}

static void good(const char *text)
{
    if (run(text))
        fail_msg("%s\n%s", text, ctl.why);
}

static void bad(const char *text, const char *why)
{
    char whole[600];
    assert_int_equal(run(text), -1);
    (void)snprintf(whole, sizeof whole, "lines:1: %s", why);
    assert_string_equal(ctl.why, whole);
}

/* ------------------------------------------------------------------ selftest */

static unsigned rows_in_use(void)
{
    unsigned n = 0;
    for (unsigned i = 0; i < FAKE_SA; i++)
        n += f.sa[0][i].used + f.sa[1][i].used;
    for (unsigned i = 0; i < FAKE_POLICIES; i++)
        n += f.policy[i][0] != 0;
    for (unsigned i = 0; i < FAKE_HOPS; i++)
        n += f.hop[i][0] != 0;
    return n;
}

static void selftest_leaves_a_card_as_it_was(void **state)
{
    (void)state;
    good(SA AEAD "\nneigh add 10.0.0.1 lladdr 02:00:00:00:00:07 dev plain\n");
    unsigned before = rows_in_use();
    good("card selftest");
    assert_int_equal(rows_in_use(), before);
    assert_non_null(strstr(output, "registers "));
    assert_non_null(strstr(output, "security associations  ok: added, read and deleted"));
    assert_non_null(strstr(output, "counters               ok\n"));
    ctl.json = true;
    good("card selftest");
    json_t *j = json_loads(output, 0, NULL);
    assert_int_equal(json_array_size(j), 5);
    json_decref(j);
    bad("card selftest twice", "card selftest: \"twice\" is not supported");
}

/* What a hook after each mailbox operation breaks. */
static uint32_t broken_op, broken_word;

static void break_answer(struct fake *card, void *user)
{
    (void)user;
    if (card->page[ESPL_REG_MBOX_OP / 4] == broken_op)
        card->page[ESPL_REG_MBOX_RSP / 4 + broken_word] ^= 0x10000;
}

static void selftest_finds_what_is_broken(void **state)
{
    (void)state;
    f.hook = break_answer;
    broken_op = ESPL_OP_SA_OUT_GET;
    broken_word = ESPL_SA_INFO_SPI;
    assert_int_equal(run("card selftest"), -1);
    assert_non_null(strstr(ctl.why, "card selftest: security associations: "));
    assert_non_null(strstr(output, "policies               ok"));
    f.hook = NULL;
    f.refuse_op = ESPL_OP_NEIGH_SET;
    f.refuse_reason = ESPL_REASON_INDEX;
    assert_int_equal(run("card selftest"), -1);
    assert_non_null(strstr(ctl.why, "card selftest: neighbours: "));
    f.refuse_op = 0;
    f.page[0] = UINT32_MAX;
    assert_int_equal(run("card selftest"), -1);
    assert_non_null(strstr(ctl.why, "card selftest: registers: the card is gone"));
}

/* ------------------------------------------------------------------ stat */

static void stat_shows_totals_and_rates(void **state)
{
    (void)state;
    f.page[ESPL_REG_COUNTERS / 4] = 41;
    good("stat interval 0.01");
    assert_string_equal(output, "plain_rx_frames                            41             0 /s\n");
    good("stat interval 0.01 plain_rx");
    assert_string_equal(output, "plain_rx_frames                            41             0 /s\n"
                                "plain_rx_bytes                              0          0 bit/s\n");
    ctl.timestamps = true;
    good("stat --watch interval 0.01 count 2 plain_rx_frames");
    assert_memory_equal(output, "Timestamp: 20", 13);
    const char *second = strstr(output + 1, "Timestamp: ");
    assert_non_null(second);
    assert_null(strstr(second + 1, "Timestamp: "));
    ctl.timestamps = false;
    ctl.json = true;
    good("stat interval 0.01");
    json_t *j = json_loads(output, 0, NULL);
    json_t *one = json_object_get(j, "plain_rx_frames");
    assert_int_equal(json_integer_value(json_object_get(one, "total")), 41);
    assert_int_equal(json_object_size(j), espl_counter_count());
    json_decref(j);
    bad("stat interval 0", "interval: \"0\" is not 0.01 to 3600 seconds");
    bad("stat plain_qx", "counters: no counter's name begins with \"plain_qx\"");
}

/* ------------------------------------------------------------------ nexthop, dump */

static void nexthops_are_listed_and_set(void **state)
{
    (void)state;
    good(SA AEAD);
    good("nexthop");
    assert_string_equal(output, "id 1 dev cipher lladdr none users 2\n");
    good("neigh add 10.0.0.1 lladdr 02:00:00:00:00:07 dev plain\n"
         "neigh add 10.0.0.2 lladdr 02:00:00:00:00:07 dev plain\n"
         "nexthop set dst 192.0.2.2 spi 0x1001 lladdr 02:00:00:00:00:09\n");
    good("nexthop list");
    assert_string_equal(output, "id 1 dev cipher lladdr 02:00:00:00:00:09 users 2\n"
                                "id 2 dev plain lladdr 02:00:00:00:00:07 users 2\n");
    bad("nexthop set dst 192.0.2.2 spi 0x1001", "nexthop set: lladdr is missing");
    bad("nexthop set dst 192.0.2.2 spi 0x1002 lladdr 02:00:00:00:00:09",
        "spi: no outbound SA 0x00001002 to 192.0.2.2");
}

static void a_dump_has_everything_but_keys(void **state)
{
    (void)state;
    static const char *const parts[] = {"card info",  "link list",    "state list", "policy list",
                                        "neigh list", "nexthop list", "counters"};
    good(SA AEAD);
    good("dump");
    char title[64];
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        (void)snprintf(title, sizeof title, "\n# %s\n", parts[i]);
        assert_non_null(strstr(output, title));
    }
    assert_non_null(strstr(output, "spi 0x00001001"));
    assert_null(strstr(output, "5a5a"));
    ctl.json = true;
    good("dump");
    assert_null(strstr(output, "5a5a"));
    json_t *j = json_loads(output, 0, NULL);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        assert_non_null(json_object_get(j, parts[i]));
    json_decref(j);
    f.page[0] = UINT32_MAX;
    assert_int_equal(run("dump"), -1);
    assert_non_null(strstr(ctl.why, "the card is gone"));
}

/* ------------------------------------------------------------------ words */

static void a_whole_word_is_itself(void **state)
{
    (void)state;
    good("stat interval 0.01"); /* not state */
    good("sta");                /* an abbreviation is the first that fits */
    bad("nothing", "\"nothing\" is not an object (" ESPCTL_OBJECTS ")");
}

static void a_long_batch_tells_how_far_it_is(void **state)
{
    (void)state;
    static char lines[250 * 12 + 1];
    char *told;
    size_t told_len;
    for (unsigned i = 0; i < 250; i++)
        memcpy(lines + 12 * i, "link list  \n", 12);
    ctl.progress = open_memstream(&told, &told_len);
    good(lines);
    assert_int_equal(fclose(ctl.progress), 0);
    assert_string_equal(told, "\rlines: 100 lines \rlines: 200 lines \rlines: 250 lines\n");
    free(told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(selftest_leaves_a_card_as_it_was, setup, teardown),
        cmocka_unit_test_setup_teardown(selftest_finds_what_is_broken, setup, teardown),
        cmocka_unit_test_setup_teardown(stat_shows_totals_and_rates, setup, teardown),
        cmocka_unit_test_setup_teardown(nexthops_are_listed_and_set, setup, teardown),
        cmocka_unit_test_setup_teardown(a_dump_has_everything_but_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(a_whole_word_is_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(a_long_batch_tells_how_far_it_is, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
