/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual card's page over a Unix SEQPACKET socket (sim_proto.h). Every wait has a deadline;
 * once the card's end is gone or has said something that is no answer, the bus is dead for good.
 */
#include "driver/bus/bus.h"
#include "driver/bus/lock.h"
#include "driver/bus/sim_proto.h"
#include "driver/regs.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define HELLO_MS 2000u /* a card that has just started clears its memories first */
#define ANSWER_MS 1000u

_Static_assert(sizeof(struct espl_sim_msg) == ESPL_SIM_HEADER + 4 * ESPL_SIM_WORDS,
               "no holes on the wire");

struct espl_bus {
    int fd; /* owned */
    uint32_t tag;
    bool dead;
    bool rose; /* the interrupt line, since espl_bus_ops.wait looked */
    struct espl_lock lock; /* on the socket's folder */
};

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Waits for `events`: OK, TIMEOUT, or DEAD. */
static enum espl_err wait_for(int fd, short events, uint64_t deadline)
{
    for (;;) {
        uint64_t now = now_ms();
        struct pollfd p = {.fd = fd, .events = events};
        int n = poll(&p, 1, now < deadline ? (int)(deadline - now) : 0);
        if (n > 0)
            return p.revents & events ? ESPL_OK : ESPL_ERR_DEAD;
        if (n < 0 && errno != EINTR)
            return ESPL_ERR_DEAD;
        if (n == 0 && now >= deadline)
            return ESPL_ERR_TIMEOUT;
    }
}

static enum espl_err die(struct espl_bus *bus)
{
    bus->dead = true;
    return ESPL_ERR_DEAD;
}

static enum espl_err send_msg(struct espl_bus *bus, const struct espl_sim_msg *msg, size_t words)
{
    if (bus->dead)
        return ESPL_ERR_DEAD;
    uint64_t deadline = now_ms() + ANSWER_MS;
    size_t len = ESPL_SIM_HEADER + 4 * words;
    for (;;) {
        ssize_t n = send(bus->fd, msg, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n == (ssize_t)len)
            return ESPL_OK;
        if (n >= 0 || (errno != EAGAIN && errno != EINTR))
            return die(bus);
        enum espl_err err = wait_for(bus->fd, POLLOUT, deadline);
        if (err)
            return err == ESPL_ERR_DEAD ? die(bus) : err;
    }
}

/* One whole message of the protocol, or nothing. */
static enum espl_err recv_msg(struct espl_bus *bus, struct espl_sim_msg *msg, uint64_t deadline)
{
    if (bus->dead)
        return ESPL_ERR_DEAD;
    for (;;) {
        enum espl_err err = wait_for(bus->fd, POLLIN, deadline);
        if (err)
            return err == ESPL_ERR_DEAD ? die(bus) : err;
        ssize_t n = recv(bus->fd, msg, sizeof *msg, MSG_DONTWAIT | MSG_TRUNC);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (n < (ssize_t)ESPL_SIM_HEADER || n > (ssize_t)sizeof *msg ||
            msg->magic != ESPL_SIM_MAGIC || (size_t)n != ESPL_SIM_HEADER + 4u * msg->count)
            return die(bus); /* closed, or no card's words */
        return ESPL_OK;
    }
}

static enum espl_err read_some(struct espl_bus *bus, uint32_t off, uint32_t *words, size_t count)
{
    struct espl_sim_msg msg = {.magic = ESPL_SIM_MAGIC,
                               .op = ESPL_SIM_READ,
                               .count = (uint16_t)count,
                               .tag = ++bus->tag,
                               .addr = off};
    enum espl_err err = send_msg(bus, &msg, 0);
    uint64_t deadline = now_ms() + ANSWER_MS;
    while (!err) {
        err = recv_msg(bus, &msg, deadline);
        if (err)
            return err;
        if (msg.op == ESPL_SIM_ERROR)
            return die(bus); /* this library sends nothing malformed: another protocol */
        bus->rose |= msg.op == ESPL_SIM_IRQ;
        if (msg.op != ESPL_SIM_DATA || msg.tag != bus->tag)
            continue; /* an interrupt, or the late answer to a read that was given up */
        if (msg.count != count || msg.addr != off)
            return die(bus);
        memcpy(words, msg.words, 4 * count);
        return ESPL_OK;
    }
    return err;
}

static enum espl_err sim_read(struct espl_bus *bus, uint32_t off, uint32_t *words, size_t count)
{
    while (count) {
        size_t n = count < ESPL_SIM_WORDS ? count : ESPL_SIM_WORDS;
        enum espl_err err = read_some(bus, off, words, n);
        if (err)
            return err;
        off += (uint32_t)(4 * n);
        words += n;
        count -= n;
    }
    return ESPL_OK;
}

static enum espl_err sim_write(struct espl_bus *bus, uint32_t off, const uint32_t *words,
                               size_t count)
{
    enum espl_err err = ESPL_OK;
    struct espl_sim_msg msg;
    while (!err && count) {
        size_t n = count < ESPL_SIM_WORDS ? count : ESPL_SIM_WORDS;
        msg = (struct espl_sim_msg){.magic = ESPL_SIM_MAGIC,
                                    .op = ESPL_SIM_WRITE,
                                    .count = (uint16_t)n,
                                    .tag = ++bus->tag,
                                    .addr = off};
        memcpy(msg.words, words, 4 * n);
        err = send_msg(bus, &msg, n);
        off += (uint32_t)(4 * n);
        words += n;
        count -= n;
    }
    explicit_bzero(&msg, sizeof msg); /* the words of an SA hold its key */
    return err;
}

