/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moving an IKE_SA (RFC 4555 3.5). See mobike.h.
 *
 *   who set it up, from its new address                the other
 *   HDR, SK {N(UPDATE_SA_ADDRESSES),
 *            N(NAT_DETECTION_*), N(COOKIE2), ..}  -->  from now on it sends to there
 *                                                 <--  HDR, SK {N(NAT_DETECTION_*), N(COOKIE2)}
 *                                                 <--  HDR, SK {N(COOKIE2)}        is it so? (3.7)
 *   HDR, SK {N(COOKIE2)}                          -->
 *
 * A NAT in front of who set it up may forget and choose another port: it asks, when it asks whether the
 * peer is there, where the peer sees it, and when that changed it moves to where it is (3.8).
 *
 * A request that was in flight goes on from the new address first (3.5), and the answer to one goes
 * where it came from.
 */
#include "ctrl/exchange/mobike.h"

#include <string.h>

#include "ctrl/exchange/exchange.h"
#include "ctrl/log/log.h"
#include "ctrl/sa/ike_sa.h"
#include "ctrl/sa/nat.h"
#include "ctrl/sa/text.h"
#include "ctrl/sa/window.h"

#define COOKIE2_LEN 16u
#define COOKIE2_MIN 8u /* RFC 4555 4.2.5: 8 to 64 */
#define COOKIE2_MAX 64u
#define ADDRESSES 8u /* of our own that are looked at */

/* ---------------------------------------------------------------- addresses, told and heard */

/* Ours but the one that this is spoken from; when there are none, that is said too (3.6). */
static void write_addresses(const struct ike_sa *sa, struct chain *c)
{
    struct espl_addr own[ADDRESSES];
    struct ike_manager *m = sa->m;
    size_t n = m->env.addresses ? m->env.addresses(m->env.user, own, ADDRESSES) : 0, told = 0;
    for (size_t i = 0; i < n; i++) {
        if (addr_equal(&own[i], &sa->local.addr) || !addr_is_any(&sa->conn->local_addr))
            continue;
        notify_write(c,
                     own[i].family == ESPL_IPV6 ? ADDITIONAL_IP6_ADDRESS : ADDITIONAL_IP4_ADDRESS,
                     (struct bytes){own[i].bytes, addr_len(&own[i])});
        told++;
    }
    if (!told)
        notify_write(c, NO_ADDITIONAL_ADDRESSES, (struct bytes){0});
}

/* A message that has one of these notifies has all of them (3.6). */
static void read_addresses(struct ike_sa *sa, const struct message *msg)
{
    size_t count = 0;
    bool said = false;
    for (size_t i = 0; i < msg->count; i++) {
        struct notify n;
        if (msg->payloads[i].type != PAYLOAD_NOTIFY ||
            notify_parse(&msg->payloads[i], &n) != WIRE_OK)
            continue;
        bool v4 = n.type == ADDITIONAL_IP4_ADDRESS && n.data.n == 4;
        bool v6 = n.type == ADDITIONAL_IP6_ADDRESS && n.data.n == 16;
        said = said || v4 || v6 || n.type == NO_ADDITIONAL_ADDRESSES;
        if ((!v4 && !v6) || count == MOBIKE_ADDRS)
            continue;
        sa->peer_addrs[count] = (struct espl_addr){.family = v4 ? ESPL_IPV4 : ESPL_IPV6};
        memcpy(sa->peer_addrs[count++].bytes, n.data.p, n.data.n);
    }
    if (said)
        sa->peer_addr_count = count;
}

void mobike_offer(const struct ike_sa *sa, struct chain *c)
{
    if (!sa->conn->mobike || !sa->nat_seen)
        return;
    notify_write(c, MOBIKE_SUPPORTED, (struct bytes){0});
    write_addresses(sa, c);
}

void mobike_read(struct ike_sa *sa, const struct message *msg)
{
    struct notify n;
    sa->mobike = sa->conn->mobike && sa->nat_seen && notify_find(msg, MOBIKE_SUPPORTED, &n);
    if (sa->mobike)
        read_addresses(sa, msg);
}

/* ---------------------------------------------------------------- the one who decides */

