/* SPDX-License-Identifier: Apache-2.0 */
/* The signer's process from its fork to its end: questions first, then the door. */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "ctrl/privilege/packet.h"
#include "ctrl/signer/door.h"
#include "ctrl/signer/link.h"
#include "ctrl/signer/vault.h"
#include "ctrl/signer/wipe.h"

static int64_t clock_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* One question. false: nobody asks any more. *status: how to end then. */
static bool answer(struct vault *v, int fd, int *status)
{
    static uint8_t in[SIGNER_MESSAGE], out[SIGNER_ANSWER];
    struct packet_files files;
    struct wr w = wr_over(out, sizeof out);
    ssize_t n = packet_receive(fd, in, sizeof in, &files, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return true;
    *status = n == 0 ? 0 : 1;
    if (n <= 0)
        return false;
    vault_answer(v, in, (size_t)n, files.count == 1 ? files.fd[0] : -1, &w);
    packet_close(&files);
    bool sent = packet_send(fd, out, w.len, NULL, 0);
    OPENSSL_cleanse(in, (size_t)n);
    OPENSSL_cleanse(out, w.len);
    return sent;
}

static int serve(struct vault *v, struct door *d, int fd)
{
    struct pollfd list[1 + DOOR_FDS];
    int status = 1;
    for (;;) {
        list[0] = (struct pollfd){.fd = fd, .events = POLLIN};
        size_t n = 1 + door_wants(d, list + 1);
        int64_t patience = v->held.leaving ? held_patience(&v->held, clock_ms()) : -1;
        int ready = poll(list, n, (int)patience);
        if (ready < 0 && errno != EINTR)
            return status;
        if (ready > 0 && list[0].revents && !answer(v, fd, &status))
            return status;
        if (ready > !!list[0].revents)
            door_run(d, list + 1, clock_ms());
        if (v->held.leaving)
            held_expire(&v->held, clock_ms());
    }
}

/* Until the network-facing process closes its end, by its will or by dying. */
void signer_process(int fd, int files, int link)
{
    wipe_begin();
    struct vault *v = vault_new();
    struct door *d = v ? door_new(&v->held, link) : NULL;
    int status = 1;
    if (d) {
        vault_take_files(v, files);
        if (signer_confine(fd, files, link) == 0)
            status = serve(v, d, fd);
    }
    door_free(d);
    vault_free(v);
    _exit(status);
}
