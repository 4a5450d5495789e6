/* SPDX-License-Identifier: Apache-2.0 */
/* The signer's process: how it is begun, what it does for its whole life, and how it is asked. See
 * link.h. */
#include "ctrl/signer/link.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>

/* ---------------------------------------------------------------- a datagram, and a file with it
 */

static bool send_message(int fd, const uint8_t *data, size_t len, int file)
{
    union {
        char buf[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {.buf = {0}};
    struct iovec iov = {(void *)(uintptr_t)data, len};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    if (file >= 0) {
        msg.msg_control = control.buf;
        msg.msg_controllen = sizeof control.buf;
        struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &file, sizeof file);
    }
    ssize_t n;
    do
        n = sendmsg(fd, &msg, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)len;
}

static ssize_t receive_message(int fd, uint8_t *data, size_t cap, int *file)
{
    union {
        char buf[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec iov = {data, cap};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control.buf,
                         .msg_controllen = sizeof control.buf};
    ssize_t n;
    do
        n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    *file = -1;
    struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(&msg);
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
        c->cmsg_len == CMSG_LEN(sizeof(int)))
        memcpy(file, CMSG_DATA(c), sizeof *file);
    return n;
}

/* ---------------------------------------------------------------- the process */

/* Until the daemon closes its end, by its will or by dying. Never returns. */
static void serve(int fd)
{
    static uint8_t in[SIGNER_MESSAGE], out[SIGNER_ANSWER];
    struct vault *v = vault_new();
    int status = 1;
    if (v && signer_confine(fd) == 0)
        for (;;) {
            int file;
            struct wr w = wr_over(out, sizeof out);
            ssize_t n = receive_message(fd, in, sizeof in, &file);
            if (n <= 0) {
                status = n == 0 ? 0 : 1;
                break;
            }
            vault_answer(v, in, (size_t)n, file, &w);
            if (file >= 0)
                close(file);
            bool sent = send_message(fd, out, w.len, -1);
            OPENSSL_cleanse(in, (size_t)n);
            OPENSSL_cleanse(out, w.len);
            if (!sent)
                break;
        }
    vault_free(v);
    _exit(status);
}

static struct signer *signer_new(void)
{
    struct signer *s = calloc(1, sizeof *s);
    if (s)
        s->fd = -1;
    return s;
}

struct signer *signer_here(void)
{
    struct signer *s = signer_new();
    if (s && !(s->vault = vault_new())) {
        free(s);
        return NULL;
    }
    return s;
}

struct signer *signer_start(void)
{
    int ends[2];
    struct signer *s = signer_new();
    if (!s || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        free(s);
        return NULL;
    }
    s->pid = fork();
    if (s->pid == 0)
        serve(ends[1]);
    int err = errno;
    close(ends[1]);
    s->fd = ends[0];
    if (s->pid > 0)
        return s;
    close(ends[0]);
    free(s);
    errno = err;
    return NULL;
}

int signer_fd(const struct signer *s)
{
    return s->fd;
}

pid_t signer_pid(const struct signer *s)
{
    return s->pid;
}

/* ---------------------------------------------------------------- asking */

static int64_t clock_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* An answer that came too late belongs to nobody. */
static bool is_answer(const struct signer *s, size_t len)
{
    struct rd r = rd_over(s->in, len);
    return rd_u32(&r) == s->number && !r.bad;
}

/* The daemon's event loop has made the socket one that does not wait. */
static enum signer_err wait_answer(struct signer *s, size_t *answer)
{
    int64_t end = clock_ms() + SIGNER_DEADLINE_MS;
    for (;;) {
        int64_t left = end - clock_ms();
        struct pollfd p = {.fd = s->fd, .events = POLLIN};
        int rc = left > 0 ? poll(&p, 1, (int)left) : 0;
        if (rc < 0 && errno == EINTR)
            continue;
        if (rc <= 0)
            return SIGNER_GONE;
        ssize_t n = recv(s->fd, s->in, sizeof s->in, MSG_DONTWAIT);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n <= 0)
            return SIGNER_GONE;
        if (is_answer(s, (size_t)n)) {
            *answer = (size_t)n;
            return SIGNER_OK;
        }
        OPENSSL_cleanse(s->in, (size_t)n);
    }
}

enum signer_err link_round(struct signer *s, size_t len, int fd, size_t *answer)
{
    if (s->vault) {
        struct wr w = wr_over(s->in, sizeof s->in);
        vault_answer(s->vault, s->out, len, fd, &w);
        *answer = w.len;
        return is_answer(s, w.len) ? SIGNER_OK : SIGNER_FAILED;
    }
    return send_message(s->fd, s->out, len, fd) ? wait_answer(s, answer) : SIGNER_GONE;
}

void link_close(struct signer *s)
{
    vault_free(s->vault);
    if (s->fd >= 0)
        close(s->fd);
    if (s->pid > 0)
        while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
            ;
}