/* From now on: what is in flight goes out from there at once, then the peer is told. */
static void move_to(struct ike_sa *sa, const struct espl_addr *local, const struct espl_addr *peer)
{
    const struct task t = {.kind = TASK_MOVE, .spi = ++sa->moves};
    sa->local.addr = *local;
    sa->peer.addr = *peer;
    if (sa->local.port == IKE_PORT)
        sa->local.port = sa->peer.port = IKE_NAT_PORT;
    log_info("%s[%u]: moves to %s, peer %s", sa->conn->name, sa->number,
             endpoint_text(&sa->local).s, endpoint_text(&sa->peer).s);
    if (sa->pending.packet)
        window_send(sa, sa->pending.packet, sa->pending.len);
    if (!task_add(sa, &t, true))
        log_info("%s[%u]: no memory to tell it", sa->conn->name, sa->number);
}

/* Is there a way to that address, and from where? */
static bool path_to(const struct ike_sa *sa, const struct espl_addr *peer, struct espl_addr *local)
{
    const struct ike_manager *m = sa->m;
    return m->env.source && m->env.source(m->env.user, peer, local) &&
           local->family == peer->family;
}

static bool may_move(const struct ike_sa *sa)
{
    return sa->mobike && sa->origin && sa->state == IKE_UP && !sa->moved;
}

/* What the other side decides needs to know where else this one is. */
static void tell_addresses(struct ike_sa *sa)
{
    const struct task t = {.kind = TASK_ADDRESSES};
    if (sa->mobike && sa->state == IKE_UP && !sa->moved && !task_add(sa, &t, false))
        log_info("%s[%u]: no memory to tell addresses", sa->conn->name, sa->number);
}

void mobike_look(struct ike_sa *sa, bool addresses)
{
    struct espl_addr local;
    if (!may_move(sa) || !addr_is_any(&sa->conn->local_addr)) {
        if (!sa->origin && addresses && addr_is_any(&sa->conn->local_addr))
            tell_addresses(sa);
        return;
    }
    if (path_to(sa, &sa->peer.addr, &local)) {
        if (!addr_equal(&local, &sa->local.addr))
            move_to(sa, &local, &sa->peer.addr);
        return;
    }
    for (size_t i = 0; i < sa->peer_addr_count; i++) {
        struct espl_addr peer = sa->peer_addrs[i];
        if (!path_to(sa, &peer, &local))
            continue;
        sa->peer_addrs[i] = sa->peer.addr;
        move_to(sa, &local, &peer);
        return;
    }
}

void mobike_try_next(struct ike_sa *sa)
{
    struct espl_addr local, peer = sa->peer_addrs[0];
    if (!may_move(sa) || sa->peer_addr_count == 0)
        return;
    memmove(sa->peer_addrs, sa->peer_addrs + 1, (sa->peer_addr_count - 1) * sizeof *sa->peer_addrs);
    sa->peer_addrs[sa->peer_addr_count - 1] = sa->peer.addr;
    if (path_to(sa, &peer, &local))
        move_to(sa, &local, &peer);
}

/* ---------------------------------------------------------------- INFORMATIONAL */

static bool write_cookie2(struct ike_sa *sa, struct chain *c)
{
    sa->pending.ni.len = COOKIE2_LEN; /* INFORMATIONAL has no nonce */
    if (!random_bytes(sa->pending.ni.data, COOKIE2_LEN))
        return false;
    notify_write(c, COOKIE2, (struct bytes){sa->pending.ni.data, COOKIE2_LEN});
    return true;
}

bool mobike_unmapped(const struct ike_sa *sa)
{
    return sa->nat_local && !sa->map_asked && may_move(sa);
}

bool mobike_start(struct ike_sa *sa, struct chain *c)
{
    switch (sa->pending.task.kind) {
    case TASK_DPD:
        if (!sa->nat_local || !may_move(sa))
            return true;
        sa->map_asked = true;
        return nat_write(c, sa, &sa->local, &sa->peer);
    case TASK_MOVE:
        notify_write(c, UPDATE_SA_ADDRESSES, (struct bytes){0});
        if (!nat_write(c, sa, &sa->local, &sa->peer) || !write_cookie2(sa, c))
            return false;
        write_addresses(sa, c);
        return true;
    case TASK_PROBE:
        return write_cookie2(sa, c);
    default:
        write_addresses(sa, c);
        return true;
    }
}

static bool cookie2_right(const struct message *msg, const struct nonce *sent)
{
    struct notify n;
    return notify_find(msg, COOKIE2, &n) && n.data.n == sent->len &&
           crypto_equal(n.data.p, sent->data, sent->len);
}

