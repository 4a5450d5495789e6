/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the network-facing process keeps: its sockets and pipes, memory, time, libuv's loop. It
 * opens no file and no socket, starts nothing, and sees no other process.
 */
#include <errno.h>
#include <jansson.h>
#include <time.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "ctrl/daemon/daemon.h"
#include "ctrl/log/log.h"

/* What libraries read when they are first used. */
static bool warm_up(void)
{
    size_t seed;
    bool ready = confine_warm_up_crypto() && RAND_bytes((uint8_t *)&seed, sizeof seed) == 1;
    json_object_seed(seed);
    tzset();
    return ready;
}

static const int calls[] = {
    SCMP_SYS(write),     SCMP_SYS(writev),     SCMP_SYS(pread64),     SCMP_SYS(lseek),
    SCMP_SYS(fstat),     SCMP_SYS(newfstatat), SCMP_SYS(fcntl),       SCMP_SYS(ioctl),
    SCMP_SYS(dup3),      SCMP_SYS(poll),       SCMP_SYS(ppoll),       SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(eventfd2),
    SCMP_SYS(pipe2),     SCMP_SYS(shutdown),   SCMP_SYS(sendto),      SCMP_SYS(recvfrom),
    SCMP_SYS(sendmmsg),  SCMP_SYS(recvmmsg),   SCMP_SYS(getsockopt),  SCMP_SYS(getsockname),
    SCMP_SYS(uname),     SCMP_SYS(sysinfo),    SCMP_SYS(sigaltstack), SCMP_SYS(clock_getres),
};

/* libuv opens /dev/null for each listening socket, and lives without it. */
static int rules(scmp_filter_ctx ctx)
{
    return seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(openat), 0);
}

const struct confinement daemon_confinement = {
    .name = "network",
    .user = "espalier",
    .no_network = true, /* the sockets that it is given are of the parent's network */
    .empty_root = true,
    .ends_with_parent = true,
    .warm_up = warm_up,
    .calls = calls,
    .call_count = sizeof calls / sizeof *calls,
    .rules = rules,
};

int daemon_confine(const struct daemon *d)
{
    const int keep[] = {
        STDIN_FILENO,           STDOUT_FILENO, STDERR_FILENO,        log_fd(),
        d->parent.fd,           d->wake,       signer_fd(d->signer), signer_door(d->signer),
        fetch_link_fd(d->fetch)};
    return confine_quiet_input() == 0
               ? confine(&daemon_confinement, keep, sizeof keep / sizeof *keep)
               : -1;
}
