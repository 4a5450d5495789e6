/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XRT's hardware emulation (see bar_hwemu.h). A request is call_packet_info {fixed64 size = 1;
 * fixed32 xcl_api = 2} and `size` bytes of a protobuf message; an answer is {fixed64 size = 1} and
 * its message (XRT, src/runtime_src/core/pcie/emulation/common_em/rpc_messages.proto). Whoever says
 * anything else is no XRT and is hung up on.
 */
#include "sim/card/bar_hwemu.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "driver/regs.h"

#define KERNEL_SPACE 0x10000u /* of one kernel; its base is a multiple of it */
#define HEADER 14u
#define ANSWER 9u     /* header of an answer */
#define DATA_MAX 256u /* bytes of one access */

enum api { CLOSE = 1, WRITE = 9, READ = 11, MESSAGES = 19, ENVIRONMENT = 20 }; /* xcl_macros.h */

/* ------------------------------------------------------------------ protobuf */

struct text { /* what is left of a message */
    const uint8_t *at, *end;
};

static bool varint(struct text *t, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64 && t->at < t->end; shift += 7) {
        uint8_t byte = *t->at++;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return true;
    }
    return false;
}

struct field {
    uint64_t number, value; /* value: of a varint */
    const uint8_t *bytes;   /* of any other kind, `len` of them */
    uint64_t len;
};

/* The next field; false at the end, or where the message is malformed (*bad). */
static bool next(struct text *t, struct field *f, bool *bad)
{
    uint64_t key;
    *f = (struct field){0};
    if (t->at == t->end)
        return false;
    *bad = true;
    if (!varint(t, &key))
        return false;
    f->number = key >> 3;
    if ((key & 7) == 1)
        f->len = 8;
    else if ((key & 7) == 5)
        f->len = 4;
    else if ((key & 7) == 2 ? !varint(t, &f->len) : (key & 7) != 0 || !varint(t, &f->value))
        return false;
    if (f->len > (uint64_t)(t->end - t->at))
        return false;
    f->bytes = t->at;
    t->at += f->len;
    *bad = false;
    return true;
}

/* xclReadAddrKernelCtrl_call, xclWriteAddrKernelCtrl_call: addr = 2, size = 3, data = 4 */
struct access {
    uint64_t addr, size, data_len;
    const uint8_t *data;
};

static bool parse_access(struct text t, struct access *a)
{
    struct field f;
    bool bad = false;
    *a = (struct access){0};
    while (next(&t, &f, &bad)) {
        if (f.number == 2)
            a->addr = f.value;
        else if (f.number == 3)
            a->size = f.value;
        else if (f.number == 4)
            a->data = f.bytes, a->data_len = f.len;
    }
    return !bad;
}

/* ------------------------------------------------------------------ answers */

static void hang_up(struct bar_hwemu *h)
{
    close(h->client);
    h->client = -1;
    h->have = 0;
}

static void answer(struct bar_hwemu *h, const uint8_t *message, size_t len)
{
    uint8_t out[ANSWER + DATA_MAX + 16] = {0x09};
    uint64_t size = htole64(len);
    memcpy(out + 1, &size, sizeof size);
    if (len)
        memcpy(out + ANSWER, message, len);
    if (send(h->client, out, ANSWER + len, MSG_NOSIGNAL) != (ssize_t)(ANSWER + len))
        hang_up(h);
}

static bool within(const struct access *a)
{
    uint64_t off = a->addr % KERNEL_SPACE;
    return off % 4 == 0 && a->size && a->size % 4 == 0 && a->size <= DATA_MAX &&
           off + a->size <= ESPL_PAGE_BYTES;
}

/* {required bool valid = 1; optional bytes data = 2} */
static bool obey_read(struct bar_hwemu *h, const struct access *a)
{
    uint8_t message[DATA_MAX + 16] = {0x08, 0};
    uint32_t value;
    if (!within(a)) {
        answer(h, message, 2);
        return true;
    }
    size_t len = 2;
    message[1] = 1;
    message[len++] = 0x12;
    message[len++] = (uint8_t)((a->size & 0x7f) | (a->size > 0x7f ? 0x80 : 0));
    if (a->size > 0x7f)
        message[len++] = (uint8_t)(a->size >> 7);
    for (uint32_t at = 0; at < a->size; at += 4, len += 4) {
        if (!h->ops->read(h->user, (uint32_t)(a->addr % KERNEL_SPACE) + at, &value))
            return false;
        value = htole32(value);
        memcpy(message + len, &value, sizeof value);
    }
    answer(h, message, len);
    return true;
}

static bool obey_write(struct bar_hwemu *h, const struct access *a)
{
    const bool valid = within(a) && a->data_len >= a->size;
    const uint8_t message[] = {0x08, valid};
    uint32_t value;
    for (uint32_t at = 0; valid && at < a->size; at += 4) {
        memcpy(&value, a->data + at, sizeof value);
        if (!h->ops->write(h->user, (uint32_t)(a->addr % KERNEL_SPACE) + at, le32toh(value)))
            return false;
    }
    answer(h, message, sizeof message);
    return true;
}

