/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that fetches: questions from its socket to fetch.c, answers back. It may read the
 * files that everybody may, for names are resolved by them; it may connect, and little more.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/sched.h>

#include "ctrl/fetch/link.h"
#include "ctrl/log/log.h"
#include "ctrl/privilege/packet.h"
#include "ctrl/wire/cursor.h"

struct process {
    int fd;
    struct fetcher *fetcher; /* owned */
    uv_loop_t loop;
    uv_poll_t poll;
};

/* ---------------------------------------------------------------- what it keeps */

/* The modules that resolve names are loaded by the first question. */
static bool warm_up(void)
{
    struct addrinfo *found = NULL;
    if (getaddrinfo("localhost", "80", NULL, &found) == 0)
        freeaddrinfo(found);
    return true;
}

/* Files to be read only; threads, but no processes; addresses of the network only. */
static int rules(scmp_filter_ctx ctx)
{
    static const int families[] = {AF_INET, AF_INET6, AF_NETLINK};
    int rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
                              SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY));
    rc = rc ? rc
            : seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                               SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
    /* its flags can't be seen: the C library then uses clone */
    rc = rc ? rc : seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        rc = rc ? rc
                : seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
                                   SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i]));
    return rc;
}

static const int calls[] = {
    SCMP_SYS(write),         SCMP_SYS(writev),
    SCMP_SYS(readv),         SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),    SCMP_SYS(lseek),
    SCMP_SYS(poll),          SCMP_SYS(ppoll),
    SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_wait),    SCMP_SYS(epoll_pwait),
    SCMP_SYS(eventfd2),      SCMP_SYS(pipe2),
    SCMP_SYS(connect),       SCMP_SYS(bind),
    SCMP_SYS(sendto),        SCMP_SYS(recvfrom),
    SCMP_SYS(sendmmsg),      SCMP_SYS(recvmmsg),
    SCMP_SYS(getsockopt),    SCMP_SYS(setsockopt),
    SCMP_SYS(getsockname),   SCMP_SYS(getpeername),
    SCMP_SYS(shutdown),      SCMP_SYS(ioctl),
    SCMP_SYS(fcntl),         SCMP_SYS(dup3),
    SCMP_SYS(memfd_create),  SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),          SCMP_SYS(uname),
    SCMP_SYS(sysinfo),       SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sigaltstack),   SCMP_SYS(clock_nanosleep),
    SCMP_SYS(clock_getres),
};

const struct confinement fetch_confinement = {
    .name = "fetch",
    .user = "espalier",
    .ends_with_parent = true,
    .warm_up = warm_up,
    .calls = calls,
    .call_count = sizeof calls / sizeof *calls,
    .rules = rules,
    .refuses = true, /* what a module that resolves names tries besides is no attack */
};

/* ---------------------------------------------------------------- questions and answers */

static void answer(void *user, unsigned number, const uint8_t *data, size_t len)
{
    struct process *p = user;
    uint8_t head[4];
    struct wr w = wr_over(head, sizeof head);
    struct packet_files file = {.count = 0};
    wr_u32(&w, number);
    int fd = data ? memfd_create("answer", MFD_CLOEXEC) : -1;
    if (fd >= 0) {
        file = (struct packet_files){{fd}, 1};
        for (size_t at = 0; at < len && file.count;) {
            ssize_t n = write(fd, data + at, len - at);
            at += n > 0 ? (size_t)n : 0;
            file.count = n > 0; /* no memory: no answer */
        }
    }
    (void)packet_send(p->fd, head, w.len, &file, 0); /* who asked may have ended */
    if (fd >= 0)
        close(fd);
}

static void question(struct process *p, const uint8_t *data, size_t n)
{
    char url[sizeof(struct fetch_url)];
    struct rd r = rd_over(data, n);
    unsigned number = rd_u32(&r);
    bool post = rd_u8(&r);
    size_t len = rd_u16(&r);
    const uint8_t *text = rd_take(&r, len);
    size_t body = rd_left(&r);
    if (r.bad)
        return;
    bool fits = text && len < sizeof url;
    if (fits) {
        memcpy(url, text, len);
        url[len] = '\0';
    }
    if (!fits || !fetcher_begin(p->fetcher, number, url, post ? rd_take(&r, body) : NULL, body))
        answer(p, number, NULL, 0);
}

static void on_question(uv_poll_t *poll, int status, int events)
{
    static uint8_t ask[FETCH_LINK_BYTES];
    struct process *p = poll->data;
    struct packet_files files;
    (void)status;
    (void)events;
    ssize_t n = packet_receive(p->fd, ask, sizeof ask, &files, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EMSGSIZE))
        _exit(0);
    if (n > 0 && files.count)
        (void)log_reopen_at(files.fd[0]);
    else if (n > 0)
        question(p, ask, (size_t)n);
    packet_close(&files);
}

_Noreturn void fetch_process(int fd)
{
    struct process p = {.fd = fd};
    const int keep[] = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO, log_fd(), fd};
    p.poll.data = &p;
    if (confine_quiet_input() != 0 ||
        confine(&fetch_confinement, keep, sizeof keep / sizeof *keep) != 0) {
        log_errno("the process that fetches can't be confined");
        _exit(1);
    }
    if (uv_loop_init(&p.loop) != 0 || !(p.fetcher = fetcher_new(&p.loop, answer, &p)) ||
        uv_poll_init(&p.loop, &p.poll, fd) != 0 ||
        uv_poll_start(&p.poll, UV_READABLE | UV_DISCONNECT, on_question) != 0)
        _exit(1);
    uv_run(&p.loop, UV_RUN_DEFAULT);
    _exit(1);
}
