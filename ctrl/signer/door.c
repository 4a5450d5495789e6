/* SPDX-License-Identifier: Apache-2.0 */
/* Clients of the control socket: bytes in, bytes on, bytes back. See door.h. */
#include "ctrl/signer/door.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "ctrl/privilege/packet.h"
#include "ctrl/signer/command.h"

#define BUFFER_FIRST 4096u
#define BUFFER_MAX (VICI_HEADER + VICI_SEGMENT_MAX)
#define BACK 16384u /* bytes of answers on their way */

struct client {
    struct client *next;
    unsigned id;         /* of what it brings: held_put */
    int outside, inside; /* the client; the network-facing process */
    uint8_t *in;         /* owned, wiped: what came and has not gone on */
    size_t in_len, in_cap;
    size_t open;          /* bytes of it, there or still to come, that go on as they are */
    struct vici_out sent; /* a command without its secret, until all of it has gone on */
    size_t sent_at;
    uint8_t back[BACK];
    size_t back_len;
    bool full;  /* inside takes no more now */
    bool ended; /* nothing more is taken from outside */
    bool gone;
};

struct door {
    struct held *held;
    int link, listening; /* listening is owned; -1: not yet */
    struct client *clients;
    size_t count;
    unsigned last; /* id */
};

struct door *door_new(struct held *held, int link)
{
    struct door *d = calloc(1, sizeof *d);
    if (d)
        *d = (struct door){.held = held, .link = link, .listening = -1};
    return d;
}

static void client_free(struct client *c)
{
    if (c->outside >= 0)
        close(c->outside);
    if (c->inside >= 0)
        close(c->inside);
    if (c->in)
        OPENSSL_cleanse(c->in, c->in_cap);
    free(c->in);
    vici_out_free(&c->sent);
    free(c);
}

void door_free(struct door *d)
{
    while (d && d->clients) {
        struct client *next = d->clients->next;
        client_free(d->clients);
        d->clients = next;
    }
    if (d && d->listening >= 0)
        close(d->listening);
    free(d);
}

/* ---------------------------------------------------------------- bytes */

/* How many the socket took; 0: none now, -1: the other side is gone. */
static ssize_t put(int fd, const uint8_t *data, size_t len)
{
    struct iovec iov = {(void *)(uintptr_t)data, len};
    const struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    ssize_t n = sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
    return n >= 0 ? n : errno == EAGAIN || errno == EINTR ? 0 : -1;
}

/* How many came; 0: none now, -1: the end. */
static ssize_t get(int fd, uint8_t *data, size_t room)
{
    struct iovec iov = {data, room};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT);
    return n > 0 ? n : n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

/* The first n have gone on; the secret of a command may be among them. */
static void drop(struct client *c, size_t n)
{
    memmove(c->in, c->in + n, c->in_len - n);
    c->in_len -= n;
    OPENSSL_cleanse(c->in + c->in_len, n);
}

/* false: no memory */
static bool make_room(struct client *c)
{
    if (c->in_len < c->in_cap)
        return true;
    size_t cap = c->in_cap ? 2 * c->in_cap : BUFFER_FIRST;
    cap = cap < BUFFER_MAX ? cap : BUFFER_MAX;
    uint8_t *grown = cap > c->in_len ? malloc(cap) : NULL;
    if (!grown)
        return false;
    if (c->in) {
        memcpy(grown, c->in, c->in_len);
        OPENSSL_cleanse(c->in, c->in_cap);
    }
    free(c->in);
    c->in = grown;
    c->in_cap = cap;
    return true;
}

/* ---------------------------------------------------------------- to the inside */

/* A segment of no bytes, to which the server says what it says to everything malformed. */
static void refuse(struct client *c)
{
    drop(c, c->in_len);
    vici_out_begin(&c->sent, VICI_CMD_REQUEST, NULL); /* all zeros */
    c->gone = c->sent.bad;
    c->sent.len = VICI_HEADER;
    c->ended = true;
}

/* Finds out what the next bytes are. false: more of them are needed. */
static bool next(struct door *d, struct client *c)
{
    size_t whole = 0;
    switch (command_look(c->in, c->in_len, &whole)) {
    case COMMAND_MORE:
        return false;
    case COMMAND_OPEN:
        c->open = whole;
        return true;
    case COMMAND_SECRET:
        if (c->in_len < whole)
            return false;
        if (command_hide(d->held, c->id, c->in, whole, &c->sent))
            drop(c, whole);
        else
            refuse(c);
        return true;
    case COMMAND_BAD:
        refuse(c);
        return true;
    }
    return false;
}

