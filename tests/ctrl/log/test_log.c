/* SPDX-License-Identifier: Apache-2.0 */
/* Whole lines, no control characters, and a peer can't fill the disk. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "ctrl/log/log.h"

static char *text;
static size_t len;
static FILE *out;

static int begin(void **state)
{
    (void)state;
    out = open_memstream(&text, &len);
    log_init(out, false);
    return out && fflush(out) == 0 ? 0 : -1; /* makes text and len true */
}

static int end(void **state)
{
    (void)state;
    log_init(NULL, false);
    log_info("to nobody");
    fclose(out);
    free(text);
    return 0;
}

static unsigned lines(const char *with)
{
    unsigned n = 0;
    for (const char *at = text; (at = strstr(at, with)); at++)
        n++;
    return n;
}

static void a_line_is_whole_and_printable(void **state)
{
    (void)state;
    int year, month, day, hour, minute, second, ms;
    log_info("id %s", "moon\x1b[2J\n\xc3");
    assert_int_equal(sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ", &year, &month, &day, &hour,
                            &minute, &second, &ms),
                     7);
    assert_non_null(strstr(text, "Z id moon?[2J??\n"));
    assert_int_equal(lines("\n"), 1);
    char longer[3000];
    memset(longer, 'x', sizeof(longer));
    longer[sizeof(longer) - 1] = '\0';
    log_info("%s", longer);
    assert_int_equal(lines("\n"), 2);
    errno = ENOENT;
    log_errno("file");
    assert_int_equal(errno, ENOENT);
    assert_non_null(strstr(text, "Z file: No such file or directory\n"));
}

static void debug_on_request_only(void **state)
{
    (void)state;
    log_debug("quiet");
    assert_int_equal(len, 0);
    log_init(out, true);
    log_debug("loud");
    assert_int_equal(lines("loud"), 1);
}

static void peers_are_rate_limited(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        log_peer("nonsense from a peer");
    unsigned first = lines("nonsense");
    assert_in_range(first, 20, 25);
    log_info("ours");
    assert_int_equal(lines("ours"), 1);
    nanosleep(&(struct timespec){.tv_nsec = 450000000}, NULL);
    log_peer("nonsense again");
    assert_int_equal(lines("again"), 1);
    char kept[64];
    snprintf(kept, sizeof(kept), "Z %u lines about messages of peers were kept back\n",
             1000 - first);
    assert_int_equal(lines(kept), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_is_whole_and_printable, begin, end),
        cmocka_unit_test_setup_teardown(debug_on_request_only, begin, end),
        cmocka_unit_test_setup_teardown(peers_are_rate_limited, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
