/* SPDX-License-Identifier: Apache-2.0 */
/* The notification protocol of systemd, without its library. See notify.h. */
#include "ctrl/parent/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void notify_open(struct notify_socket *n)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    size_t len = path ? strlen(path) : 0;
    *n = (struct notify_socket){.fd = -1, .watched = getenv("WATCHDOG_USEC") != NULL};
    if (len >= 2 && len < sizeof(sa.sun_path) && (*path == '/' || *path == '@')) {
        memcpy(sa.sun_path, path, len);
        if (*path == '@') /* of the abstract namespace */
            sa.sun_path[0] = '\0';
        socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
        n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (n->fd >= 0 && connect(n->fd, (const struct sockaddr *)&sa, size) != 0)
            notify_close(n);
    }
    (void)unsetenv("NOTIFY_SOCKET"); /* nobody below speaks for this process */
    (void)unsetenv("WATCHDOG_USEC");
}

void notify_close(struct notify_socket *n)
{
    if (n->fd >= 0)
        close(n->fd);
    n->fd = -1;
}

void notify_say(const struct notify_socket *n, const char *text)
{
    if (n->fd >= 0)
        (void)send(n->fd, text, strlen(text), MSG_NOSIGNAL);
}

void notify_alive(const struct notify_socket *n)
{
    if (n->watched)
        notify_say(n, "WATCHDOG=1");
}