/* What may go on goes, as far as inside takes it. */
static void go_on(struct door *d, struct client *c)
{
    ssize_t n = 1;
    for (c->full = false; n > 0 && !c->gone;) {
        size_t ready = c->open < c->in_len ? c->open : c->in_len;
        if (c->sent.len) {
            n = put(c->inside, c->sent.data + c->sent_at, c->sent.len - c->sent_at);
            c->sent_at += n > 0 ? (size_t)n : 0;
            if (c->sent_at < c->sent.len)
                continue;
            vici_out_free(&c->sent);
            c->sent_at = 0;
        } else if (ready) {
            n = put(c->inside, c->in, ready);
            c->open -= n > 0 ? (size_t)n : 0;
            if (n > 0)
                drop(c, (size_t)n);
        } else if (c->open || !c->in_len || !next(d, c)) {
            break;
        }
    }
    c->full = n == 0;
    c->gone |= n < 0 || (c->ended && !c->full);
}

static void from_outside(struct door *d, struct client *c)
{
    ssize_t n = make_room(c) ? get(c->outside, c->in + c->in_len, c->in_cap - c->in_len) : -1;
    if (n < 0)
        c->ended = true;
    else
        c->in_len += (size_t)n;
    go_on(d, c);
}

/* ---------------------------------------------------------------- to the outside */

static void from_inside(struct client *c)
{
    ssize_t n = c->back_len < BACK ? get(c->inside, c->back + c->back_len, BACK - c->back_len) : -1;
    c->back_len += n > 0 ? (size_t)n : 0;
    c->gone |= n < 0;
}

static void go_back(struct client *c)
{
    ssize_t n = c->back_len ? put(c->outside, c->back, c->back_len) : 0;
    if (n > 0) {
        memmove(c->back, c->back + n, c->back_len - (size_t)n);
        c->back_len -= (size_t)n;
    }
    c->gone |= n < 0;
}

/* ---------------------------------------------------------------- clients */

static void admit(struct door *d)
{
    int fd = accept4(d->listening, NULL, NULL, SOCK_CLOEXEC), ends[2] = {-1, -1};
    if (fd < 0)
        return;
    struct client *c = d->count < DOOR_CLIENTS ? calloc(1, sizeof *c) : NULL;
    if (!c || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        close(fd);
        free(c);
        return;
    }
    const struct packet_files file = {{ends[1]}, 1};
    const uint8_t byte = 0;
    c->outside = fd;
    c->inside = ends[0];
    c->id = ++d->last ? d->last : ++d->last; /* 0 is HELD_FILES */
    bool given = packet_send(d->link, &byte, sizeof byte, &file, MSG_DONTWAIT);
    close(ends[1]);
    if (!given) {
        client_free(c);
        return;
    }
    c->next = d->clients;
    d->clients = c;
    d->count++;
}

static void take_listening(struct door *d)
{
    uint8_t byte;
    struct packet_files files;
    ssize_t n = packet_receive(d->link, &byte, sizeof byte, &files, MSG_DONTWAIT);
    if (n > 0 && files.count == 1 && d->listening < 0) {
        d->listening = files.fd[0];
        return;
    }
    packet_close(&files);
    if (n == 0) /* the network-facing process has ended */
        d->link = -1;
}

static void sweep(struct door *d, int64_t now_ms)
{
    for (struct client **at = &d->clients; *at;) {
        struct client *c = *at;
        if (!c->gone) {
            at = &c->next;
            continue;
        }
        *at = c->next;
        d->count--;
        held_leave(d->held, c->id, now_ms);
        client_free(c);
    }
}

/* ---------------------------------------------------------------- turns */

/* The end of a side is told whatever is asked for: who can do nothing about it yet is left out. */
size_t door_wants(const struct door *d, struct pollfd *list)
{
    size_t n = 0;
    list[n++] = (struct pollfd){.fd = d->link, .events = POLLIN};
    list[n++] = (struct pollfd){.fd = d->listening, .events = POLLIN};
    for (const struct client *c = d->clients; c; c = c->next) {
        int out = (c->full || c->ended ? 0 : POLLIN) | (c->back_len ? POLLOUT : 0);
        int in = (c->back_len < BACK ? POLLIN : 0) | (c->full ? POLLOUT : 0);
        list[n++] = (struct pollfd){.fd = out ? c->outside : -1, .events = (short)out};
        list[n++] = (struct pollfd){.fd = c->inside, .events = (short)in};
    }
    return n;
}

void door_run(struct door *d, const struct pollfd *list, int64_t now_ms)
{
    const short end = POLLHUP | POLLERR;
    const struct pollfd *p = list + 2;
    for (struct client *c = d->clients; c; c = c->next, p += 2) {
        if (p[1].revents & (POLLIN | end))
            from_inside(c);
        if (c->back_len)
            go_back(c);
        if (p[0].revents & (POLLIN | end) && !c->full && !c->ended)
            from_outside(d, c);
        else if (p[1].revents & POLLOUT)
            go_on(d, c);
    }
    sweep(d, now_ms);
    if (list[1].revents)
        admit(d);
    if (list[0].revents)
        take_listening(d);
}
