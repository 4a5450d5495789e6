/* SPDX-License-Identifier: Apache-2.0 */
/* VICI's socket in the file system: made before privileges go, removed at the end. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctrl/vici/server.h"

#define BACKLOG 16

/* What an earlier run left is removed; another daemon's socket is not. 0, or -1 with errno. */
static int make_room(const struct sockaddr_un *sa)
{
    struct stat st;
    if (lstat(sa->sun_path, &st) != 0)
        return errno == ENOENT ? 0 : -1;
    if (!S_ISSOCK(st.st_mode)) {
        errno = EEXIST;
        return -1;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    int rc = connect(fd, (const struct sockaddr *)sa, sizeof(*sa));
    int err = rc == 0 || errno == EAGAIN ? EADDRINUSE : errno;
    close(fd);
    if (err == ECONNREFUSED)
        return unlink(sa->sun_path);
    errno = err;
    return -1;
}

/* The folder of the socket, when it is only the last one that is missing. */
static void make_folder(const char *path)
{
    char folder[sizeof(((struct sockaddr_un *)0)->sun_path)];
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return;
    memcpy(folder, path, (size_t)(slash - path));
    folder[slash - path] = '\0';
    (void)mkdir(folder, 0755); /* bind tells when it is not there */
}

static int listen_at(const struct sockaddr_un *sa)
{
    make_folder(sa->sun_path);
    if (make_room(sa) != 0)
        return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    mode_t mask = umask(0177); /* 0600 from its first moment on */
    int rc = bind(fd, (const struct sockaddr *)sa, sizeof(*sa));
    umask(mask);
    if (rc == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    close(fd);
    return -1;
}

int vici_open(const char *path, struct vici **out, char *why, size_t why_len)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    struct vici *v = calloc(1, sizeof(*v));
    *out = NULL;
    if (!v || !(v->path = strdup(path))) {
        free(v);
        (void)snprintf(why, why_len, "out of memory");
        return -1;
    }
    if (strlen(path) >= sizeof(sa.sun_path)) {
        (void)snprintf(why, why_len, "the control socket's path is longer than %zu bytes",
                       sizeof(sa.sun_path) - 1);
        goto failed;
    }
    strcpy(sa.sun_path, path);
    v->fd = listen_at(&sa);
    if (v->fd >= 0) {
        *out = v;
        return 0;
    }
    if (errno == EADDRINUSE)
        (void)snprintf(why, why_len, "another daemon answers at the control socket %s", path);
    else
        (void)snprintf(why, why_len, "the control socket %s: %s", path, strerror(errno));
failed:
    free(v->path);
    free(v);
    return -1;
}

int vici_hand_over(struct vici *v)
{
    int fd = v->fd;
    v->fd = -1;
    return fd;
}

struct vici *vici_of_door(int door)
{
    struct vici *v = calloc(1, sizeof(*v));
    if (v) {
        v->fd = -1;
        v->door = door;
    }
    return v;
}

void vici_free(struct vici *v)
{
    if (!v)
        return;
    if (v->fd >= 0)
        close(v->fd);
    if (v->path)
        (void)unlink(v->path);
    free(v->path);
    free(v);
}
