/* SPDX-License-Identifier: Apache-2.0 */
/* The words of `state add` and `state update`, in the grammar of `ip xfrm state`. */
#ifndef ESPALIER_ESPCTL_STATE_WORDS_H
#define ESPALIER_ESPCTL_STATE_WORDS_H

#include "driver/espctl/objects.h"

struct state_args {
    struct espl_sa sa;
    struct selector_args sel;
    struct espl_addr original; /* of the peer, before a NAT (encap) */
    bool src, dst, proto, spi, aead, mode, dir, has_sel;
};

/* All words of the command. 0, or -1 and the error is told. The caller wipes *s. */
int state_words(struct args *args, struct state_args *s);

#endif
