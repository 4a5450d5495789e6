/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of config_load fails once: a sentence, nothing leaked, nothing half there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ctrl/config/config.h"

static unsigned fail_at; /* the Nth allocation from here on fails; 0: none */

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
char *__wrap_strdup(const char *text);

static bool fails(void)
{
    return fail_at > 0 && --fail_at == 0;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

static const char text[] =
    "base { local { auth = psk\n id = moon\n } }\n"
    "connections { gw : base { remote { auth = psk\n }\n children { net { rekey_time = 1h\n } } } }\n"
    "secrets { ike-1 { id = moon\n secret = 0x0102\n } ike-2 { secret = plain\n } }\n";

static void every_allocation_fails_once(void **state)
{
    char path[] = "/tmp/espl-memory-XXXXXX", why[512];
    struct config *config;
    (void)state;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
    close(fd);
    unsigned n = 0;
    int rc = -1;
    while (rc != 0 && n < 1000) {
        why[0] = '\0';
        fail_at = ++n;
        rc = config_load(path, &config, why, sizeof(why));
        bool reached = fail_at == 0;
        fail_at = 0;
        if (rc != 0) {
            assert_true(reached);
            assert_null(config);
            assert_non_null(strstr(why, "out of memory"));
        }
    }
    unlink(path);
    assert_int_equal(rc, 0);
    assert_true(n > 40); /* they were many */
    config_unref(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_fails_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
