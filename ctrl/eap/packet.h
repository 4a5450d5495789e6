/* SPDX-License-Identifier: Apache-2.0 */
/* EAP packets (RFC 3748 4): code, identifier, length, type, data. */
#ifndef CTRL_EAP_PACKET_H
#define CTRL_EAP_PACKET_H

#include "ctrl/eap/eap.h"
#include "ctrl/wire/cursor.h"

enum eap_code { EAP_REQUEST = 1, EAP_RESPONSE = 2, EAP_CODE_SUCCESS = 3, EAP_CODE_FAILURE = 4 };
enum eap_type {
    EAP_TYPE_IDENTITY = 1,
    EAP_TYPE_NOTIFICATION = 2,
    EAP_TYPE_NAK = 3,
    EAP_TYPE_MSCHAPV2 = 26,
};

struct eap_packet {
    uint8_t code, id, type; /* type: of requests and responses */
    struct rd data;         /* behind the type */
};

bool eap_read(struct piece in, struct eap_packet *p); /* false: lengths do not add up */
/* A packet in `out`: header, and type unless that is 0; eap_end writes the length. */
struct wr eap_write_begin(uint8_t *out, unsigned code, uint8_t id, unsigned type);
size_t eap_write_end(struct wr *w); /* 0: it did not fit */

#define EAP_NAME 256

enum eap_step {
    EAP_STEP_START,
    EAP_STEP_IDENTITY,  /* asked for it, or told it */
    EAP_STEP_CHALLENGE, /* MS-CHAPv2: sent, or answered */
    EAP_STEP_SUCCESS,   /* the server has shown its proof, or the client has seen it right */
    EAP_STEP_FAILURE,   /* MS-CHAPv2: the password was wrong */
    EAP_STEP_END,
};

struct eap {
    struct signer *signer; /* the caller's */
    bool server, ask;
    enum eap_step step;
    struct config_id id; /* whose secret */
    char name[EAP_NAME]; /* server: ours */
    char who[EAP_NAME];  /* the client's name as EAP has it */
    uint8_t packet_id, chap_id;
    struct mschap chap;
    const char *why;
};

/* server.c, client.c */
enum eap_result eap_server_input(struct eap *e, const struct eap_packet *in, uint8_t *out,
                                 size_t *len);
enum eap_result eap_server_begin(struct eap *e, uint8_t *out, size_t *len);
enum eap_result eap_client_input(struct eap *e, const struct eap_packet *in, uint8_t *out,
                                 size_t *len);

/* mschapv2.c: the method's packets (draft-kamath-pppext-eap-mschapv2 2) */
enum chap_op { CHAP_CHALLENGE = 1, CHAP_RESPONSE = 2, CHAP_SUCCESS = 3, CHAP_FAILURE = 4 };

#define CHAP_RESPONSE_VALUE 49 /* challenge, 8 reserved bytes, response, flags */

struct chap {
    uint8_t op, id;
    struct rd data; /* behind the four bytes; of a bare Success or Failure: empty */
};
bool chap_read(struct rd data, struct chap *c); /* false: lengths do not add up */
size_t chap_write_begin(struct wr *w, unsigned op, uint8_t id);
void chap_write_end(struct wr *w, size_t at);
/* "DOMAIN\user": RFC 2759 8.2 takes what is behind the backslash. */
const char *chap_user(const char *name);
/* The rest of `data` as a name. false: too long, or with a NUL. */
bool chap_name(struct rd *data, char name[EAP_NAME]);

#endif
