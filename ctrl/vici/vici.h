/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket: strongSwan's VICI, so that swanctl and what else speaks it can look at
 * espalierd and tell it what to do. Everything runs in the daemon's loop; nothing blocks.
 */
#ifndef CTRL_VICI_H
#define CTRL_VICI_H

#include <uv.h>

#include "ctrl/exchange/manager.h"

#define VICI_SOCKET "/run/espalier/vici"

struct vici_env {
    void *user;
    struct ike_manager *ike;    /* the caller's */
    void (*settle)(void *user); /* IKE was told something: when does it want its next turn? */
    int (*reload)(void *user, char *why, size_t why_len); /* reload-settings; 0, or -1 */
};

struct vici;

/* Listens at `path` (mode 0600). A socket that is there already is replaced when nobody answers at
 * it. 0, or -1 with `why` = a sentence. */
int vici_open(const char *path, struct vici **vici, char *why, size_t why_len);
/* The listening socket becomes the caller's, for another process; the file stays this one's. */
int vici_hand_over(struct vici *vici);
/* And there: its clients come as packets with one file each, for what they send has no secret in it
 * any more (ctrl/signer/door.h). The caller's. NULL: no memory. */
struct vici *vici_of_door(int door);
/* From now on clients are served; env is copied. 0, or libuv's error. */
int vici_start(struct vici *vici, uv_loop_t *loop, const struct vici_env *env);
/* Every handle begins to close; the loop must run once more. NULL is fine, as below. */
void vici_stop(struct vici *vici);
void vici_free(struct vici *vici); /* the file that vici_open made is removed */

/* For clients that registered for events. */
void vici_event(struct vici *vici, const struct ike_event *event);

#endif
