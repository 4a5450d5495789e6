/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces for tests with the real kernel: nothing outside of them is touched. */
#include "tests/ctrl/net/netns.h"

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

bool netns_enter(void)
{
    if (unshare(CLONE_NEWNET) != 0)
        return false;
    netns_run("ip link set lo up");
    return true;
}

pid_t netns_begin(void)
{
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (unshare(CLONE_NEWNET) != 0 || write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return pid;
}

void netns_end(pid_t pid)
{
    if (pid <= 0)
        return;
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void run(const char *command)
{
    int rc = system(command);
    if (rc != 0)
        fail_msg("%s: status %d", command, rc);
}

void netns_run(const char *fmt, ...)
{
    char command[512];
    va_list ap;
    va_start(ap, fmt);
    assert_true(vsnprintf(command, sizeof(command), fmt, ap) < (int)sizeof(command));
    va_end(ap);
    run(command);
}

void netns_run_in(pid_t pid, const char *fmt, ...)
{
    char command[400], full[512];
    va_list ap;
    va_start(ap, fmt);
    assert_true(vsnprintf(command, sizeof(command), fmt, ap) < (int)sizeof(command));
    va_end(ap);
    assert_true(snprintf(full, sizeof(full), "nsenter -t %d -n %s", (int)pid, command) <
                (int)sizeof(full));
    run(full);
}
