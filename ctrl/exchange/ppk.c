/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Postquantum pre-shared keys (RFC 8784): whoever breaks the key exchange one day still lacks the
 * PPK.
 *
 *   IKE_SA_INIT  .. N(USE_PPK)                  -->
 *                                               <--  .. N(USE_PPK)
 *   IKE_AUTH     .. AUTH, N(PPK_IDENTITY) [, N(NO_PPK_AUTH)]  -->
 *                                               <--  .. AUTH, N(PPK_IDENTITY)
 */
#include <string.h>

#include "ctrl/exchange/proof.h"
#include "ctrl/log/log.h"
#include "ctrl/signer/signer.h"

#define PPK_ID_FIXED 2 /* RFC 8784 5.1.1 */

static enum signer_err mix(struct ike_sa *sa, const char *name)
{
    struct auth_state *a = sa->auth;
    a->plain_d = sa->keys.d;
    a->plain_pi = sa->keys.pi;
    a->plain_pr = sa->keys.pr;
    enum signer_err err =
        signer_ppk(sa->m->env.signer, name, sa->suite.prf, &sa->keys.d, &sa->keys.pi, &sa->keys.pr);
    a->ppk_used = true;
    if (err != SIGNER_OK)
        ppk_undo(sa);
    return err;
}

void ppk_undo(struct ike_sa *sa)
{
    struct auth_state *a = sa->auth;
    if (!a || !a->ppk_used)
        return;
    sa->keys.d = a->plain_d;
    sa->keys.pi = a->plain_pi;
    sa->keys.pr = a->plain_pr;
    a->ppk_used = false;
}

static void write_identity(const char *name, struct chain *c)
{
    uint8_t data[1 + 255] = {PPK_ID_FIXED};
    size_t len = strlen(name) < 255 ? strlen(name) : 255;
    memcpy(data + 1, name, len);
    notify_write(c, PPK_IDENTITY, (struct bytes){data, 1 + len});
}

/* AUTH as it would be without the PPK: its data go into NO_PPK_AUTH (RFC 8784 3). */
static bool write_plain_auth(struct ike_sa *sa, const struct config_id *peer, struct chain *c)
{
    uint8_t buf[SIGN_MAX + 64];
    struct chain one;
    chain_begin(&one, buf, sizeof buf);
    if (!proof_write(sa, peer, &one) || one.w.bad)
        return false;
    const size_t header = IKE_PAYLOAD_HEADER_LEN + 4;
    notify_write(c, NO_PPK_AUTH, (struct bytes){buf + header, one.w.len - header});
    return true;
}

bool ppk_offer(struct ike_sa *sa, const struct config_id *peer, struct chain *c)
{
    const struct config_conn *conn = sa->conn;
    struct auth_state *a = auth_state(sa);
    if (!conn->ppk_id)
        return true;
    if (!a || !a->peer_ppk) {
        if (conn->ppk_required)
            log_info("%s[%u]: the peer knows no PPK", conn->name, sa->number);
        return a && !conn->ppk_required;
    }
    if (!conn->ppk_required && !write_plain_auth(sa, peer, c))
        return false;
    enum signer_err err = mix(sa, conn->ppk_id);
    if (err != SIGNER_OK) {
        log_info("%s[%u]: PPK %s: %s", conn->name, sa->number, conn->ppk_id, signer_err_text(err));
        return false;
    }
    write_identity(conn->ppk_id, c);
    return true;
}

bool ppk_answered(struct ike_sa *sa, const struct message *msg)
{
    struct notify n;
    if (!sa->auth || !sa->auth->ppk_used || notify_find(msg, PPK_IDENTITY, &n))
        return true;
    ppk_undo(sa);
    return !sa->conn->ppk_required;
}

bool ppk_take(struct ike_sa *sa, const struct config_conn *conn, const struct message *msg,
              struct auth *auth)
{
    struct notify n;
    bool named = notify_find(msg, PPK_IDENTITY, &n);
    ppk_undo(sa);
    if (!named)
        return !conn->ppk_required;
    bool ours = auth_state(sa) && conn->ppk_id && n.data.n == strlen(conn->ppk_id) + 1 &&
                n.data.p[0] == PPK_ID_FIXED &&
                memcmp(n.data.p + 1, conn->ppk_id, n.data.n - 1) == 0;
    if (ours && mix(sa, conn->ppk_id) == SIGNER_OK)
        return true;
    if (conn->ppk_required || !notify_find(msg, NO_PPK_AUTH, &n) || n.data.n == 0)
        return false;
    auth->data = n.data;
    return true;
}

/* RFC 8784 3: its being there says that the PPK was used; there is nothing in it */
void ppk_confirm(const struct ike_sa *sa, struct chain *c)
{
    if (sa->auth && sa->auth->ppk_used)
        notify_write(c, PPK_IDENTITY, (struct bytes){0});
}
