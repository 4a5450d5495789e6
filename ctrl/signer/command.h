/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client of the control socket sends, as far as the signer looks at it: is it a command that
 * brings a secret? Then the command goes on without it.
 */
#ifndef CTRL_SIGNER_COMMAND_H
#define CTRL_SIGNER_COMMAND_H

#include "ctrl/signer/held.h"
#include "ctrl/vici/wire.h"

enum command_kind {
    COMMAND_MORE,   /* there is not enough of it to know */
    COMMAND_OPEN,   /* no secret: it goes on as it is */
    COMMAND_SECRET, /* command_hide, when all of it is there */
    COMMAND_BAD,    /* no segment of VICI */
};

/* Of the segment that begins there; *whole: its length with its header, unless COMMAND_MORE. */
enum command_kind command_look(const uint8_t *data, size_t len, size_t *whole);
/* A whole COMMAND_SECRET as the segment that goes on: with a number in the place of `data`, and
 * without what its command does not have. A value that is too long becomes an empty one. false: it
 * is malformed, or there is no room; then *out is freed. */
bool command_hide(struct held *held, unsigned owner, const uint8_t *data, size_t len,
                  struct vici_out *out);

#endif
