/* SPDX-License-Identifier: Apache-2.0 */
/* A datagram and its open files, whole or not at all. See packet.h. */
#include "ctrl/privilege/packet.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROOM CMSG_SPACE(PACKET_FILES * sizeof(int))

int packet_pair(int ends[2])
{
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
}

/* Is it worth another try? Event loops make their sockets non-blocking: then it is waited for here.
 */
static bool again(int fd, short events, int flags)
{
    struct pollfd p = {.fd = fd, .events = events};
    if (errno == EINTR)
        return true;
    if ((errno != EAGAIN && errno != EWOULDBLOCK) || flags & MSG_DONTWAIT)
        return false;
    return poll(&p, 1, -1) > 0 || errno == EINTR;
}

bool packet_send(int fd, const uint8_t *data, size_t len, const struct packet_files *files,
                 int flags)
{
    union {
        char buf[ROOM];
        struct cmsghdr align;
    } control = {.buf = {0}};
    struct iovec iov = {(void *)(uintptr_t)data, len};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    if (files && files->count) {
        size_t bytes = files->count * sizeof(int);
        msg.msg_control = control.buf;
        msg.msg_controllen = CMSG_SPACE(bytes);
        struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(bytes);
        memcpy(CMSG_DATA(c), files->fd, bytes);
    }
    ssize_t n;
    do
        n = sendmsg(fd, &msg, MSG_NOSIGNAL | flags);
    while (n < 0 && again(fd, POLLOUT, flags));
    return n == (ssize_t)len;
}

void packet_close(struct packet_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        close(files->fd[i]);
    files->count = 0;
}

static void take_files(struct msghdr *msg, struct packet_files *files)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n && files->count < PACKET_FILES; i++)
            memcpy(&files->fd[files->count++], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
    }
}

ssize_t packet_receive(int fd, uint8_t *data, size_t cap, struct packet_files *files, int flags)
{
    union {
        char buf[ROOM];
        struct cmsghdr align;
    } control;
    struct iovec iov = {data, cap};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control.buf,
                         .msg_controllen = sizeof control.buf};
    ssize_t n;
    files->count = 0;
    do
        n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC | flags);
    while (n < 0 && again(fd, POLLIN, flags));
    if (n < 0)
        return -1;
    take_files(&msg, files);
    if (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
        packet_close(files);
        errno = EMSGSIZE;
        return -1;
    }
    return n;
}
