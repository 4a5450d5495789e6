/* SPDX-License-Identifier: Apache-2.0 */
/* MS-CHAPv2 (RFC 2759) and its keys (RFC 3079), with the password at hand: inside the signer. */
#ifndef CTRL_SIGNER_MSCHAP_H
#define CTRL_SIGNER_MSCHAP_H

#include "ctrl/signer/signer.h"

/* Fills in response, proof and msk. false: MD4 or DES is not to be had, or the password is no UTF-8
 * of at most 256 characters (RFC 2759 8.1). */
bool mschap_compute(struct piece password, struct mschap *m);
/* Loads OpenSSL's legacy provider by its full name, once: MD4 and single DES are there. It needs
 * the file system, so the signer calls it before it is confined. false: it is not there. */
bool mschap_ready(void);

#endif
