/* SPDX-License-Identifier: Apache-2.0 */
/* The card's BAR for other processes (see bar_server.h): socket, clients, one message. */
#include "sim/card/bar_server.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "driver/bus/sim_proto.h"
#include "driver/regs.h"

#define TURN 64u /* messages of one client in one turn */

static bool make_address(struct sockaddr_un *addr, const char *path)
{
    size_t n = strlen(path);
    if (n == 0 || n >= sizeof addr->sun_path)
        return false;
    memset(addr, 0, sizeof *addr);
    addr->sun_family = AF_UNIX;
    memcpy(addr->sun_path, path, n);
    return true;
}

/* Makes way at the address: removes a socket at which nobody listens. */
static bool make_way(const struct sockaddr_un *addr, int type, char *why, size_t why_len)
{
    struct stat st;
    int fd, rc;

    if (lstat(addr->sun_path, &st) != 0)
        return true; /* bind tells what else is wrong */
    if (!S_ISSOCK(st.st_mode)) {
        snprintf(why, why_len, "%s exists and is no socket", addr->sun_path);
        return false;
    }
    fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    rc = fd < 0 ? 0 : connect(fd, (const struct sockaddr *)addr, sizeof *addr);
    if (fd >= 0)
        close(fd);
    if (rc != 0 && errno == ECONNREFUSED)
        return unlink(addr->sun_path) == 0 || errno == ENOENT;
    snprintf(why, why_len, "%s: another process listens there", addr->sun_path);
    return false;
}

int bar_listen(const char *path, int type, char *why, size_t why_len)
{
    struct sockaddr_un addr;
    mode_t mask;
    int fd, rc;

    if (!make_address(&addr, path)) {
        snprintf(why, why_len, "%s: a socket's path has 1 to %zu bytes", path,
                 sizeof addr.sun_path - 1);
        return -1;
    }
    if (!make_way(&addr, type, why, why_len))
        return -1;
    fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mask = umask(0077); /* who writes the BAR commands the keys */
    rc = fd < 0 ? -1 : bind(fd, (const struct sockaddr *)&addr, sizeof addr);
    umask(mask);
    if (rc == 0 && listen(fd, BAR_CLIENTS) == 0)
        return fd;
    snprintf(why, why_len, "%s: %s", path, strerror(errno));
    if (rc == 0)
        unlink(path);
    if (fd >= 0)
        close(fd);
    return -1;
}

bool bar_server_open(struct bar_server *s, const char *path, const struct bar_ops *ops, void *user,
                     char *why, size_t why_len)
{
    memset(s, 0, sizeof *s);
    s->ops = ops;
    s->user = user;
    for (unsigned i = 0; i < BAR_CLIENTS; i++)
        s->client[i] = -1;
    s->listener = bar_listen(path, SOCK_SEQPACKET, why, why_len);
    if (s->listener >= 0)
        snprintf(s->path, sizeof s->path, "%s", path);
    return s->listener >= 0;
}

void bar_server_close(struct bar_server *s)
{
    for (unsigned i = 0; i < BAR_CLIENTS; i++) {
        if (s->client[i] >= 0)
            close(s->client[i]);
        s->client[i] = -1;
    }
    if (s->listener >= 0)
        close(s->listener);
    if (s->path[0])
        unlink(s->path);
    s->listener = -1;
    s->path[0] = '\0';
}

static void drop(struct bar_server *s, unsigned i)
{
    close(s->client[i]);
    s->client[i] = -1;
}

/* Sends a message's header and `words` words; who does not take it is dropped. */
static void answer(struct bar_server *s, unsigned i, struct espl_sim_msg *msg, size_t words)
{
    size_t len = ESPL_SIM_HEADER + words * sizeof msg->words[0];

    msg->magic = ESPL_SIM_MAGIC;
    if (send(s->client[i], msg, len, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)len)
        drop(s, i);
}

static void hello(struct bar_server *s, unsigned i)
{
    struct espl_sim_msg msg = {.op = ESPL_SIM_HELLO, .count = 1, .addr = ESPL_SIM_PROTO};
    msg.words[0] = ESPL_PAGE_BYTES;
    answer(s, i, &msg, 1);
}

