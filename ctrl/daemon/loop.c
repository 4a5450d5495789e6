/* SPDX-License-Identifier: Apache-2.0 */
/* The turns of the network-facing process: datagrams, IKE's timers, what the parent tells. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "ctrl/daemon/daemon.h"
#include "ctrl/log/log.h"

#define ALIVE_MS 1000u      /* the parent is told, for the service manager */
#define STOP_MS 2000u       /* how long peers may take to answer our DELETEs */
#define KEEPALIVE_MS 20000u /* RFC 3948 4: default 20 seconds */
#define RETRY_MS 5000u      /* between the end of a child and its new start */
#define BATCH 32u           /* datagrams of one socket in a row */

struct loop {
    struct daemon *d;
    uv_loop_t uv;
    uv_poll_t sockets[SOCKETS_MAX], parent, wake, fetch, signer;
    uv_timer_t ike, alive, keepalive, retry, stop;
    uv_idle_t more; /* IKE wants its next turn at once, behind what waits at the sockets */
    int status;
};

static void end(struct loop *l, int status)
{
    l->status = status;
    uv_stop(&l->uv);
}

/* ---------------------------------------------------------------- IKE */

static void on_ike_timer(uv_timer_t *timer);
static void on_more(uv_idle_t *idle);

/* After anything that IKE was told: when does it want its next turn? */
static void settle(struct loop *l)
{
    struct daemon *d = l->d;
    uint64_t at = ike_manager_deadline(d->ike), now = uv_hrtime() / 1000000u;
    if (d->stopping && ike_manager_count(d->ike) == 0)
        end(l, l->status);
    uv_timer_stop(&l->ike);
    uv_idle_stop(&l->more);
    if (at == UINT64_MAX)
        return;
    if (at <= now) {
        uv_idle_start(&l->more, on_more);
        return;
    }
    uv_update_time(&l->uv);
    uv_timer_start(&l->ike, on_ike_timer, at - now, 0);
}

static void on_more(uv_idle_t *idle)
{
    struct loop *l = idle->data;
    ike_manager_tick(l->d->ike);
    settle(l);
}

static void on_ike_timer(uv_timer_t *timer)
{
    struct loop *l = timer->data;
    ike_manager_tick(l->d->ike);
    settle(l);
}

static void on_message(void *user, const struct endpoint *local, const struct endpoint *peer,
                       const uint8_t *data, size_t len)
{
    struct daemon *d = user;
    ike_manager_input(d->ike, local, peer, data, len);
}

static void on_socket(uv_poll_t *poll, int status, int events)
{
    struct loop *l = poll->data;
    (void)status;
    (void)events;
    ike_manager_begin_lot(l->d->ike);
    sockets_input(&l->d->sockets, (size_t)(poll - l->sockets), BATCH, on_message, l->d);
    ike_manager_end_lot(l->d->ike);
    settle(l);
}

static void on_retry_timer(uv_timer_t *timer)
{
    struct loop *l = timer->data;
    struct live_retry todo;
    struct live now = {.retries =
                           l->d->live.retries}; /* those noted meanwhile wait for the next turn */
    l->d->live.retries = NULL;
    while (live_next_retry(&now, &todo)) {
        if (l->d->stopping)
            continue;
        log_info("%s.%s: brought up again", todo.conn, todo.child);
        if (ike_manager_initiate(l->d->ike, todo.conn, todo.child) != 0)
            log_info("%s.%s: can't be brought up", todo.conn, todo.child);
    }
    settle(l);
}

/* RFC 3948 4: keepalives go out where a NAT was found in front of this side. */
static void on_keepalive_timer(uv_timer_t *timer)
{
    struct loop *l = timer->data;
    for (const struct live_sa *sa = l->d->live.sas; sa; sa = sa->next)
        if (!*sa->child && sa->nat_here)
            sockets_keepalive(&l->d->sockets, &sa->local, &sa->remote);
}

/* ---------------------------------------------------------------- the other processes */

/* Peers are told, but nothing is waited for: without the card, its netdevs, or one of the other
 * processes no SA does anything. */
static void give_up(struct loop *l)
{
    if (l->status)
        return;
    l->d->stopping = true;
    ike_manager_shutdown(l->d->ike);
    end(l, 1);
}

