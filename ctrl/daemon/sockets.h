/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IKE datagrams on the WAN netdev: UDP 500, and 4500 where the non-ESP marker stands in front
 * (RFC 3948 2.2) and NAT keepalives are seen. The ports' users above see messages only.
 */
#ifndef CTRL_SOCKETS_H
#define CTRL_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctrl/exchange/manager.h"

#define SOCKETS_MAX 4 /* IPv4 and IPv6, 500 and 4500 */

struct sockets {
    struct {
        int fd;
        enum espl_family family;
        uint16_t port;
    } all[SOCKETS_MAX];
    size_t count;
};

/* Binds to `device`. 0, or -1 with a sentence in `why` (256 bytes): port in use, no permission. A
 * host without IPv6 has none of its sockets. */
int sockets_open(struct sockets *s, const char *device, char *why, size_t why_len);
void sockets_close(struct sockets *s);

typedef void (*sockets_fn)(void *user, const struct endpoint *local, const struct endpoint *peer,
                           const uint8_t *data, size_t len);
/* Gives the messages that wait at all[i] to `each`, at most `limit` of them. */
void sockets_input(struct sockets *s, size_t i, unsigned limit, sockets_fn each, void *user);
/* Failures are logged: the network may lose a datagram anyway. */
void sockets_send(struct sockets *s, const struct endpoint *src, const struct endpoint *dst,
                  const uint8_t *data, size_t len);
/* RFC 3948 2.3: one byte ff, so that a NAT in front of this side keeps its mapping. */
void sockets_keepalive(struct sockets *s, const struct endpoint *src, const struct endpoint *dst);

#endif
