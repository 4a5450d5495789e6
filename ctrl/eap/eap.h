/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EAP inside IKE_AUTH (RFC 3748, RFC 7296 2.16): one conversation, as server or as client. Packets
 * go in and out as they stand in EAP payloads; what comes out at the end is the MSK.
 */
#ifndef CTRL_EAP_H
#define CTRL_EAP_H

#include "ctrl/signer/signer.h"

#define EAP_PACKET_MAX 600 /* longest sent: a method's header, and two names */

enum eap_result {
    EAP_GOES_ON, /* send what is in `out`, wait for the answer */
    EAP_SUCCESS, /* server: send `out` (EAP-Success); client: nothing is sent; the MSK is there */
    EAP_FAILED,  /* server: send `out` (EAP-Failure), if there is any; nobody is authenticated */
};

struct eap;

/* Server. id: who it is by IKE, and by EAP, too, unless `ask` (EAP-Identity). name: ours, for the
 * client's eyes. NULL: no memory. */
struct eap *eap_server_new(struct signer *signer, const struct config_id *id, bool ask,
                           const char *name);
/* Client: `id` is asked for, and has the secret. */
struct eap *eap_client_new(struct signer *signer, const struct config_id *id);
void eap_free(struct eap *e); /* wiped; NULL is fine */

/* Server: the first request. */
enum eap_result eap_begin(struct eap *e, uint8_t out[EAP_PACKET_MAX], size_t *len);
/* Whatever comes in. */
enum eap_result eap_input(struct eap *e, struct piece in, uint8_t out[EAP_PACKET_MAX], size_t *len);
/* After EAP_SUCCESS: it and nothing else lets AUTH be right. */
struct piece eap_msk(const struct eap *e);
const char *eap_identity(const struct eap *e); /* who is authenticated, for the log */
const char *eap_why(const struct eap *e);      /* after EAP_FAILED */

#endif
