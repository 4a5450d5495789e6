/* SPDX-License-Identifier: Apache-2.0 */
/* What IKE_SA_INIT says about IKE_AUTH: hashes for signatures (RFC 7427 4), certificates asked for
 * (RFC 7296 3.7), PPK (RFC 8784). */
#include <string.h>

#include "ctrl/exchange/exchange.h"
#include "ctrl/exchange/proof.h"
#include "ctrl/trust/trust.h"

static void write_cas(const struct ike_sa *sa, struct chain *c)
{
    uint8_t cas[AUTH_CAS][SIGN_KEYID_LEN];
    size_t count = trust_cas(sa->m->trust, cas, AUTH_CAS);
    if (count == 0)
        return;
    size_t at = chain_open(c, PAYLOAD_CERTREQ);
    wr_u8(&c->w, CERT_X509_SIGNATURE);
    wr_bytes(&c->w, cas[0], count * SIGN_KEYID_LEN);
    chain_close(c, at);
}

static bool wants_certs(const struct config_conn *conn)
{
    return conn->remote.kind == CONFIG_AUTH_PUBKEY && !conn->no_certreq;
}

static bool has_ppk(const struct config_conn *conn)
{
    return conn->ppk_id != NULL;
}

/* Which connection it is the responder learns in IKE_AUTH only: any between these addresses may be
 * it. */
static bool any_fits(const struct ike_sa *sa, bool (*test)(const struct config_conn *conn))
{
    for (const struct config_conn *conn = sa->m->config->conns; conn; conn = conn->next)
        if (!conn->retired && test(conn) && conn_fits(conn, &sa->local, &sa->peer))
            return true;
    return false;
}

void certreq_write(const struct ike_sa *sa, struct chain *c)
{
    if (wants_certs(sa->conn))
        write_cas(sa, c);
}

static void write_hashes(struct chain *c)
{
    uint8_t list[2 * 8];
    struct wr w = wr_over(list, sizeof list);
    for (unsigned h = SIGN_SHA256; h <= SIGN_IDENTITY; h++)
        wr_u16(&w, h);
    notify_write(c, SIGNATURE_HASH_ALGORITHMS, (struct bytes){list, w.len});
}

bool hello_write(struct ike_sa *sa, bool response, struct chain *c)
{
    const struct auth_state *a = auth_state(sa);
    if (!a)
        return false;
    /* RFC 7427 4: the responder answers only who has sent it */
    if (!response || a->peer_hashes)
        write_hashes(c);
    if (response ? a->peer_ppk && any_fits(sa, has_ppk) : has_ppk(sa->conn))
        notify_write(c, USE_PPK, (struct bytes){0});
    if (response && any_fits(sa, wants_certs))
        write_cas(sa, c);
    return true;
}

static void read_hashes(struct auth_state *a, struct bytes list)
{
    struct rd r = rd_over(list.p, list.n);
    while (rd_left(&r) >= 2) {
        unsigned h = rd_u16(&r);
        if (h < 16)
            a->peer_hashes |= SIGN_HASH_BIT(h);
    }
}

static void read_certreq(struct auth_state *a, const struct payload *p)
{
    struct rd r = rd_over(p->body, p->len);
    if (rd_u8(&r) != CERT_X509_SIGNATURE || r.bad)
        return;
    a->cert_asked = true;
    while (rd_left(&r) >= SIGN_KEYID_LEN && a->cas_count < AUTH_CAS)
        memcpy(a->cas[a->cas_count++], rd_take(&r, SIGN_KEYID_LEN), SIGN_KEYID_LEN);
}

bool certreq_read(struct ike_sa *sa, const struct message *msg)
{
    struct auth_state *a = auth_state(sa);
    for (size_t i = 0; a && i < msg->count; i++)
        if (msg->payloads[i].type == PAYLOAD_CERTREQ)
            read_certreq(a, &msg->payloads[i]);
    return a != NULL;
}

bool hello_read(struct ike_sa *sa, const struct message *msg)
{
    struct auth_state *a = auth_state(sa);
    struct notify n;
    if (!a)
        return false;
    if (notify_find(msg, SIGNATURE_HASH_ALGORITHMS, &n))
        read_hashes(a, n.data);
    a->peer_ppk |= notify_find(msg, USE_PPK, &n);
    return certreq_read(sa, msg);
}
