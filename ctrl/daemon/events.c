/* SPDX-License-Identifier: Apache-2.0 */
/* What happened to an SA: a line in the log, a JSON object in --events, the list of what is up. */
#include <arpa/inet.h>
#include <jansson.h>
#include <string.h>
#include <time.h>

#include "ctrl/daemon/daemon.h"
#include "ctrl/log/log.h"
#include "ctrl/net/net.h"

static const char *kind_name(enum ike_event_kind kind)
{
    switch (kind) {
    case IKE_EVENT_IKE_UP: return "ike_up";
    case IKE_EVENT_IKE_DOWN: return "ike_down";
    case IKE_EVENT_IKE_UPDATED: return "ike_updated";
    case IKE_EVENT_IKE_REKEYED: return "ike_rekeyed";
    case IKE_EVENT_CHILD_UP: return "child_up";
    case IKE_EVENT_CHILD_REKEYED: return "child_rekeyed";
    case IKE_EVENT_CHILD_DOWN: return "child_down";
    case IKE_EVENT_CHILD_GONE: return "child_gone";
    case IKE_EVENT_FAILED: return "failed";
    }
    return "unknown";
}

static const char *kind_words(enum ike_event_kind kind)
{
    switch (kind) {
    case IKE_EVENT_IKE_UP: return "IKE_SA up";
    case IKE_EVENT_IKE_DOWN: return "IKE_SA down";
    case IKE_EVENT_IKE_UPDATED: return "IKE_SA moved";
    case IKE_EVENT_IKE_REKEYED: return "IKE_SA rekeyed";
    case IKE_EVENT_CHILD_UP: return "CHILD_SA up";
    case IKE_EVENT_CHILD_REKEYED: return "CHILD_SA rekeyed";
    case IKE_EVENT_CHILD_DOWN: return "CHILD_SA down";
    case IKE_EVENT_CHILD_GONE: return "CHILD_SA gone";
    case IKE_EVENT_FAILED: return "failed";
    }
    return "?";
}

/* Text that came from a peer need not be UTF-8, and then is left out. */
static void set_text(json_t *o, const char *key, const char *text)
{
    json_t *value = text ? json_string(text) : NULL;
    if (value)
        (void)json_object_set_new(o, key, value);
}

static void set_addr(json_t *o, const char *key, const struct espl_addr *addr)
{
    char text[INET6_ADDRSTRLEN];
    if (addr->family)
        set_text(o, key, net_addr_text(addr, text));
}

static void set_addrs(json_t *o, const char *key, const struct espl_addr *list, size_t count)
{
    json_t *array = count ? json_array() : NULL;
    char text[INET6_ADDRSTRLEN];
    for (size_t i = 0; array && i < count; i++)
        (void)json_array_append_new(array, json_string(net_addr_text(&list[i], text)));
    if (array)
        (void)json_object_set_new(o, key, array);
}

static void set_spi(json_t *o, const char *key, uint32_t spi)
{
    char text[16];
    (void)snprintf(text, sizeof(text), "0x%08x", spi);
    set_text(o, key, text);
}

static void write_json(FILE *out, const struct ike_event *e)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    json_t *o = json_object();
    if (!o)
        return;
    (void)json_object_set_new(o, "time", json_real((double)now.tv_sec + (double)now.tv_nsec / 1e9));
    set_text(o, "kind", kind_name(e->kind));
    set_text(o, "conn", e->conn);
    set_text(o, "child", e->child);
    set_addr(o, "local", &e->local);
    set_addr(o, "remote", &e->remote);
    if (e->local_port)
        (void)json_object_set_new(o, "local_port", json_integer(e->local_port));
    if (e->remote_port)
        (void)json_object_set_new(o, "remote_port", json_integer(e->remote_port));
    set_text(o, "proposal", e->proposal);
    if (e->kind == IKE_EVENT_IKE_UP)
        (void)json_object_set_new(o, "nat_here", json_boolean(e->nat_here));
    if (e->spi_in || e->spi_out) {
        (void)json_object_set_new(o, "encap", json_boolean(e->encap));
        set_spi(o, "spi_in", e->spi_in);
        set_spi(o, "spi_out", e->spi_out);
    }
    set_addrs(o, "vips", e->vips, e->vip_count);
    set_addrs(o, "dns", e->dns, e->dns_count);
    set_text(o, "text", e->text);
    if (json_dumpf(o, out, JSON_COMPACT) != 0 || fputc('\n', out) == EOF || fflush(out) != 0)
        log_errno("--events: an event was not written");
    json_decref(o);
}

void daemon_event(void *user, const struct ike_event *e)
{
    struct daemon *d = user;
    vici_event(d->vici, e);
    if (e->kind == IKE_EVENT_CHILD_GONE) /* its end was told before */
        return;
    log_info("%s%s%s: %s: %s", e->conn ? e->conn : "?", e->child ? "." : "",
             e->child ? e->child : "", kind_words(e->kind), e->text ? e->text : "");
    live_event(&d->live, e);
    if (!d->stopping)
        live_want_back(&d->live, d->config, e);
    if (d->events)
        write_json(d->events, e);
}
