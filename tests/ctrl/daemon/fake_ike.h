/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The IKE manager's place in the test of the daemon around it: what comes in goes back, turned
 * around, and events are told as it is asked to. Included by that test only; an object of its own
 * would stand beside the real manager in the archive that tests are linked with.
 */
#ifndef TESTS_FAKE_IKE_H
#define TESTS_FAKE_IKE_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "ctrl/exchange/reconfigure.h"
#include "ctrl/log/log.h"

/* Set before the daemon is started (it is a fork of the test). */
static struct fake_ike {
    bool up;      /* at the start: an IKE_SA with a child, behind a NAT */
    bool answers; /* the peer answers our DELETE */
    bool fails;   /* at the start: the initiation fails */
} fake_ike;

struct ike_manager {
    struct config *config;
    struct ike_env env;
    size_t count;
    bool lot; /* datagrams are only taken in one */
};

struct ike_manager *ike_manager_new(struct config *config, struct dataplane *dp,
                                    const struct ike_env *env)
{
    struct ike_manager *m = calloc(1, sizeof(*m));
    (void)dp;
    if (m) {
        m->config = config_ref(config);
        m->env = *env;
    }
    return m;
}

void ike_manager_free(struct ike_manager *m)
{
    if (m)
        config_unref(m->config);
    free(m);
}

void ike_manager_fetched(struct ike_manager *m, unsigned number, const uint8_t *data, size_t len)
{
    (void)m;
    (void)number;
    (void)data;
    (void)len;
}

void ike_manager_input(struct ike_manager *m, const struct endpoint *local,
                       const struct endpoint *peer, const uint8_t *data, size_t len)
{
    uint8_t back[64];
    if (len > sizeof(back) || !m->lot)
        return;
    for (size_t i = 0; i < len; i++)
        back[i] = data[len - 1 - i];
    m->env.send(m->env.user, local, peer, back, len);
}

void ike_manager_begin_lot(struct ike_manager *m)
{
    m->lot = true;
}

void ike_manager_end_lot(struct ike_manager *m)
{
    m->lot = false;
}

uint64_t ike_manager_deadline(const struct ike_manager *m)
{
    (void)m;
    return UINT64_MAX;
}

void ike_manager_tick(struct ike_manager *m)
{
    (void)m;
}

void ike_manager_acquire(struct ike_manager *m, uint32_t reqid)
{
    (void)m;
    (void)reqid;
}

void ike_manager_expires(struct ike_manager *m, bool inbound, uint32_t spi, bool hard)
{
    (void)m;
    (void)inbound;
    (void)spi;
    (void)hard;
}

void ike_manager_paths(struct ike_manager *m)
{
    (void)m;
}

static void tell(struct ike_manager *m, enum ike_event_kind kind, const char *child,
                 const char *text)
{
    struct ike_event e = {
        .kind = kind, .conn = "gw", .child = child, .text = text, .proposal = "aes256gcm16"};
    e.local = (struct espl_addr){ESPL_IPV4, {192, 0, 2, 1}};
    e.remote = (struct espl_addr){ESPL_IPV4, {192, 0, 2, 2}};
    e.local_port = e.remote_port = 4500;
    e.nat_here = true;
    e.encap = true;
    e.spi_in = child ? 0xc0000001 : 0;
    e.spi_out = child ? 0xd0000002 : 0;
    m->env.event(m->env.user, &e);
}

void ike_manager_start(struct ike_manager *m)
{
    if (fake_ike.fails)
        tell(m, IKE_EVENT_FAILED, "net", "nobody answers");
    if (!fake_ike.up)
        return;
    m->count = 1;
    tell(m, IKE_EVENT_IKE_UP, NULL, "up with \"sun\"");
    tell(m, IKE_EVENT_CHILD_UP, "net", "10.1.0.0/24 === 10.2.0.0/24");
    tell(m, IKE_EVENT_CHILD_REKEYED, "net", "again");
}

int ike_manager_initiate(struct ike_manager *m, const char *conn, const char *child)
{
    (void)m;
    log_info("initiate %s %s", conn, child);
    return 0;
}

bool ike_manager_configure(struct ike_manager *m, struct config *config)
{
    (void)m;
    return config->conns && config->secrets;
}

void ike_manager_shutdown(struct ike_manager *m)
{
    log_info("DELETE sent");
    if (!fake_ike.answers || m->count == 0)
        return;
    m->count = 0;
    tell(m, IKE_EVENT_CHILD_DOWN, "net", "deleted");
    tell(m, IKE_EVENT_IKE_DOWN, NULL, "deleted");
}

size_t ike_manager_count(const struct ike_manager *m)
{
    return m->count;
}

#endif
