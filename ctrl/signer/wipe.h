/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL wipes what it knows to be secret, but not every buffer through which a decoder has passed
 * a private key. In the signer's process all that OpenSSL gives back is wiped.
 */
#ifndef CTRL_SIGNER_WIPE_H
#define CTRL_SIGNER_WIPE_H

#include <stdbool.h>

/* Before OpenSSL's first allocation, so first of all in a program. false: it was too late. */
bool wipe_prepare(void);
/* From now on in this process, and for what was allocated before too. */
void wipe_begin(void);

#endif
