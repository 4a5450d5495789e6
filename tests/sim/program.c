/* SPDX-License-Identifier: Apache-2.0 */
/* Running espsim as its user does (see program.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/sim/program.h"

#define ARGS 40
#define PATIENCE 60 /* seconds */

const char *espsim_path(void)
{
    const char *path = getenv("ESPSIM");
    return path ? path : "build/espsim";
}

char *slurp(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    char *data;
    long n;

    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    n = ftell(f);
    assert_true(n >= 0);
    rewind(f);
    data = calloc(1, (size_t)n + 1);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, (size_t)n, f), n);
    fclose(f);
    if (len)
        *len = (size_t)n;
    return data;
}

static pid_t spawn(const char *const *argv, const char *out, const char *err)
{
    const char *all[ARGS] = {espsim_path()};
    size_t n = 1;
    pid_t pid;

    while (*argv && n < ARGS - 1)
        all[n++] = *argv++;
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        int o = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        int e = open(err, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        alarm(PATIENCE); /* kept over exec: no test waits longer */
        if (o >= 0 && e >= 0 && dup2(o, 1) == 1 && dup2(e, 2) == 2)
            execv(all[0], (char *const *)(uintptr_t)all);
        _exit(126);
    }
    return pid;
}

int espsim_wait(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) != pid)
        assert_int_equal(errno, EINTR);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

struct outcome espsim(const char *const *argv)
{
    char dir[] = "/tmp/espalier-run-XXXXXX", out[64], err[64];
    struct outcome o;

    assert_non_null(mkdtemp(dir));
    snprintf(out, sizeof out, "%s/out", dir);
    snprintf(err, sizeof err, "%s/err", dir);
    o.code = espsim_wait(spawn(argv, out, err));
    o.out = slurp(out, NULL);
    o.err = slurp(err, NULL);
    unlink(out);
    unlink(err);
    rmdir(dir);
    return o;
}

void outcome_clear(struct outcome *o)
{
    free(o->out);
    free(o->err);
}

void espsim_fails(const char *const *argv, int code, const char *word)
{
    struct outcome o = espsim(argv);

    if (o.code != code || !strstr(o.err, word))
        fail_msg("exit %d instead of %d, and `%s' should say `%s'", o.code, code, o.err, word);
    assert_string_equal(o.out, "");
    if (code != 2) /* one sentence; a wrong command line gets the usage too */
        assert_ptr_equal(strchr(o.err, '\n'), o.err + strlen(o.err) - 1);
    outcome_clear(&o);
}

pid_t espsim_start(const char *const *argv, const char *out, const char *err)
{
    const char *all[ARGS];
    char number[16], c;
    struct pollfd p;
    int ends[2];
    size_t n = 0;
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    while (*argv && n < ARGS - 3)
        all[n++] = *argv++;
    snprintf(number, sizeof number, "%d", ends[1]);
    all[n++] = "--ready-fd";
    all[n++] = number;
    all[n] = NULL;
    assert_int_equal(fcntl(ends[0], F_SETFD, FD_CLOEXEC), 0);
    pid = spawn(all, out, err);
    close(ends[1]);
    p = (struct pollfd){.fd = ends[0], .events = POLLIN};
    assert_int_equal(poll(&p, 1, 20000), 1);
    if (read(ends[0], &c, 1) != 1) {
        char *why = slurp(err, NULL);
        fail_msg("espsim did not become ready: %s", why);
    }
    close(ends[0]);
    return pid;
}
