/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The card's BAR for other processes: driver/bus/sim_proto.h over a SEQPACKET socket, several
 * clients at once. A client can harm only itself: a malformed message is answered with ERROR, one
 * who does not take his answers is dropped, and each gets a bounded share of every turn.
 */
#ifndef SIM_CARD_BAR_SERVER_H
#define SIM_CARD_BAR_SERVER_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BAR_CLIENTS 16u
#define BAR_FDS (BAR_CLIENTS + 1u)

struct bar_ops { /* the register page; false: the card has failed */
    bool (*read)(void *user, uint32_t off, uint32_t *value);
    bool (*write)(void *user, uint32_t off, uint32_t value);
};

struct bar_server {
    int listener;            /* -1: none */
    int client[BAR_CLIENTS]; /* -1: free */
    char path[108];
    const struct bar_ops *ops;
    void *user;
    bool irq;         /* level last told */
    uint64_t refused; /* malformed messages, and clients beyond BAR_CLIENTS */
};

/* A listening socket at `path`, for its owner alone; one left by a dead process is replaced. -1
 * with a sentence. type: SOCK_SEQPACKET or SOCK_STREAM. */
int bar_listen(const char *path, int type, char *why, size_t why_len);

/* Binds `path`, for its owner alone; a socket left by a dead process is replaced. False with a
 * sentence. */
bool bar_server_open(struct bar_server *s, const char *path, const struct bar_ops *ops, void *user,
                     char *why, size_t why_len);
void bar_server_close(struct bar_server *s); /* and removes the socket */

size_t bar_server_fds(const struct bar_server *s, struct pollfd fds[BAR_FDS]);
/* After poll() on those. False: the card has failed. */
bool bar_server_serve(struct bar_server *s, const struct pollfd *fds, size_t n);
/* Tells every client of the interrupt line's rise. */
void bar_server_irq(struct bar_server *s, bool level);

#endif