/* RFC 4555 3.8: a NAT that maps this side to another place than before; the peer is to follow. */
static void look_at_nat(struct ike_sa *sa, const struct message *msg)
{
    const struct task t = {.kind = TASK_MOVE, .spi = sa->moves + 1};
    if (!may_move(sa) || !nat_remapped(sa, msg))
        return;
    sa->moves++;
    log_info("%s[%u]: the NAT maps it to another port or address", sa->conn->name, sa->number);
    if (!task_add(sa, &t, true))
        log_info("%s[%u]: no memory to tell it", sa->conn->name, sa->number);
}

/* The pending request is still there: its cookie is needed. */
void mobike_response(struct ike_sa *sa, const struct task *task, const struct message *msg)
{
    struct notify n;
    if (task->kind == TASK_ADDRESSES)
        return;
    if (task->kind == TASK_DPD) {
        look_at_nat(sa, msg);
        return;
    }
    if (!cookie2_right(msg, &sa->pending.ni)) { /* RFC 4555 3.7 */
        log_peer("%s[%u]: the peer does not show that it is where it says", sa->conn->name,
                 sa->number);
        delete_ike(sa);
        return;
    }
    if (task->kind != TASK_MOVE || task->spi != sa->moves)
        return; /* it moved once more since */
    unsigned error = notify_error(msg, &n);
    if (error != NOTIFY_NONE) {
        log_peer("%s[%u]: the peer does not follow: %s", sa->conn->name, sa->number,
                 notify_name(error));
        delete_ike(sa);
        return;
    }
    nat_judge(sa, msg);
    (void)nat_remapped(sa, msg);
    ike_sa_moved(sa);
}

bool mobike_unexpected_nat(const struct message *msg, const struct endpoint *local,
                           const struct endpoint *peer)
{
    uint8_t right[36];
    struct notify n;
    struct wr w = wr_over(right, sizeof right);
    wr_bytes(&w, peer->addr.bytes, addr_len(&peer->addr));
    wr_bytes(&w, local->addr.bytes, addr_len(&local->addr));
    wr_u16(&w, peer->port);
    wr_u16(&w, local->port);
    return notify_find(msg, NO_NATS_ALLOWED, &n) &&
           (n.data.n != w.len || memcmp(n.data.p, right, w.len) != 0);
}

/* The peer moved: follow it, and ask whether it is there. */
static void follow(struct ike_sa *sa, const struct message *msg)
{
    const struct task probe = {.kind = TASK_PROBE, .spi = ++sa->moves};
    bool same =
        endpoint_equal(&sa->local, &sa->came_local) && endpoint_equal(&sa->peer, &sa->came_peer);
    bool encap = sa->encap;
    sa->local = sa->came_local;
    sa->peer = sa->came_peer;
    nat_judge(sa, msg);
    if (same && encap == sa->encap)
        return;
    if (!task_add(sa, &probe, true))
        log_info("%s[%u]: no memory to ask the peer", sa->conn->name, sa->number);
    ike_sa_moved(sa);
}

void mobike_request(struct ike_sa *sa, const struct message *msg, struct chain *c)
{
    struct notify n;
    if (!sa->mobike)
        return;
    read_addresses(sa, msg);
    if (notify_find(msg, NAT_DETECTION_DESTINATION_IP, &n) &&
        !nat_write(c, sa, &sa->came_local, &sa->came_peer))
        log_info("%s[%u]: OpenSSL failed", sa->conn->name, sa->number);
    if (mobike_unexpected_nat(msg, &sa->came_local, &sa->came_peer)) {
        notify_write(c, UNEXPECTED_NAT_DETECTED, (struct bytes){0});
    } else if (notify_find(msg, UPDATE_SA_ADDRESSES, &n)) {
        if (sa->origin) /* RFC 4555 3.5: only who set it up decides */
            log_peer("%s[%u]: the peer may not move it", sa->conn->name, sa->number);
        else
            follow(sa, msg);
    }
    if (notify_find(msg, COOKIE2, &n) && n.data.n >= COOKIE2_MIN && n.data.n <= COOKIE2_MAX)
        notify_write(c, COOKIE2, n.data);
}

void ike_sa_moved(struct ike_sa *sa)
{
    log_info("%s[%u]: now between %s and %s%s", sa->conn->name, sa->number,
             endpoint_text(&sa->local).s, endpoint_text(&sa->peer).s, sa->encap ? ", a NAT" : "");
    ike_sa_updated(sa);
    for (const struct child_sa *c = sa->children; c; c = c->next) {
        const struct task t = {.kind = TASK_REKEY_CHILD, .spi = c->dp.spi_in};
        if (c->state == CHILD_UP && !c->replaced && !task_add(sa, &t, false))
            log_info("%s[%u]: no memory to rekey", sa->conn->name, sa->number);
    }
}
