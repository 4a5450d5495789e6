/* SPDX-License-Identifier: Apache-2.0 */
/* The way from the daemon to its signer: a socket and a process, or a call. */
#ifndef CTRL_SIGNER_LINK_H
#define CTRL_SIGNER_LINK_H

#include "ctrl/signer/wire.h"

#define SIGNER_ANSWER (16u * 1024)
#define SIGNER_LOT_ROOM (64u * 1024) /* bytes of questions that go out together */

struct signer {
    int fd;              /* -1: in this process */
    pid_t pid;           /* 0: in this process, or another's child */
    int files;           /* signer_give_file; -1: in this process, or another's */
    int door;            /* signer_door; -1: in this process */
    struct vault *vault; /* owned; in this process only */
    bool gone;
    uint32_t number;         /* of the last question */
    struct signer_key *keys; /* owned */
    uint8_t out[SIGNER_MESSAGE], in[SIGNER_ANSWER];
    struct {         /* signer_lot_add: questions that go out together */
        struct wr w; /* over data */
        size_t count;
        struct signer_lot_form {
            uint8_t macs, len;
        } forms[SIGNER_LOT]; /* what each answer must be: so many MACs, so long */
        uint8_t data[SIGNER_LOT_ROOM];
    } lot;
};

/* Sends s->out, reads the answer with its number into s->in. */
SIGNER_MUST enum signer_err link_round(struct signer *s, size_t len, int fd, size_t *answer);
/* ASK_TEXT: one part, which stands until the next question. ticket 0: of the same text. */
SIGNER_MUST enum signer_err link_text(struct signer *s, uint32_t ticket, const char *name,
                                      unsigned *what, struct piece *part);
void link_close(struct signer *s);

#endif
