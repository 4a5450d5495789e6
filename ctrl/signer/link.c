/* SPDX-License-Identifier: Apache-2.0 */
/* How the signer's process is begun, and how it is asked. See link.h. */
#include "ctrl/signer/link.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "ctrl/log/log.h"
#include "ctrl/privilege/packet.h"

#define FILES_ROOM (4 << 20) /* bytes: thousands of files may wait to be asked for */

/* ---------------------------------------------------------------- the process */

static struct signer *signer_new(void)
{
    struct signer *s = calloc(1, sizeof *s);
    if (s)
        s->fd = s->files = s->door = -1;
    return s;
}

struct signer *signer_here(void)
{
    struct signer *s = signer_new();
    if (s && !(s->vault = vault_new())) {
        free(s);
        return NULL;
    }
    return s;
}

/* The signer's end of each, and who asks has the others. false: errno */
static bool fork_process(struct signer *s)
{
    int *const ours[] = {&s->fd, &s->files, &s->door};
    int ends[3][2] = {{-1, -1}, {-1, -1}, {-1, -1}};
    bool good = true;
    for (size_t i = 0; i < 3 && good; i++)
        good = packet_pair(ends[i]) == 0;
    s->pid = good ? fork() : -1;
    if (s->pid == 0)
        signer_process(ends[0][1], ends[1][1], ends[2][1]);
    int err = errno;
    for (size_t i = 0; i < 3; i++) {
        *ours[i] = ends[i][0];
        if (ends[i][1] >= 0)
            close(ends[i][1]);
    }
    errno = err;
    return s->pid > 0;
}

struct signer *signer_start(void)
{
    const int room = FILES_ROOM;
    struct signer *s = signer_new();
    if (s && fork_process(s)) {
        /* without the privilege there is room for some 200 */
        (void)setsockopt(s->files, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
        return s;
    }
    int err = errno;
    if (s)
        link_close(s);
    free(s);
    errno = err;
    return NULL;
}

int signer_fd(const struct signer *s)
{
    return s->fd;
}

int signer_door(const struct signer *s)
{
    return s->door;
}

void signer_inherit(struct signer *s)
{
    close(s->files); /* only who may open files gives them */
    s->files = -1;
    s->pid = 0;
}

void signer_hand_over(struct signer *s, int *files, int *door)
{
    *files = s ? s->files : -1;
    *door = s ? s->door : -1;
    if (s && s->fd >= 0)
        close(s->fd);
    free(s);
}

bool signer_give_door(int door, int fd)
{
    const uint8_t byte = 0;
    const struct packet_files file = {{fd}, 1};
    return packet_send(door, &byte, sizeof byte, &file, MSG_DONTWAIT);
}

bool signer_give_file(int files, uint32_t ticket, int fd)
{
    uint8_t number[4];
    struct wr w = wr_over(number, sizeof number);
    const struct packet_files file = {{fd}, 1};
    wr_u32(&w, ticket);
    return packet_send(files, number, w.len, &file, MSG_DONTWAIT);
}

pid_t signer_pid(const struct signer *s)
{
    return s->pid;
}

/* ---------------------------------------------------------------- asking */

static bool is_answer(const struct signer *s, size_t len)
{
    struct rd r = rd_over(s->in, len);
    return rd_u32(&r) == s->number && !r.bad;
}

/* Until something can be read; its end, too. Turns are counted, not the clock: while the whole
 * machine stands still, the signer has no time either. */
static bool wait_readable(const struct signer *s, unsigned *turns)
{
    struct pollfd p = {.fd = s->fd, .events = POLLIN};
    while (*turns < SIGNER_TURNS) {
        int rc = poll(&p, 1, SIGNER_TURN_MS);
        if (rc > 0 || (rc < 0 && errno != EINTR))
            return rc > 0;
        *turns += rc == 0;
        if (rc == 0 && *turns == SIGNER_SLOW)
            log_info("the signer is slow, everything waits for its answer");
    }
    return false;
}

/* The daemon's event loop has made the socket one that does not wait. */
static enum signer_err wait_answer(struct signer *s, size_t *answer)
{
    unsigned turns = 0;
    while (wait_readable(s, &turns)) {
        ssize_t n = recv(s->fd, s->in, sizeof s->in, MSG_DONTWAIT);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n <= 0)
            return SIGNER_GONE;
        if (is_answer(s, (size_t)n)) {
            if (turns >= SIGNER_SLOW)
                log_info("the signer answered after %u s", turns * SIGNER_TURN_MS / 1000);
            *answer = (size_t)n;
            return SIGNER_OK;
        }
        OPENSSL_cleanse(s->in, (size_t)n);
    }
    return SIGNER_GONE;
}

enum signer_err link_round(struct signer *s, size_t len, int fd, size_t *answer)
{
    if (s->vault) {
        struct wr w = wr_over(s->in, sizeof s->in);
        vault_answer(s->vault, s->out, len, fd, &w);
        *answer = w.len;
        return is_answer(s, w.len) ? SIGNER_OK : SIGNER_FAILED;
    }
    const struct packet_files file = {{fd}, fd >= 0};
    return packet_send(s->fd, s->out, len, &file, 0) ? wait_answer(s, answer) : SIGNER_GONE;
}

void link_close(struct signer *s)
{
    vault_free(s->vault);
    if (s->fd >= 0)
        close(s->fd);
    if (s->files >= 0)
        close(s->files);
    if (s->door >= 0)
        close(s->door);
    if (s->pid > 0)
        while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
            ;
}
