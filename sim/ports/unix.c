/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A port made of Unix datagrams, one frame each: QEMU's `-netdev dgram,local.type=unix,...`. The
 * other side may come and go; frames for nobody are refused.
 */
#include "sim/ports/port.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BUFFER (1024 * 1024) /* bytes the kernel may hold each way */

struct unix_port {
    struct sim_port port;
    struct sockaddr_un local, remote;
};

static enum sim_port_got unix_receive(struct sim_port *port, uint8_t *frame, size_t cap,
                                      size_t *len)
{
    for (;;) {
        ssize_t n = recv(port->fd, frame, cap, 0);
        if (n > 0) {
            *len = (size_t)n;
            return SIM_PORT_FRAME;
        }
        if (n == 0) /* an empty datagram is no frame */
            continue;
        if (errno == EAGAIN || errno == EINTR)
            return SIM_PORT_EMPTY;
        snprintf(port->why, sizeof port->why, "unix:%s: %s",
                 ((struct unix_port *)port)->local.sun_path, strerror(errno));
        return SIM_PORT_ERROR;
    }
}

static bool unix_send(struct sim_port *port, const uint8_t *frame, size_t len)
{
    const struct unix_port *u = (const struct unix_port *)port;
    return sendto(port->fd, frame, len, MSG_NOSIGNAL, (const struct sockaddr *)&u->remote,
                  sizeof u->remote) == (ssize_t)len;
}

static bool unix_close(struct sim_port *port)
{
    struct unix_port *u = (struct unix_port *)port;

    close(port->fd);
    unlink(u->local.sun_path);
    free(u);
    return true;
}

static bool set_path(struct sockaddr_un *addr, const char *path, size_t len)
{
    if (len == 0 || len >= sizeof addr->sun_path)
        return false;
    addr->sun_family = AF_UNIX;
    memcpy(addr->sun_path, path, len);
    return true;
}

static bool bind_local(struct unix_port *u, char *why, size_t why_len)
{
    const int size = BUFFER;
    struct stat st;

    /* the socket of a process that died without cleaning up */
    if (lstat(u->local.sun_path, &st) == 0 && S_ISSOCK(st.st_mode))
        unlink(u->local.sun_path);
    u->port.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (u->port.fd < 0 ||
        bind(u->port.fd, (const struct sockaddr *)&u->local, sizeof u->local) != 0) {
        snprintf(why, why_len, "unix:%s: %s", u->local.sun_path, strerror(errno));
        if (u->port.fd >= 0)
            close(u->port.fd);
        return false;
    }
    /* less is fine: then a burst is refused earlier */
    (void)setsockopt(u->port.fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    (void)setsockopt(u->port.fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    return true;
}

bool sim_port_open_unix(const char *rest, struct sim_port **port, char *why, size_t why_len)
{
    static const struct sim_port_ops ops = {unix_receive, unix_send, NULL, unix_close};
    const char *comma = strchr(rest, ',');
    struct unix_port *u = calloc(1, sizeof *u);

    if (!u) {
        snprintf(why, why_len, "out of memory");
        return false;
    }
    u->port.ops = &ops;
    if (!comma || strchr(comma + 1, ',') || !set_path(&u->local, rest, (size_t)(comma - rest)) ||
        !set_path(&u->remote, comma + 1, strlen(comma + 1))) {
        snprintf(why, why_len, "unix:%s: wanted is unix:LOCAL,REMOTE, paths of 1 to %zu bytes",
                 rest, sizeof u->local.sun_path - 1);
        free(u);
        return false;
    }
    if (!bind_local(u, why, why_len)) {
        free(u);
        return false;
    }
    *port = &u->port;
    return true;
}
