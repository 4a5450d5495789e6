/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's side of EAP: Identity, if it is asked for, then MS-CHAPv2.
 *
 *   server                                        client
 *   Request/Identity                         -->
 *                                            <--  Response/Identity
 *   Request/MSCHAPv2 Challenge               -->
 *                                            <--  Response: both challenges hashed with the
 * password Request: Success, "S=" proof of the same -->
 *                                            <--  Response: Success
 *   Success                                  -->
 */
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "ctrl/eap/packet.h"

static enum eap_result fail(struct eap *e, const char *why, uint8_t *out, size_t *len)
{
    struct wr w = eap_write_begin(out, EAP_CODE_FAILURE, e->packet_id, 0);
    e->why = why;
    *len = eap_write_end(&w);
    return EAP_FAILED;
}

static enum eap_result challenge(struct eap *e, uint8_t *out, size_t *len)
{
    struct wr w = eap_write_begin(out, EAP_REQUEST, ++e->packet_id, EAP_TYPE_MSCHAPV2);
    size_t at = chap_write_begin(&w, CHAP_CHALLENGE, e->chap_id);
    wr_u8(&w, MSCHAP_CHALLENGE);
    wr_bytes(&w, e->chap.server, MSCHAP_CHALLENGE);
    wr_bytes(&w, (const uint8_t *)e->name, strlen(e->name));
    chap_write_end(&w, at);
    *len = eap_write_end(&w);
    e->step = EAP_STEP_CHALLENGE;
    return *len ? EAP_GOES_ON : EAP_FAILED;
}

enum eap_result eap_server_begin(struct eap *e, uint8_t *out, size_t *len)
{
    if (!e->ask)
        return challenge(e, out, len);
    struct wr w = eap_write_begin(out, EAP_REQUEST, e->packet_id, EAP_TYPE_IDENTITY);
    *len = eap_write_end(&w);
    e->step = EAP_STEP_IDENTITY;
    return EAP_GOES_ON;
}

static enum eap_result identity(struct eap *e, const struct eap_packet *in, uint8_t *out,
                                size_t *len)
{
    struct rd data = in->data;
    if (!chap_name(&data, e->who) || !*e->who || !config_id_parse(chap_user(e->who), &e->id))
        return fail(e, "an identity that can't be read", out, len);
    return challenge(e, out, len);
}

/* A wrong password, or one for somebody unknown: both look the same. */
static enum eap_result refuse(struct eap *e, uint8_t *out, size_t *len)
{
    char text[] = "E=691 R=0 C=00000000000000000000000000000000 V=3 M=Authentication failed";
    struct wr w = eap_write_begin(out, EAP_REQUEST, ++e->packet_id, EAP_TYPE_MSCHAPV2);
    size_t at = chap_write_begin(&w, CHAP_FAILURE, e->chap_id);
    wr_bytes(&w, (const uint8_t *)text, sizeof text - 1);
    chap_write_end(&w, at);
    *len = eap_write_end(&w);
    e->step = EAP_STEP_FAILURE;
    e->why = "wrong password, or nobody of that name";
    return EAP_GOES_ON;
}

static enum eap_result prove(struct eap *e, uint8_t *out, size_t *len)
{
    char text[2 + 2 * MSCHAP_PROOF + 1] = "S=";
    for (size_t i = 0; i < MSCHAP_PROOF; i++)
        (void)snprintf(text + 2 + 2 * i, 3, "%02X", e->chap.proof[i]);
    struct wr w = eap_write_begin(out, EAP_REQUEST, ++e->packet_id, EAP_TYPE_MSCHAPV2);
    size_t at = chap_write_begin(&w, CHAP_SUCCESS, e->chap_id);
    wr_bytes(&w, (const uint8_t *)text, sizeof text - 1);
    wr_bytes(&w, (const uint8_t *)" M=OK", 5);
    chap_write_end(&w, at);
    *len = eap_write_end(&w);
    e->step = EAP_STEP_SUCCESS;
    return EAP_GOES_ON;
}

static enum eap_result response(struct eap *e, struct chap *c, uint8_t *out, size_t *len)
{
    uint8_t theirs[MSCHAP_RESPONSE];
    char name[EAP_NAME];
    if (c->op != CHAP_RESPONSE || rd_u8(&c->data) != CHAP_RESPONSE_VALUE)
        return fail(e, "no MS-CHAPv2 response", out, len);
    const uint8_t *peer = rd_take(&c->data, MSCHAP_CHALLENGE);
    rd_take(&c->data, 8);
    const uint8_t *nt = rd_take(&c->data, MSCHAP_RESPONSE);
    rd_u8(&c->data);
    if (c->data.bad || !chap_name(&c->data, name))
        return fail(e, "a malformed MS-CHAPv2 response", out, len);
    /* the one whose password it is must be the one who said so before */
    if (strcasecmp(chap_user(name), chap_user(e->who)) != 0)
        return refuse(e, out, len);
    memcpy(e->chap.peer, peer, MSCHAP_CHALLENGE);
    memcpy(theirs, nt, MSCHAP_RESPONSE);
    (void)snprintf(e->chap.user, sizeof e->chap.user, "%s", chap_user(name));
    enum signer_err err = signer_mschap(e->signer, &e->id, &e->chap);
    if (err != SIGNER_OK && err != SIGNER_NO_KEY)
        return fail(e, "MS-CHAPv2 can't be computed (is OpenSSL's legacy provider there?)", out,
                    len);
    bool right = err == SIGNER_OK && crypto_equal(e->chap.response, theirs, sizeof theirs);
    return right ? prove(e, out, len) : refuse(e, out, len);
}

enum eap_result eap_server_input(struct eap *e, const struct eap_packet *in, uint8_t *out,
                                 size_t *len)
{
    struct chap c;
    if (in->code != EAP_RESPONSE || in->id != e->packet_id)
        return fail(e, "a response to nothing", out, len);
    if (in->type == EAP_TYPE_NAK)
        return fail(e, "the client does not want MS-CHAPv2", out, len);
    if (e->step == EAP_STEP_IDENTITY && in->type == EAP_TYPE_IDENTITY)
        return identity(e, in, out, len);
    if (in->type != EAP_TYPE_MSCHAPV2 || !chap_read(in->data, &c))
        return fail(e, "a packet of another method, or malformed", out, len);
    if (e->step == EAP_STEP_CHALLENGE)
        return response(e, &c, out, len);
    if (e->step != EAP_STEP_SUCCESS || c.op != CHAP_SUCCESS)
        return fail(e, e->step == EAP_STEP_FAILURE ? e->why : "no success", out, len);
    struct wr w = eap_write_begin(out, EAP_CODE_SUCCESS, e->packet_id, 0);
    *len = eap_write_end(&w);
    return EAP_SUCCESS;
}