static void welcome(struct bar_server *s)
{
    int fd;

    while ((fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
        unsigned i = 0;
        while (i < BAR_CLIENTS && s->client[i] >= 0)
            i++;
        if (i == BAR_CLIENTS) {
            close(fd);
            s->refused++;
            continue;
        }
        s->client[i] = fd;
        hello(s, i);
    }
}

static bool in_page(const struct espl_sim_msg *msg)
{
    return msg->count >= 1 && msg->count <= ESPL_SIM_WORDS && msg->addr % 4 == 0 &&
           msg->addr < ESPL_PAGE_BYTES && msg->count * 4u <= ESPL_PAGE_BYTES - msg->addr;
}

/* Is a message of `len` bytes a request that can be carried out? */
static bool well_formed(const struct espl_sim_msg *msg, size_t len)
{
    size_t words = msg->op == ESPL_SIM_WRITE ? msg->count : 0;

    return len >= ESPL_SIM_HEADER && msg->magic == ESPL_SIM_MAGIC &&
           (msg->op == ESPL_SIM_READ || msg->op == ESPL_SIM_WRITE) && in_page(msg) &&
           len == ESPL_SIM_HEADER + words * sizeof msg->words[0];
}

/* Carries one message out. False: the card has failed. */
static bool obey(struct bar_server *s, unsigned i, struct espl_sim_msg *msg, size_t len)
{
    if (!well_formed(msg, len)) {
        if (len < ESPL_SIM_HEADER)
            msg->tag = msg->addr = 0;
        msg->op = ESPL_SIM_ERROR;
        msg->count = 0;
        s->refused++;
        answer(s, i, msg, 0);
        return true;
    }
    for (unsigned w = 0; w < msg->count; w++) {
        uint32_t off = msg->addr + 4 * w;
        if (!(msg->op == ESPL_SIM_WRITE ? s->ops->write(s->user, off, msg->words[w])
                                        : s->ops->read(s->user, off, &msg->words[w])))
            return false;
    }
    if (msg->op == ESPL_SIM_READ) {
        msg->op = ESPL_SIM_DATA;
        answer(s, i, msg, msg->count);
    }
    return true;
}

static bool serve_client(struct bar_server *s, unsigned i)
{
    struct espl_sim_msg msg;

    for (unsigned n = 0; n < TURN && s->client[i] >= 0; n++) {
        /* MSG_TRUNC: the true length of a message that is longer than any request */
        ssize_t len = recv(s->client[i], &msg, sizeof msg, MSG_DONTWAIT | MSG_TRUNC);
        if (len < 0 && (errno == EAGAIN || errno == EINTR))
            return true;
        if (len <= 0) {
            drop(s, i);
            return true;
        }
        if (!obey(s, i, &msg, (size_t)len))
            return false;
    }
    return true;
}

size_t bar_server_fds(const struct bar_server *s, struct pollfd fds[BAR_FDS])
{
    size_t n = 0;

    fds[n++] = (struct pollfd){.fd = s->listener, .events = POLLIN};
    for (unsigned i = 0; i < BAR_CLIENTS; i++)
        if (s->client[i] >= 0)
            fds[n++] = (struct pollfd){.fd = s->client[i], .events = POLLIN};
    return n;
}

bool bar_server_serve(struct bar_server *s, const struct pollfd *fds, size_t n)
{
    for (size_t f = 1; f < n; f++) {
        for (unsigned i = 0; fds[f].revents && i < BAR_CLIENTS; i++)
            if (s->client[i] == fds[f].fd && !serve_client(s, i))
                return false;
    }
    if (n && fds[0].revents)
        welcome(s);
    return true;
}

void bar_server_irq(struct bar_server *s, bool level)
{
    if (level && !s->irq) {
        for (unsigned i = 0; i < BAR_CLIENTS; i++) {
            struct espl_sim_msg msg = {.op = ESPL_SIM_IRQ, .addr = 1};
            if (s->client[i] >= 0)
                answer(s, i, &msg, 0);
        }
    }
    s->irq = level;
}
