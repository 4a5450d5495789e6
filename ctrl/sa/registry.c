/* SPDX-License-Identifier: Apache-2.0 */
/* Hash chains through the IKE_SAs, and a heap of their deadlines. See registry.h. */
#include "ctrl/sa/registry.h"

#include <stdlib.h>

static size_t bucket(uint64_t key)
{
    key *= UINT64_C(0x9e3779b97f4a7c15); /* 2^64 / the golden ratio: high bits of all bits */
    return (size_t)(key >> (64 - REGISTRY_BITS));
}

/* ---------------------------------------------------------------- chains */

enum { BY_OWN, BY_PEER, BY_CONN, BY_ID };

static void link_in(struct ike_sa *sa, int chain, uint64_t key)
{
    struct ike_sa **head = &sa->m->registry.heads[chain][bucket(key)];
    sa->links[chain].key = key;
    sa->links[chain].next = *head;
    sa->links[chain].at = head;
    if (*head)
        (*head)->links[chain].at = &sa->links[chain].next;
    *head = sa;
}

static void link_out(struct ike_sa *sa, int chain)
{
    struct ike_sa *next = sa->links[chain].next, **at = sa->links[chain].at;
    if (!at) /* it was never in */
        return;
    *at = next;
    if (next)
        next->links[chain].at = at;
}

static struct ike_sa *with_key(struct ike_sa *sa, int chain, uint64_t key)
{
    while (sa && sa->links[chain].key != key)
        sa = sa->links[chain].next;
    return sa;
}

static struct ike_sa *look_up(const struct ike_manager *m, int chain, uint64_t key)
{
    return with_key(m->registry.heads[chain][bucket(key)], chain, key);
}

static uint64_t conn_key(const struct config_conn *conn)
{
    return (uint64_t)(uintptr_t)conn;
}

void registry_set_spi(struct ike_sa *sa, uint64_t spi_own)
{
    link_out(sa, BY_OWN);
    sa->spi_own = spi_own;
    link_in(sa, BY_OWN, spi_own);
}

void registry_set_conn(struct ike_sa *sa, const struct config_conn *conn)
{
    link_out(sa, BY_CONN);
    sa->conn = conn;
    link_in(sa, BY_CONN, conn_key(conn));
}

void registry_set_peer(struct ike_sa *sa, uint64_t spi_peer)
{
    link_out(sa, BY_PEER);
    sa->spi_peer = spi_peer;
    link_in(sa, BY_PEER, spi_peer);
}

void registry_set_id(struct ike_sa *sa)
{
    link_out(sa, BY_ID);
    link_in(sa, BY_ID, config_id_hash(&sa->id_peer, sa->m->seed));
}

struct ike_sa *registry_own(const struct ike_manager *m, uint64_t spi_own)
{
    return look_up(m, BY_OWN, spi_own);
}

struct ike_sa *registry_peer(const struct ike_manager *m, uint64_t spi_peer)
{
    return look_up(m, BY_PEER, spi_peer);
}

struct ike_sa *registry_next_peer(const struct ike_sa *sa)
{
    return with_key(sa->links[BY_PEER].next, BY_PEER, sa->links[BY_PEER].key);
}

struct ike_sa *registry_conn(const struct ike_manager *m, const struct config_conn *conn)
{
    return look_up(m, BY_CONN, conn_key(conn));
}

struct ike_sa *registry_next_conn(const struct ike_sa *sa)
{
    return with_key(sa->links[BY_CONN].next, BY_CONN, sa->links[BY_CONN].key);
}

static struct ike_sa *with_id(struct ike_sa *sa, uint64_t key, const struct config_id *id)
{
    while ((sa = with_key(sa, BY_ID, key)) && !config_id_equal(&sa->id_peer, id))
        sa = sa->links[BY_ID].next;
    return sa;
}

struct ike_sa *registry_id(const struct ike_manager *m, const struct config_id *id)
{
    uint64_t key = config_id_hash(id, m->seed);
    return with_id(m->registry.heads[BY_ID][bucket(key)], key, id);
}

