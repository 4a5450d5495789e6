/* SPDX-License-Identifier: Apache-2.0 */
/* The client's side of EAP: see server.c for the ladder. A Success that comes before the server has
 * shown that it knows the password, too, is a lie (the class of CVE-2021-45079). */
#include <stdio.h>
#include <string.h>

#include "ctrl/eap/packet.h"

static enum eap_result fail(struct eap *e, const char *why)
{
    e->why = why;
    return EAP_FAILED;
}

static enum eap_result done(struct wr *w, size_t *len)
{
    *len = eap_write_end(w);
    return *len ? EAP_GOES_ON : EAP_FAILED;
}

/* EAP has no types of names: the text, as people write it */
static size_t name_of(const struct eap *e, const uint8_t **name)
{
    *name = (const uint8_t *)e->who;
    return strlen(e->who);
}

static enum eap_result tell_identity(struct eap *e, const struct eap_packet *in, uint8_t *out,
                                     size_t *len)
{
    const uint8_t *name;
    size_t n = name_of(e, &name);
    struct wr w = eap_write_begin(out, EAP_RESPONSE, in->id, EAP_TYPE_IDENTITY);
    wr_bytes(&w, name, n);
    return done(&w, len);
}

static enum eap_result answer_challenge(struct eap *e, const struct eap_packet *in, struct chap *c,
                                        uint8_t *out, size_t *len)
{
    static const uint8_t reserved[8] = {0};
    const uint8_t *name;
    size_t n = name_of(e, &name), size = rd_u8(&c->data);
    const uint8_t *server = rd_take(&c->data, MSCHAP_CHALLENGE);
    if (c->data.bad || size != MSCHAP_CHALLENGE)
        return fail(e, "a malformed challenge");
    memcpy(e->chap.server, server, MSCHAP_CHALLENGE);
    (void)snprintf(e->chap.user, sizeof e->chap.user, "%s", chap_user(e->who));
    enum signer_err err = signer_mschap(e->signer, &e->id, &e->chap);
    if (err != SIGNER_OK)
        return fail(e, err == SIGNER_NO_KEY ? "no secret for this identity"
                                            : "MS-CHAPv2 can't be computed (is OpenSSL's legacy "
                                              "provider there?)");
    struct wr w = eap_write_begin(out, EAP_RESPONSE, in->id, EAP_TYPE_MSCHAPV2);
    size_t at = chap_write_begin(&w, CHAP_RESPONSE, c->id);
    wr_u8(&w, CHAP_RESPONSE_VALUE);
    wr_bytes(&w, e->chap.peer, MSCHAP_CHALLENGE);
    wr_bytes(&w, reserved, sizeof reserved);
    wr_bytes(&w, e->chap.response, MSCHAP_RESPONSE);
    wr_u8(&w, 0);
    wr_bytes(&w, name, n);
    chap_write_end(&w, at);
    e->step = EAP_STEP_CHALLENGE;
    return done(&w, len);
}

static int hex(uint8_t c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

/* "S=" and 40 digits, RFC 2759 5 */
static bool proof_right(const struct eap *e, struct rd *data)
{
    uint8_t proof[MSCHAP_PROOF];
    const uint8_t *p = rd_take(data, 2 + 2 * MSCHAP_PROOF);
    if (!p || p[0] != 'S' || p[1] != '=')
        return false;
    for (size_t i = 0; i < MSCHAP_PROOF; i++) {
        int high = hex(p[2 + 2 * i]), low = hex(p[3 + 2 * i]);
        if (high < 0 || low < 0)
            return false;
        proof[i] = (uint8_t)(high << 4 | low);
    }
    return crypto_equal(proof, e->chap.proof, sizeof proof);
}

static enum eap_result bare(const struct eap_packet *in, unsigned op, uint8_t *out, size_t *len)
{
    struct wr w = eap_write_begin(out, EAP_RESPONSE, in->id, EAP_TYPE_MSCHAPV2);
    wr_u8(&w, op);
    return done(&w, len);
}

static enum eap_result method(struct eap *e, const struct eap_packet *in, uint8_t *out, size_t *len)
{
    struct chap c;
    if (!chap_read(in->data, &c))
        return fail(e, "a malformed packet");
    if (c.op == CHAP_CHALLENGE && e->step < EAP_STEP_CHALLENGE)
        return answer_challenge(e, in, &c, out, len);
    if (c.op == CHAP_SUCCESS && e->step == EAP_STEP_CHALLENGE) {
        if (!proof_right(e, &c.data))
            return fail(e, "the server does not know the password");
        e->step = EAP_STEP_SUCCESS;
        return bare(in, CHAP_SUCCESS, out, len);
    }
    if (c.op == CHAP_FAILURE && e->step == EAP_STEP_CHALLENGE) {
        e->step = EAP_STEP_FAILURE; /* what it says may be of any length, and is not read */
        return bare(in, CHAP_FAILURE, out, len);
    }
    return fail(e, "a packet out of order");
}

/* RFC 3748 5.3.1: the only method there is */
static enum eap_result nak(const struct eap_packet *in, uint8_t *out, size_t *len)
{
    struct wr w = eap_write_begin(out, EAP_RESPONSE, in->id, EAP_TYPE_NAK);
    wr_u8(&w, EAP_TYPE_MSCHAPV2);
    return done(&w, len);
}

enum eap_result eap_client_input(struct eap *e, const struct eap_packet *in, uint8_t *out,
                                 size_t *len)
{
    if (in->code == EAP_CODE_SUCCESS)
        return e->step == EAP_STEP_SUCCESS ? EAP_SUCCESS
                                           : fail(e, "a success before it was earned");
    if (in->code != EAP_REQUEST)
        return fail(e, e->step == EAP_STEP_FAILURE ? "the password is wrong" : "refused");
    if (in->type == EAP_TYPE_IDENTITY && e->step == EAP_STEP_START)
        return tell_identity(e, in, out, len);
    if (in->type == EAP_TYPE_NOTIFICATION) {
        struct wr w = eap_write_begin(out, EAP_RESPONSE, in->id, EAP_TYPE_NOTIFICATION);
        return done(&w, len);
    }
    if (in->type == EAP_TYPE_MSCHAPV2)
        return method(e, in, out, len);
    return e->step == EAP_STEP_START ? nak(in, out, len) : fail(e, "another method");
}