static bool obey(struct bar_hwemu *h, uint32_t api, struct text message)
{
    static const uint8_t yes[] = {0x08, 1};
    struct access access;
    switch (api) {
    case READ:
    case WRITE:
        if (!parse_access(message, &access)) {
            hang_up(h);
            return true;
        }
        return api == READ ? obey_read(h, &access) : obey_write(h, &access);
    case MESSAGES: /* the simulator's log: there is none */
        answer(h, NULL, 0);
        return true;
    case ENVIRONMENT:
    case CLOSE:
        answer(h, yes, sizeof yes);
        return true;
    default:
        fprintf(stderr, "espsim: --bar xrt-hwemu: call %u of XRT is for kernels with memory\n",
                api);
        hang_up(h);
        return true;
    }
}

/* ------------------------------------------------------------------ requests */

/* Length of the message that begins h->in, its header included; 0: not all there; SIZE_MAX: none */
static size_t whole(const struct bar_hwemu *h)
{
    uint64_t size;
    if (h->have < HEADER)
        return 0;
    memcpy(&size, h->in + 1, sizeof size);
    size = le64toh(size);
    if (h->in[0] != 0x09 || h->in[9] != 0x15 || size > BAR_HWEMU_MESSAGE - HEADER)
        return SIZE_MAX;
    return h->have < HEADER + size ? 0 : HEADER + (size_t)size;
}

static bool serve_client(struct bar_hwemu *h)
{
    ssize_t n = recv(h->client, h->in + h->have, sizeof h->in - h->have, MSG_DONTWAIT);
    if (n <= 0 && !(n < 0 && (errno == EAGAIN || errno == EINTR)))
        hang_up(h);
    h->have += n > 0 ? (size_t)n : 0;
    for (size_t len; h->client >= 0 && (len = whole(h)) != 0;) {
        uint32_t api;
        if (len == SIZE_MAX) {
            hang_up(h);
            break;
        }
        memcpy(&api, h->in + 10, sizeof api);
        if (!obey(h, le32toh(api), (struct text){h->in + HEADER, h->in + len}))
            return false;
        if (h->client < 0)
            break;
        h->have -= len;
        memmove(h->in, h->in + len, h->have);
    }
    return true;
}

size_t bar_hwemu_fds(const struct bar_hwemu *h, struct pollfd fds[BAR_HWEMU_FDS])
{
    fds[0] = (struct pollfd){.fd = h->listener, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = h->client, .events = POLLIN}; /* -1: poll() skips it */
    return BAR_HWEMU_FDS;
}

bool bar_hwemu_serve(struct bar_hwemu *h, const struct pollfd *fds, size_t n)
{
    bool fine = n < 2 || fds[1].fd < 0 || !fds[1].revents || serve_client(h);
    if (fine && h->client < 0 && n && fds[0].revents) /* one at a time, as a simulation has one */
        h->client = accept4(h->listener, NULL, NULL, SOCK_CLOEXEC);
    return fine;
}

/* ------------------------------------------------------------------ the socket */

static bool choose_path(struct bar_hwemu *h, const char *path)
{
    const char *user = getenv("USER"), *id = getenv("EMULATION_SOCKETID");
    int n;
    if (*path) {
        n = snprintf(h->path, sizeof h->path, "%s", path);
    } else if (user) {
        n = snprintf(h->path, sizeof h->path, "/tmp/%s", user);
        (void)mkdir(h->path, 0700); /* as XRT makes it; bind tells what else is wrong */
        n = snprintf(h->path, sizeof h->path, "/tmp/%s/%s", user, id ? id : "xcl_sock");
    } else {
        n = snprintf(h->path, sizeof h->path, "/tmp/%s", id ? id : "xcl_sock");
    }
    return n > 0 && (size_t)n < sizeof h->path;
}

bool bar_hwemu_open(struct bar_hwemu *h, const char *path, const struct bar_ops *ops, void *user,
                    char *why, size_t why_len)
{
    memset(h, 0, sizeof *h);
    h->ops = ops;
    h->user = user;
    h->client = h->listener = -1;
    if (!choose_path(h, path)) {
        snprintf(why, why_len, "xrt-hwemu: a socket's path has 1 to %zu bytes", sizeof h->path - 1);
        return false;
    }
    h->listener = bar_listen(h->path, SOCK_STREAM, why, why_len);
    return h->listener >= 0;
}

void bar_hwemu_close(struct bar_hwemu *h)
{
    if (h->client >= 0)
        close(h->client);
    if (h->listener < 0)
        return;
    close(h->listener);
    unlink(h->path);
    h->listener = -1;
}
