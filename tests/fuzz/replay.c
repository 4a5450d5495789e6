/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The corpus of a target as a test: every input that once found something new, or something wrong,
 * again. The program fuzz_NAME reads tests/fuzz/corpus/NAME, or the files that it is given.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fuzz/fuzz.h"

#define INPUT_MAX (1u << 20)

static const char *name;

static void feed_file(const char *path)
{
    static uint8_t whole[INPUT_MAX];
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t len = fread(whole, 1, sizeof whole, f);
    (void)fclose(f);
    uint8_t *exact = malloc(len ? len : 1); /* so that a read beyond its end is seen */
    assert_non_null(exact);
    memcpy(exact, whole, len);
    assert_int_equal(LLVMFuzzerTestOneInput(exact, len), 0);
    free(exact);
}

static void corpus_is_survived(void **state)
{
    char dir[256], path[512];
    unsigned files = 0;
    struct dirent *e;
    (void)state;
    (void)snprintf(dir, sizeof dir, "tests/fuzz/corpus/%s", name);
    DIR *d = opendir(dir);
    assert_non_null(d);
    while ((e = readdir(d))) {
        if (e->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        feed_file(path);
        files++;
    }
    (void)closedir(d);
    assert_true(files > 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(corpus_is_survived)};
    const char *base = strrchr(argv[0], '/');
    name = strstr(base ? base : argv[0], "fuzz_");
    if (!name)
        return 2;
    name += strlen("fuzz_");
    for (int i = 1; i < argc; i++)
        feed_file(argv[i]);
    return argc > 1 ? 0 : cmocka_run_group_tests_name(name, tests, NULL, NULL);
}
