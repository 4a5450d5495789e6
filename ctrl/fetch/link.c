/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the process that fetches. See link.h. */
#include "ctrl/fetch/link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctrl/privilege/packet.h"
#include "ctrl/wire/cursor.h"

struct fetch_link {
    int fd;
    pid_t pid;
    unsigned begun[FETCHES_MAX]; /* numbers */
    size_t count;
};

struct fetch_link *fetch_link_start(void)
{
    int ends[2];
    struct fetch_link *l = calloc(1, sizeof *l);
    if (!l || packet_pair(ends) != 0) {
        free(l);
        return NULL;
    }
    l->pid = fork();
    if (l->pid == 0)
        fetch_process(ends[1]);
    int err = errno;
    close(ends[1]);
    l->fd = ends[0];
    if (l->pid > 0)
        return l;
    fetch_link_free(l);
    errno = err;
    return NULL;
}

pid_t fetch_link_pid(const struct fetch_link *l)
{
    return l->pid;
}

void fetch_link_free(struct fetch_link *l)
{
    if (l)
        close(l->fd);
    free(l);
}

int fetch_link_fd(const struct fetch_link *l)
{
    return l->fd;
}

bool fetch_link_begin(struct fetch_link *l, unsigned number, const char *url, const uint8_t *post,
                      size_t len)
{
    static uint8_t ask[FETCH_LINK_BYTES];
    struct wr w = wr_over(ask, sizeof ask);
    size_t n = strlen(url);
    wr_u32(&w, number);
    wr_u8(&w, post != NULL);
    wr_u16(&w, (unsigned)n);
    wr_bytes(&w, (const uint8_t *)url, n);
    wr_bytes(&w, post, len);
    if (w.bad || n > UINT16_MAX || l->count == FETCHES_MAX ||
        !packet_send(l->fd, ask, w.len, NULL, MSG_DONTWAIT))
        return false;
    l->begun[l->count++] = number;
    return true;
}

static bool forget(struct fetch_link *l, unsigned number)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->begun[i] == number) {
            l->begun[i] = l->begun[--l->count];
            return true;
        }
    return false;
}

/* The whole of the file in memory; NULL: it is none, or too long. */
static uint8_t *read_answer(int fd, size_t *len)
{
    struct stat st;
    uint8_t *data = NULL;
    *len = 0;
    if (fstat(fd, &st) == 0 && st.st_size >= 0 && st.st_size <= FETCH_BODY_MAX)
        data = malloc((size_t)st.st_size + 1);
    for (ssize_t n = 1; data && n > 0 && *len<(size_t)st.st_size; *len += n> 0 ? (size_t)n : 0)
        n = pread(fd, data + *len, (size_t)st.st_size - *len, (off_t)*len);
    return data;
}

bool fetch_link_input(struct fetch_link *l, fetch_fn done, void *user)
{
    uint8_t answer[8];
    struct packet_files files;
    size_t len = 0;
    ssize_t n = packet_receive(l->fd, answer, sizeof answer, &files, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return true;
    if (n <= 0) {
        while (l->count)
            done(user, l->begun[--l->count], NULL, 0);
        return false;
    }
    struct rd r = rd_over(answer, (size_t)n);
    unsigned number = rd_u32(&r);
    if (!r.bad && forget(l, number)) {
        uint8_t *data = files.count ? read_answer(files.fd[0], &len) : NULL;
        done(user, number, data, len);
        free(data);
    }
    packet_close(&files);
    return true;
}

void fetch_link_log(struct fetch_link *l, int fd)
{
    const struct packet_files file = {{fd}, 1};
    const uint8_t nothing = 0;
    (void)packet_send(l->fd, &nothing, 1, &file, MSG_DONTWAIT); /* else it writes to the old one */
}
