/* SPDX-License-Identifier: Apache-2.0 */
/* Do two connections, or two children, say the same? Then loading one again changes nothing. */
#include <string.h>

#include "ctrl/config/config.h"

static bool ids_equal(const uint16_t *a, size_t a_count, const uint16_t *b, size_t b_count)
{
    return a_count == b_count && memcmp(a, b, a_count * sizeof(*a)) == 0;
}

static bool proposals_equal(const struct config_proposal *a, size_t a_count,
                            const struct config_proposal *b, size_t b_count)
{
    bool same = a_count == b_count;
    for (size_t i = 0; same && i < a_count; i++) {
        same = a[i].encr_count == b[i].encr_count &&
               ids_equal(a[i].prf, a[i].prf_count, b[i].prf, b[i].prf_count) &&
               ids_equal(a[i].integ, a[i].integ_count, b[i].integ, b[i].integ_count) &&
               ids_equal(a[i].ke, a[i].ke_count, b[i].ke, b[i].ke_count) &&
               ids_equal(a[i].esn, a[i].esn_count, b[i].esn, b[i].esn_count);
        for (size_t j = 0; same && j < a[i].encr_count; j++)
            same = a[i].encr[j].id == b[i].encr[j].id &&
                   a[i].encr[j].key_bits == b[i].encr[j].key_bits;
    }
    return same;
}

static bool addr_same(const struct espl_addr *a, const struct espl_addr *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

/* Of a side's selectors only the source counts. */
static bool selectors_equal(const struct espl_selector *a, size_t a_count,
                            const struct espl_selector *b, size_t b_count)
{
    bool same = a_count == b_count;
    for (size_t i = 0; same && i < a_count; i++)
        same = addr_same(&a[i].src.addr, &b[i].src.addr) && a[i].src.len == b[i].src.len &&
               a[i].proto == b[i].proto && a[i].sport.first == b[i].sport.first &&
               a[i].sport.last == b[i].sport.last;
    return same;
}

static bool id_same(const struct config_id *a, const struct config_id *b)
{
    return (a->type == 0 && b->type == 0) || config_id_equal(a, b);
}

static bool text_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool blobs_same(const struct config_blob *a, const struct config_blob *b)
{
    for (; a && b; a = a->next, b = b->next)
        if (a->len != b->len || memcmp(a->data, b->data, a->len) != 0)
            return false;
    return a == b;
}

bool config_auth_equal(const struct config_auth *a, const struct config_auth *b)
{
    return a->kind == b->kind && a->rule.keys == b->rule.keys &&
           a->rule.hashes == b->rule.hashes && a->rule.pss == b->rule.pss &&
           a->rule.rsa_bits == b->rule.rsa_bits && a->rule.ecdsa_bits == b->rule.ecdsa_bits &&
           blobs_same(a->certs, b->certs) && blobs_same(a->cacerts, b->cacerts) &&
           blobs_same(a->pubkeys, b->pubkeys) && a->revocation == b->revocation &&
           text_same(a->eap_id, b->eap_id);
}

bool config_child_equal(const struct config_child *a, const struct config_child *b)
{
    return proposals_equal(a->proposals, a->proposal_count, b->proposals, b->proposal_count) &&
           selectors_equal(a->local_ts, a->local_ts_count, b->local_ts, b->local_ts_count) &&
           selectors_equal(a->remote_ts, a->remote_ts_count, b->remote_ts, b->remote_ts_count) &&
           a->start_action == b->start_action && a->dpd_action == b->dpd_action &&
           a->close_action == b->close_action && a->mode == b->mode &&
           a->rekey_time == b->rekey_time && a->life_time == b->life_time &&
           a->rand_time == b->rand_time && a->replay_window == b->replay_window &&
           a->rekey_bytes == b->rekey_bytes && a->life_bytes == b->life_bytes &&
           a->rand_bytes == b->rand_bytes && a->rekey_packets == b->rekey_packets &&
           a->life_packets == b->life_packets && a->rand_packets == b->rand_packets;
}

static bool addresses_equal(const struct config_conn *a, const struct config_conn *b)
{
    bool same = a->vip_count == b->vip_count && a->pool_count == b->pool_count;
    for (size_t i = 0; same && i < a->vip_count; i++)
        same = addr_same(&a->vips[i], &b->vips[i]);
    for (size_t i = 0; same && i < a->pool_count; i++)
        same = strcmp(a->pools[i], b->pools[i]) == 0;
    return same;
}

bool config_pool_equal(const struct config_pool *a, const struct config_pool *b)
{
    bool same = addr_same(&a->first, &b->first) && a->size == b->size &&
                a->attr_count == b->attr_count;
    for (size_t i = 0; same && i < a->attr_count; i++)
        same = a->attrs[i].type == b->attrs[i].type && a->attrs[i].len == b->attrs[i].len &&
               memcmp(a->attrs[i].data, b->attrs[i].data, a->attrs[i].len) == 0;
    return same;
}

bool config_conn_equal(const struct config_conn *a, const struct config_conn *b)
{
    return addr_same(&a->local_addr, &b->local_addr) &&
           addr_same(&a->remote_addr, &b->remote_addr) && a->local_port == b->local_port &&
           a->remote_port == b->remote_port &&
           proposals_equal(a->proposals, a->proposal_count, b->proposals, b->proposal_count) &&
           config_auth_equal(&a->local, &b->local) &&
           config_auth_equal(&a->remote, &b->remote) && a->send_cert == b->send_cert &&
           a->no_certreq == b->no_certreq && text_same(a->ppk_id, b->ppk_id) &&
           a->ppk_required == b->ppk_required &&
           id_same(&a->local_id, &b->local_id) && id_same(&a->remote_id, &b->remote_id) &&
           a->encap == b->encap && a->dpd_delay == b->dpd_delay && a->rekey_time == b->rekey_time &&
           a->over_time == b->over_time && a->rand_time == b->rand_time &&
           a->reauth_time == b->reauth_time && a->keyingtries == b->keyingtries &&
           a->fragmentation == b->fragmentation && a->childless == b->childless &&
           a->unique == b->unique && a->mobike == b->mobike && addresses_equal(a, b);
}
