/* SPDX-License-Identifier: Apache-2.0 */
/* Putting a message together again from its fragments (RFC 7383 2.6): one at a time and IKE_SA. */
#ifndef CTRL_SA_FRAGMENTS_H
#define CTRL_SA_FRAGMENTS_H

#include "ctrl/sa/state.h"
#include "ctrl/wire/sk.h"

/* An authentic fragment of a message that may come now. true: it was the last one that lacked:
 * *text (IKE_MESSAGE_MAX bytes) is the whole, *len long, its first payload is of type *first. */
bool fragments_take(struct ike_sa *sa, const struct ike_header *h, const struct fragment *f,
                    const uint8_t *part, uint8_t *text, size_t *len, uint8_t *first);
/* Wiped: they were encrypted. */
void fragments_drop(struct ike_sa *sa);

#endif
