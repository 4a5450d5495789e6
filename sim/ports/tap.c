/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A port that is a TAP netdev. Nothing of the netdev is configured here: its address, MTU and state
 * are the administrator's. The kernel remembers the namespace of the descriptor, so only opening it
 * needs a visit there.
 */
#include "sim/ports/port.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct tap {
    struct sim_port port;
    char name[IFNAMSIZ];
};

static enum sim_port_got tap_receive(struct sim_port *port, uint8_t *frame, size_t cap, size_t *len)
{
    const struct tap *tap = (const struct tap *)port;
    ssize_t n = read(port->fd, frame, cap);

    if (n > 0) {
        *len = (size_t)n;
        return SIM_PORT_FRAME;
    }
    if (n == 0 || errno == EAGAIN || errno == EINTR)
        return SIM_PORT_EMPTY;
    snprintf(port->why, sizeof port->why, "tap:%s: %s", tap->name,
             errno == EBADFD ? "the netdev is gone" : strerror(errno));
    return SIM_PORT_ERROR;
}

static bool tap_send(struct sim_port *port, const uint8_t *frame, size_t len)
{
    return write(port->fd, frame, len) == (ssize_t)len; /* EIO: the netdev is down */
}

static bool tap_close(struct sim_port *port)
{
    if (port->fd >= 0)
        close(port->fd);
    free(port);
    return true;
}

/* The descriptor of TAP `name` in this namespace, or -1 with `why`. */
static int open_here(const char *name, char *why, size_t why_len)
{
    struct ifreq req;
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0) {
        snprintf(why, why_len, "/dev/net/tun: %s", strerror(errno));
        return -1;
    }
    memset(&req, 0, sizeof req);
    memcpy(req.ifr_name, name, strlen(name));
    req.ifr_flags = IFF_TAP | IFF_NO_PI;
    if (ioctl(fd, TUNSETIFF, &req) == 0)
        return fd;
    snprintf(why, why_len, "tap:%s: %s", name,
             errno == EBUSY    ? "the netdev is in use by another program"
             : errno == EINVAL ? "a netdev of that name exists and is no single-queue TAP"
             : errno == EPERM  ? "no permission to make or open it (CAP_NET_ADMIN)"
                               : strerror(errno));
    close(fd);
    return -1;
}

/* The same in the network namespace that `ip netns` calls `netns`. */
static int open_in(const char *netns, const char *name, char *why, size_t why_len)
{
    char path[256];
    int fd = -1, there = -1, home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

    if (home < 0 || snprintf(path, sizeof path, "/run/netns/%s", netns) >= (int)sizeof path ||
        (there = open(path, O_RDONLY | O_CLOEXEC)) < 0) {
        snprintf(why, why_len, "network namespace %s: %s", netns, strerror(errno));
        goto out;
    }
    if (setns(there, CLONE_NEWNET) != 0) {
        snprintf(why, why_len, "network namespace %s: %s", netns, strerror(errno));
        goto out;
    }
    fd = open_here(name, why, why_len);
    if (setns(home, CLONE_NEWNET) != 0) {
        snprintf(why, why_len, "the way back from network namespace %s: %s", netns,
                 strerror(errno));
        if (fd >= 0)
            close(fd);
        fd = -1;
    }
out:
    if (there >= 0)
        close(there);
    if (home >= 0)
        close(home);
    return fd;
}

bool sim_port_open_tap(const char *rest, struct sim_port **port, char *why, size_t why_len)
{
    static const struct sim_port_ops ops = {tap_receive, tap_send, NULL, tap_close};
    const char *at = strchr(rest, '@');
    size_t n = at ? (size_t)(at - rest) : strlen(rest);
    struct tap *tap;

    if (n == 0 || n >= IFNAMSIZ || (at && (!at[1] || strchr(at + 1, '/')))) {
        snprintf(why, why_len,
                 "tap:%s: wanted is tap:NAME or tap:NAME@NETNS, NAME of 1 to %d letters", rest,
                 IFNAMSIZ - 1);
        return false;
    }
    tap = calloc(1, sizeof *tap);
    if (!tap) {
        snprintf(why, why_len, "out of memory");
        return false;
    }
    memcpy(tap->name, rest, n);
    tap->port.ops = &ops;
    tap->port.fd =
        at ? open_in(at + 1, tap->name, why, why_len) : open_here(tap->name, why, why_len);
    if (tap->port.fd < 0) {
        free(tap);
        return false;
    }
    *port = &tap->port;
    return true;
}
