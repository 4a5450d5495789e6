/* SPDX-License-Identifier: Apache-2.0 */
/* Cookies (RFC 7296 2.6): who floods us with IKE_SA_INIT must show that it receives our answers,
 * before we keep any state for it. */
#ifndef CTRL_SA_COOKIE_H
#define CTRL_SA_COOKIE_H

#include "ctrl/sa/state.h"

#define COOKIE_LEN 33 /* version of the secret, HMAC-SHA2-256 */

/* The cookie for this request. false: no randomness, or OpenSSL failed. */
bool cookie_make(struct ike_manager *m, struct bytes ni, const struct endpoint *peer,
                 uint64_t spi_i, uint8_t cookie[COOKIE_LEN]);
/* Made by us, for this request, with the present secret or the one before. */
bool cookie_right(struct ike_manager *m, struct bytes ni, const struct endpoint *peer,
                  uint64_t spi_i, struct bytes cookie);

#endif
