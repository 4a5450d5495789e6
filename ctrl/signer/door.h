/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signer is the door of the control socket: clients come to it, and what they send goes on to
 * the network-facing process with a number in the place of every secret (command.h). For each
 * client there is a socket pair whose other end that process gets; what it answers is passed back
 * unseen. Nothing here waits: a client that does not read, or sends no end, keeps only itself.
 */
#ifndef CTRL_SIGNER_DOOR_H
#define CTRL_SIGNER_DOOR_H

#include <poll.h>

#include "ctrl/signer/held.h"

#define DOOR_CLIENTS 64u
#define DOOR_FDS (2u + 2u * DOOR_CLIENTS)

struct door;

/* link: whence the listening socket comes, and where clients go; the caller's, as `held`. NULL: no
 * memory. */
struct door *door_new(struct held *held, int link);
void door_free(struct door *door); /* NULL is fine */

/* What it waits for: at most DOOR_FDS, how many; and what to do then. `list` is as door_wants has
 * written it, with its answers. */
size_t door_wants(const struct door *door, struct pollfd *list);
void door_run(struct door *door, const struct pollfd *list, int64_t now_ms);

#endif