/* Without it nobody can be authenticated any more, and its keys are gone. */
static void on_signer(uv_poll_t *poll, int status, int events)
{
    struct loop *l = poll->data;
    (void)status;
    (void)events;
    uv_poll_stop(poll);
    log_info("the signer ended");
    give_up(l);
}

static void on_parent_ended(uv_poll_t *poll, int status, int events)
{
    struct loop *l = poll->data;
    (void)status;
    (void)events;
    uv_poll_stop(poll);
    log_info("the parent process ended");
    give_up(l);
}

static void on_fetched(void *user, unsigned number, const uint8_t *data, size_t len)
{
    struct loop *l = user;
    if (!l->d->stopping)
        ike_manager_fetched(l->d->ike, number, data, len);
}

/* Tunnels go on without it; only what must be asked of CRLs and OCSP can't be answered. */
static void on_fetch(uv_poll_t *poll, int status, int events)
{
    struct loop *l = poll->data;
    (void)status;
    (void)events;
    if (!fetch_link_input(l->d->fetch, on_fetched, l)) {
        uv_poll_stop(poll);
        log_info("the process that fetches ended: CRLs and OCSP can't be asked for any more");
        fetch_link_free(l->d->fetch);
        l->d->fetch = NULL;
    }
    settle(l);
}

static void on_alive_timer(uv_timer_t *timer)
{
    struct loop *l = timer->data;
    (void)ask_simple(&l->d->parent, REQUEST_ALIVE); /* on_parent_ended hears when it is not there */
}

/* ---------------------------------------------------------------- signals */

static void on_stop_timer(uv_timer_t *timer)
{
    struct loop *l = timer->data;
    log_info("%zu peers did not answer in time", ike_manager_count(l->d->ike));
    end(l, l->status);
}

static void stop(struct loop *l, int signum)
{
    struct daemon *d = l->d;
    if (d->stopping) {
        end(l, l->status);
        return;
    }
    log_info("%s: %zu IKE_SAs are deleted", signum == SIGTERM ? "terminated" : "interrupted",
             ike_manager_count(d->ike));
    d->stopping = true;
    ike_manager_shutdown(d->ike);
    uv_timer_start(&l->stop, on_stop_timer, STOP_MS, 0);
    settle(l);
}

static void on_told_signal(struct loop *l, int signum)
{
    if (signum == SIGHUP && !l->d->stopping)
        daemon_reload(l->d);
    else if (signum == SIGUSR1)
        daemon_status(l->d);
    else if (signum == SIGTERM || signum == SIGINT)
        stop(l, signum);
}

static void on_event(struct loop *l, const struct parent_event *e)
{
    struct daemon *d = l->d;
    bool in = e->kind == PARENT_SOFT_IN || e->kind == PARENT_HARD_IN;
    switch (e->kind) {
    case PARENT_SIGNAL: on_told_signal(l, (int)e->value); return;
    case PARENT_GONE: give_up(l); return;
    default: break;
    }
    if (d->stopping)
        return;
    switch (e->kind) {
    case PARENT_ACQUIRE: ike_manager_acquire(d->ike, e->value); break;
    case PARENT_SOFT_IN:
    case PARENT_SOFT_OUT: ike_manager_expires(d->ike, in, e->value, false); break;
    case PARENT_HARD_IN:
    case PARENT_HARD_OUT: ike_manager_expires(d->ike, in, e->value, true); break;
    case PARENT_PATHS:
        d->own_known = false;
        ike_manager_paths(d->ike);
        break;
    default: break;
    }
}

static void on_wake(uv_poll_t *poll, int status, int events)
{
    struct loop *l = poll->data;
    struct parent_event list[REQUEST_EVENTS_MAX];
    uint64_t count;
    (void)status;
    (void)events;
    ssize_t woken = read(l->d->wake, &count, sizeof count);
    (void)woken; /* how often does not matter: all of it is asked for */
    for (size_t n = REQUEST_EVENTS_MAX; n == REQUEST_EVENTS_MAX;) {
        n = ask_events(&l->d->parent, list, REQUEST_EVENTS_MAX);
        for (size_t i = 0; i < n; i++)
            on_event(l, &list[i]);
    }
    settle(l);
}