struct ike_sa *registry_next_id(const struct ike_sa *sa)
{
    return with_id(sa->links[BY_ID].next, sa->links[BY_ID].key, &sa->id_peer);
}

/* ---------------------------------------------------------------- what happened */

void ike_sa_touch(struct ike_sa *sa)
{
    if (sa->touched)
        return;
    sa->touched = true;
    sa->next_touched = sa->m->registry.touched;
    sa->m->registry.touched = sa;
}

struct ike_sa *registry_touched(struct ike_manager *m)
{
    struct ike_sa *sa = m->registry.touched;
    if (!sa)
        return NULL;
    m->registry.touched = sa->next_touched;
    sa->touched = false;
    return sa;
}

static void untouch(struct ike_sa *sa)
{
    struct ike_sa **at = &sa->m->registry.touched;
    while (*at && *at != sa)
        at = &(*at)->next_touched;
    if (*at)
        *at = sa->next_touched;
}

/* ---------------------------------------------------------------- deadlines: a binary heap */

static void put(struct registry *r, size_t i, struct ike_sa *sa)
{
    r->heap[i] = sa;
    sa->heap_at = i;
}

/* The IKE_SA at i to where it belongs. */
static void sift(struct registry *r, size_t i)
{
    struct ike_sa *sa = r->heap[i];
    for (; i > 0 && r->heap[(i - 1) / 2]->deadline > sa->deadline; i = (i - 1) / 2)
        put(r, i, r->heap[(i - 1) / 2]);
    for (size_t child; (child = 2 * i + 1) < r->count; i = child) {
        if (child + 1 < r->count && r->heap[child + 1]->deadline < r->heap[child]->deadline)
            child++;
        if (r->heap[child]->deadline >= sa->deadline)
            break;
        put(r, i, r->heap[child]);
    }
    put(r, i, sa);
}

void registry_set_deadline(struct ike_sa *sa, uint64_t deadline)
{
    sa->deadline = deadline;
    sift(&sa->m->registry, sa->heap_at);
}

struct ike_sa *registry_soonest(const struct ike_manager *m)
{
    return m->registry.count ? m->registry.heap[0] : NULL;
}

static bool make_room(struct registry *r)
{
    if (r->count < r->room)
        return true;
    size_t room = r->room ? 2 * r->room : 64;
    struct ike_sa **heap = malloc(room * sizeof *heap);
    if (!heap)
        return false;
    for (size_t i = 0; i < r->count; i++)
        heap[i] = r->heap[i];
    free(r->heap);
    r->heap = heap;
    r->room = room;
    return true;
}

/* ---------------------------------------------------------------- life */

bool registry_add(struct ike_sa *sa)
{
    struct registry *r = &sa->m->registry;
    if (!make_room(r))
        return false;
    link_in(sa, BY_OWN, sa->spi_own);
    link_in(sa, BY_PEER, sa->spi_peer);
    link_in(sa, BY_CONN, conn_key(sa->conn));
    sa->deadline = UINT64_MAX;
    put(r, r->count++, sa);
    sa->next = sa->m->sas;
    if (sa->next)
        sa->next->prev = sa;
    sa->m->sas = sa;
    return true;
}

void registry_remove(struct ike_sa *sa)
{
    struct registry *r = &sa->m->registry;
    size_t i = sa->heap_at;
    link_out(sa, BY_OWN);
    link_out(sa, BY_PEER);
    link_out(sa, BY_CONN);
    link_out(sa, BY_ID);
    if (sa->touched)
        untouch(sa);
    if (i != --r->count) {
        put(r, i, r->heap[r->count]);
        sift(r, i);
    }
    if (sa->next)
        sa->next->prev = sa->prev;
    if (sa->prev)
        sa->prev->next = sa->next;
    else
        sa->m->sas = sa->next;
}

void registry_clear(struct ike_manager *m)
{
    free(m->registry.heap);
    m->registry.heap = NULL;
}