static enum espl_err sim_rd32(struct espl_bus *bus, uint32_t off, uint32_t *value)
{
    return sim_read(bus, off, value, 1);
}

static enum espl_err sim_wr32(struct espl_bus *bus, uint32_t off, uint32_t value)
{
    return sim_write(bus, off, &value, 1);
}

static int sim_fd(struct espl_bus *bus)
{
    return bus->fd;
}

static enum espl_err sim_wait(struct espl_bus *bus, uint64_t deadline)
{
    enum espl_err err = ESPL_OK;
    while (!bus->rose && !err) {
        struct espl_sim_msg msg;
        err = recv_msg(bus, &msg, deadline);
        bus->rose = !err && msg.op == ESPL_SIM_IRQ;
    }
    bus->rose = false;
    return err;
}

static enum espl_err sim_lock(struct espl_bus *bus)
{
    return espl_lock_take(&bus->lock);
}

static void sim_unlock(struct espl_bus *bus)
{
    espl_lock_give(&bus->lock);
}

static void sim_holder(struct espl_bus *bus, char *text, size_t len)
{
    espl_lock_holder(&bus->lock, text, len);
}

static void sim_close(struct espl_bus *bus)
{
    if (bus->fd >= 0)
        close(bus->fd);
    espl_lock_close(&bus->lock);
    free(bus);
}

/* ------------------------------------------------------------------ opening */

static enum espl_err connect_to(struct espl_bus *bus, const char *path, char *why, size_t why_len)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    if (!*path || strlen(path) >= sizeof addr.sun_path) {
        (void)snprintf(why, why_len, "the socket's path must have 1 to %zu characters",
                       sizeof addr.sun_path - 1);
        return ESPL_ERR_URI;
    }
    memcpy(addr.sun_path, path, strlen(path) + 1);
    bus->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (bus->fd < 0 || connect(bus->fd, (const struct sockaddr *)&addr, sizeof addr) < 0) {
        (void)snprintf(why, why_len, "%s",
                       errno == ECONNREFUSED ? "no card process listens there" : strerror(errno));
        return ESPL_ERR_OPEN;
    }
    return ESPL_OK;
}

static enum espl_err open_lock(struct espl_bus *bus, const char *path, char *why, size_t why_len)
{
    char copy[sizeof((struct sockaddr_un *)0)->sun_path];
    (void)snprintf(copy, sizeof copy, "%s", path); /* its length was checked */
    bus->lock.fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (bus->lock.fd >= 0)
        return ESPL_OK;
    (void)snprintf(why, why_len, "the socket's folder cannot be opened: %s", strerror(errno));
    return ESPL_ERR_OPEN;
}

static enum espl_err read_hello(struct espl_bus *bus, char *why, size_t why_len)
{
    struct espl_sim_msg msg;
    enum espl_err err = recv_msg(bus, &msg, now_ms() + HELLO_MS);
    if (err == ESPL_ERR_TIMEOUT) {
        (void)snprintf(why, why_len, "the process there does not say it is a card");
        return err;
    }
    if (err) {
        (void)snprintf(why, why_len, "the process there ends, or is no virtual card");
        return ESPL_ERR_OPEN;
    }
    if (msg.op != ESPL_SIM_HELLO || msg.count != 1) {
        (void)snprintf(why, why_len, "what answers there is no virtual card");
        return ESPL_ERR_NOT_CARD;
    }
    if (msg.addr != ESPL_SIM_PROTO) {
        (void)snprintf(why, why_len, "the card process speaks protocol %u, this library %u",
                       msg.addr, ESPL_SIM_PROTO);
        return ESPL_ERR_NOT_CARD;
    }
    if (msg.words[0] < ESPL_PAGE_BYTES) {
        (void)snprintf(why, why_len, "the card's BAR has %u bytes, fewer than %u", msg.words[0],
                       ESPL_PAGE_BYTES);
        return ESPL_ERR_NOT_CARD;
    }
    return ESPL_OK;
}

static enum espl_err sim_open(const char *path, struct espl_bus **out, char *why, size_t why_len)
{
    struct espl_bus *bus = malloc(sizeof *bus);
    if (!bus) {
        (void)snprintf(why, why_len, "out of memory");
        return ESPL_ERR_NO_MEMORY;
    }
    *bus = (struct espl_bus){.fd = -1, .lock.fd = -1};
    enum espl_err err = connect_to(bus, path, why, why_len);
    if (!err)
        err = open_lock(bus, path, why, why_len);
    if (!err)
        err = read_hello(bus, why, why_len);
    if (err) {
        sim_close(bus);
        return err;
    }
    *out = bus;
    return ESPL_OK;
}

const struct espl_bus_ops espl_bus_sim = {
    .scheme = "sim",
    .mailbox_ms = ESPL_MAILBOX_SIMULATED_MS,
    .open = sim_open,
    .close = sim_close,
    .rd32 = sim_rd32,
    .wr32 = sim_wr32,
    .write = sim_write,
    .read = sim_read,
    .fd = sim_fd,
    .wait = sim_wait,
    .lock = sim_lock,
    .unlock = sim_unlock,
    .holder = sim_holder,
};
