/* SPDX-License-Identifier: Apache-2.0 */
/* What the parent does for the network-facing process, once service.c has found it right. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "ctrl/log/log.h"
#include "ctrl/parent/parent.h"
#include "ctrl/signer/signer.h"

/* The control socket goes to the signer. */
static bool give_door(struct parent *p)
{
    int fd = p->vici ? vici_hand_over(p->vici) : -1;
    bool good = fd < 0 || signer_give_door(p->door, fd);
    if (fd >= 0)
        close(fd);
    close(p->door); /* what it brings is the network-facing process' */
    p->door = -1;
    return good;
}

/* Sockets and files go to the other process, and leave this one. */
static void hand_over(struct parent *p, struct wr *out, struct packet_files *files)
{
    unsigned flags = (p->vici ? START_VICI : 0) | (p->events >= 0 ? START_EVENTS : 0);
    wr_u8(out, (unsigned)p->sockets.count);
    for (size_t i = 0; i < p->sockets.count; i++) {
        wr_u8(out, p->sockets.all[i].family);
        wr_u16(out, p->sockets.all[i].port);
        files->fd[files->count++] = p->sockets.all[i].fd;
    }
    p->sockets.count = 0;
    wr_u8(out, flags);
    if (p->events >= 0)
        files->fd[files->count++] = p->events;
    p->events = -1;
}

static bool start(void *user, struct wr *out, struct packet_files *files, struct dataplane **dp)
{
    struct parent *p = user;
    struct dp_caps caps;
    int status = parent_open(p);
    if (status == 0 && p->dp->ops->caps(p->dp, &caps) != DP_OK)
        status = parent_fail(p, EXIT_FAILED, "the card %s: %s", p->options->card,
                             p->dp->ops->error(p->dp));
    if (status == 0 && !give_door(p))
        status = parent_fail(p, EXIT_FAILED, "the signer does not take the control socket: %s",
                             strerror(errno));
    if (status == 0) {
        int rc = parent_watch(p);
        if (rc != 0)
            status =
                parent_fail(p, EXIT_FAILED, "the event loop can't be made: %s", uv_strerror(rc));
    }
    if (status != 0) {
        parent_end(p, status);
        return false;
    }
    put_caps(out, &caps);
    hand_over(p, out, files);
    *dp = p->dp;
    processes_tell(p);
    if (parent_confine(p->options) == 0)
        return true;
    parent_end(p, parent_fail(p, EXIT_FAILED, "the parent can't be confined: %s", strerror(errno)));
    return false;
}

static bool give_key(void *user, uint32_t ticket, int fd)
{
    const struct parent *p = user;
    return signer_give_file(p->keys, ticket, fd);
}

static void ready(void *user)
{
    const struct parent *p = user;
    notify_say(&p->notify, "READY=1");
}

static void alive(void *user)
{
    const struct parent *p = user;
    notify_alive(&p->notify);
}

static int log_again(void *user)
{
    const struct parent *p = user;
    if (p->options->log && !log_reopen(p->options->log))
        return -1;
    return fcntl(log_fd(), F_DUPFD_CLOEXEC, 0);
}

static bool source(void *user, const struct espl_addr *remote, struct espl_addr *local)
{
    struct parent *p = user;
    struct net_route route;
    if (!net_route(p->net, remote, &route) || !route.source.family)
        return false;
    *local = route.source;
    return true;
}

static size_t addresses(void *user, struct espl_addr *list, size_t max)
{
    const struct parent *p = user;
    return net_addresses(p->net, NET_WAN, list, max);
}

static int vip(void *user, const struct espl_addr *addr, bool add)
{
    struct parent *p = user;
    return net_vip(p->net, addr, add);
}

static void keys(void *user, const char *file, const char *line)
{
    struct parent *p = user;
    savekeys_line(&p->save_keys, file, line);
}

static size_t events(void *user, struct parent_event *list, size_t max)
{
    struct parent *p = user;
    return queue_take(&p->queue, list, max);
}

const struct service_env parent_service = {
    .give_key = give_key,
    .start = start,
    .ready = ready,
    .alive = alive,
    .log = log_again,
    .source = source,
    .addresses = addresses,
    .vip = vip,
    .keys = keys,
    .events = events,
};