/* ---------------------------------------------------------------- the loop */

static int start_poll(struct loop *l, uv_poll_t *poll, int fd, int events, uv_poll_cb cb)
{
    int rc = uv_poll_init(&l->uv, poll, fd);
    poll->data = l;
    return rc ? rc : uv_poll_start(poll, events, cb);
}

static int start_timer(struct loop *l, uv_timer_t *timer, uv_timer_cb cb, uint64_t every)
{
    int rc = uv_timer_init(&l->uv, timer);
    timer->data = l;
    return rc || !every ? rc : uv_timer_start(timer, cb, every, every);
}

static void settle_all(void *user)
{
    settle(user);
}

/* What of espalierd is no connection and no secret: the log, after it was moved away. */
static int reload_settings(void *user, char *why, size_t why_len)
{
    const struct loop *l = user;
    struct daemon *d = l->d;
    int fd;
    if (!d->options->log)
        return 0;
    int err = ask_log(&d->parent, &fd);
    if (!err && !log_reopen_at(fd))
        err = errno;
    if (!err && d->fetch)
        fetch_link_log(d->fetch, fd);
    if (fd >= 0)
        close(fd);
    if (err)
        (void)snprintf(why, why_len, "%s: %s", d->options->log, strerror(err));
    return err ? -1 : 0;
}

static int start_vici(struct loop *l)
{
    const struct vici_env env = {l, l->d->ike, settle_all, reload_settings};
    return l->d->vici ? vici_start(l->d->vici, &l->uv, &env) : 0;
}

static int start(struct loop *l)
{
    struct daemon *d = l->d;
    int rc = uv_idle_init(&l->uv, &l->more);
    l->more.data = l;
    rc = rc ? rc : start_timer(l, &l->ike, on_ike_timer, 0);
    rc = rc ? rc : start_timer(l, &l->alive, on_alive_timer, ALIVE_MS);
    rc = rc ? rc : start_timer(l, &l->keepalive, on_keepalive_timer, KEEPALIVE_MS);
    rc = rc ? rc : start_timer(l, &l->retry, on_retry_timer, RETRY_MS);
    rc = rc ? rc : start_timer(l, &l->stop, on_stop_timer, 0);
    for (size_t i = 0; i < d->sockets.count && !rc; i++)
        rc = start_poll(l, &l->sockets[i], d->sockets.all[i].fd, UV_READABLE, on_socket);
    rc = rc ? rc : start_poll(l, &l->parent, d->parent.fd, UV_DISCONNECT, on_parent_ended);
    rc = rc ? rc : start_poll(l, &l->wake, d->wake, UV_READABLE, on_wake);
    rc = rc ? rc
            : start_poll(l, &l->fetch, fetch_link_fd(d->fetch), UV_READABLE | UV_DISCONNECT,
                         on_fetch);
    rc = rc ? rc : start_poll(l, &l->signer, signer_fd(d->signer), UV_DISCONNECT, on_signer);
    return rc ? rc : start_vici(l);
}

static void close_handle(uv_handle_t *handle, void *user)
{
    (void)user;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

int daemon_run(struct daemon *d)
{
    static struct loop l;
    memset(&l, 0, sizeof(l));
    l.d = d;
    int rc = uv_loop_init(&l.uv);
    if (rc == 0) {
        rc = start(&l);
        if (rc == 0) {
            log_info("espalierd %s: card %s, WAN %s, LAN %s", ESPL_VERSION, d->options->card,
                     d->options->wan, d->options->lan);
            ike_manager_start(d->ike);
            settle(&l);
            (void)ask_simple(&d->parent, REQUEST_READY);
            uv_run(&l.uv, UV_RUN_DEFAULT);
        }
        vici_stop(d->vici);
        uv_walk(&l.uv, close_handle, NULL);
        uv_run(&l.uv, UV_RUN_DEFAULT);
        uv_loop_close(&l.uv);
    }
    if (rc != 0) {
        log_info("the event loop can't be made: %s", uv_strerror(rc));
        return 1;
    }
    return l.status;
}
