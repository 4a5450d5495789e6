/* SPDX-License-Identifier: Apache-2.0 */
/* An EAP conversation from its beginning to its key. See eap.h. */
#include "ctrl/eap/eap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "ctrl/eap/packet.h"

/* ---------------------------------------------------------------- packets */

bool eap_read(struct piece in, struct eap_packet *p)
{
    struct rd r = rd_over(in.p, in.n);
    *p = (struct eap_packet){.code = rd_u8(&r)};
    p->id = rd_u8(&r);
    size_t len = rd_u16(&r);
    bool typed = p->code == EAP_REQUEST || p->code == EAP_RESPONSE;
    if (r.bad || len != in.n || (!typed && len != 4))
        return false;
    if (typed)
        p->type = rd_u8(&r);
    p->data = rd_sub(&r, rd_left(&r));
    return !r.bad;
}

struct wr eap_write_begin(uint8_t *out, unsigned code, uint8_t id, unsigned type)
{
    struct wr w = wr_over(out, EAP_PACKET_MAX);
    wr_u8(&w, code);
    wr_u8(&w, id);
    wr_u16(&w, 0);
    if (type)
        wr_u8(&w, type);
    return w;
}

size_t eap_write_end(struct wr *w)
{
    wr_patch_u16(w, 2, w->len);
    return w->bad ? 0 : w->len;
}

/* ---------------------------------------------------------------- the conversation */

static struct eap *eap_new(struct signer *signer, const struct config_id *id)
{
    struct eap *e = calloc(1, sizeof *e);
    if (!e)
        return NULL;
    e->signer = signer;
    e->id = *id;
    e->why = "";
    (void)snprintf(e->who, sizeof e->who, "%.255s", id->text);
    return e;
}

struct eap *eap_server_new(struct signer *signer, const struct config_id *id, bool ask,
                           const char *name)
{
    struct eap *e = eap_new(signer, id);
    if (!e)
        return NULL;
    e->server = true;
    e->ask = ask;
    (void)snprintf(e->name, sizeof e->name, "%.255s", name);
    if (!random_bytes(&e->packet_id, 1) || !random_bytes(&e->chap_id, 1) ||
        !random_bytes(e->chap.server, sizeof e->chap.server)) {
        eap_free(e);
        return NULL;
    }
    return e;
}

struct eap *eap_client_new(struct signer *signer, const struct config_id *id)
{
    struct eap *e = eap_new(signer, id);
    if (e && !random_bytes(e->chap.peer, sizeof e->chap.peer)) {
        eap_free(e);
        return NULL;
    }
    return e;
}

void eap_free(struct eap *e)
{
    if (!e)
        return;
    OPENSSL_cleanse(e, sizeof *e);
    free(e);
}

enum eap_result eap_begin(struct eap *e, uint8_t out[EAP_PACKET_MAX], size_t *len)
{
    *len = 0;
    return eap_server_begin(e, out, len);
}

enum eap_result eap_input(struct eap *e, struct piece in, uint8_t out[EAP_PACKET_MAX], size_t *len)
{
    struct eap_packet p;
    *len = 0;
    if (e->step == EAP_STEP_END || !eap_read(in, &p)) {
        e->why = "a malformed packet";
        e->step = EAP_STEP_END;
        return EAP_FAILED;
    }
    enum eap_result r =
        e->server ? eap_server_input(e, &p, out, len) : eap_client_input(e, &p, out, len);
    if (r != EAP_GOES_ON)
        e->step = EAP_STEP_END;
    return r;
}

struct piece eap_msk(const struct eap *e)
{
    return (struct piece){e->chap.msk, sizeof e->chap.msk};
}

const char *eap_identity(const struct eap *e)
{
    return e->who;
}

const char *eap_why(const struct eap *e)
{
    return e->why;
}
