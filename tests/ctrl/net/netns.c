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

pid_t netns_gateway(void)
{
    pid_t far = netns_begin();
    netns_run("ip link add host1 address 02:00:00:00:02:01 type veth peer name wan netns %d",
              (int)far);
    netns_run("ip link add host0 address 02:00:00:00:01:01 type veth peer name lan netns %d",
              (int)far);
    netns_run("ip addr add 192.0.2.1/24 dev host1 && ip addr add 10.1.0.1/24 dev host0");
    netns_run("ip link set host1 up && ip link set host0 up");
    netns_run_in(far, "ip addr add 192.0.2.2/24 dev wan");
    netns_run_in(far, "ip link set wan up");
    netns_run_in(far, "ip link set lan up");
    return far;
}

void netns_gateway_end(pid_t pid)
{
    netns_end(pid);
    if (pid)
        netns_run("for i in host0 host1; do ip link del $i 2>/dev/null; done; true");
}
