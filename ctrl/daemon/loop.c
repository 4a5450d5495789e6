/* SPDX-License-Identifier: Apache-2.0 */
/* The turns of espalierd: datagrams, netlink, IKE's timers, the card's watch, signals. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <uv.h>

#include "ctrl/daemon/daemon.h"
#include "ctrl/log/log.h"

#define WATCH_MS 1000u      /* is the card alive */
#define STOP_MS 2000u       /* how long peers may take to answer our DELETEs */
#define KEEPALIVE_MS 20000u /* RFC 3948 4: default 20 seconds */
#define PROBE_MS 30000u     /* do the next hops live */
#define RETRY_MS 5000u      /* between the end of a child and its new start */
#define BATCH 32u           /* datagrams of one socket in a row */

enum { SIGNALS = 4 };

struct loop {
    struct daemon *d;
    uv_loop_t uv;
    uv_poll_t sockets[SOCKETS_MAX], netlink, card, signer;
    uv_timer_t ike, watch, keepalive, probe, retry, stop;
    uv_signal_t signals[SIGNALS];
    int status;
};

static void end(struct loop *l, int status)
{
    l->status = status;
    uv_stop(&l->uv);
}

/* ---------------------------------------------------------------- IKE */

static void on_ike_timer(uv_timer_t *timer);

/* After anything that IKE was told: when does it want its next turn? */
static void settle(struct loop *l)
{
    struct daemon *d = l->d;
    uint64_t at = ike_manager_deadline(d->ike), now = uv_hrtime() / 1000000u;
    if (d->stopping && ike_manager_count(d->ike) == 0)
        end(l, l->status);
    if (at == UINT64_MAX) {
        uv_timer_stop(&l->ike);
        return;
    }
    uv_update_time(&l->uv);
    uv_timer_start(&l->ike, on_ike_timer, at > now ? at - now : 1, 0);
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
    sockets_input(&l->d->sockets, (size_t)(poll - l->sockets), BATCH, on_message, l->d);
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

/* ---------------------------------------------------------------- card and kernel */

/* Peers are told, but nothing is waited for: without the card, or its netdevs, no SA does anything.
 */
static void give_up(struct loop *l)
{
    if (l->status)
        return;
    l->d->stopping = true;
    ike_manager_shutdown(l->d->ike);
    end(l, 1);
}

static void check_card(struct loop *l)
{
    struct daemon *d = l->d;
    enum espl_err err = d->card_gone ? ESPL_OK : espl_card_alive(d->card);
    /* another program may keep the card busy for once */
    d->card_silent = err == ESPL_ERR_TIMEOUT ? d->card_silent + 1 : 0;
    if (err != ESPL_OK && (err != ESPL_ERR_TIMEOUT || d->card_silent > 1))
        daemon_card_gone(d, espl_card_error(d->card));
    if (d->card_gone)
        give_up(l);
}

static void on_card(uv_poll_t *poll, int status, int events)
{
    struct loop *l = poll->data;
    (void)events;
    if (status < 0)
        uv_poll_stop(poll);
    cardevents_read(l->d);
    check_card(l);
    settle(l);
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

static void on_watch_timer(uv_timer_t *timer)
{
    const struct loop *l = timer->data;
    notify_alive(&l->d->notify);
    cardevents_read(l->d); /* of a bus without a descriptor, and what was left */
    settle((struct loop *)timer->data);
    check_card(timer->data);
}

static void on_netlink(uv_poll_t *poll, int status, int events)
{
    struct loop *l = poll->data;
    (void)status;
    (void)events;
    if (net_input(l->d->net) != 0) {
        log_errno("netlink");
        end(l, 1);
    }
    check_card(l);
    if (l->d->netdev_gone)
        give_up(l);
    if (l->d->paths_changed && !l->d->stopping) {
        l->d->paths_changed = false;
        ike_manager_paths(l->d->ike);
        settle(l);
    }
}

static void on_probe_timer(uv_timer_t *timer)
{
    struct loop *l = timer->data;
    nexthops_probe(l->d->hops);
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
    notify_say(&d->notify, "STOPPING=1");
    ike_manager_shutdown(d->ike);
    uv_timer_start(&l->stop, on_stop_timer, STOP_MS, 0);
    settle(l);
}

static void on_signal(uv_signal_t *handle, int signum)
{
    struct loop *l = handle->data;
    if (signum == SIGHUP && !l->d->stopping)
        daemon_reload(l->d);
    else if (signum == SIGUSR1)
        daemon_status(l->d);
    else if (signum == SIGTERM || signum == SIGINT)
        stop(l, signum);
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
    const char *path = l->d->options->log;
    if (!path || log_reopen(path))
        return 0;
    (void)snprintf(why, why_len, "%s: %s", path, strerror(errno));
    return -1;
}

static int start_vici(struct loop *l)
{
    const struct vici_env env = {l, l->d->ike, settle_all, reload_settings};
    return l->d->vici ? vici_start(l->d->vici, &l->uv, &env) : 0;
}

static int start(struct loop *l)
{
    static const int signums[SIGNALS] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};
    int rc = start_timer(l, &l->ike, on_ike_timer, 0), card = espl_card_fd(l->d->card);
    rc = rc ? rc : start_timer(l, &l->watch, on_watch_timer, WATCH_MS);
    rc = rc ? rc : start_timer(l, &l->keepalive, on_keepalive_timer, KEEPALIVE_MS);
    rc = rc ? rc : start_timer(l, &l->probe, on_probe_timer, PROBE_MS);
    rc = rc ? rc : start_timer(l, &l->retry, on_retry_timer, RETRY_MS);
    rc = rc ? rc : start_timer(l, &l->stop, on_stop_timer, 0);
    for (size_t i = 0; i < l->d->sockets.count && !rc; i++)
        rc = start_poll(l, &l->sockets[i], l->d->sockets.all[i].fd, UV_READABLE, on_socket);
    rc = rc ? rc : start_poll(l, &l->netlink, net_fd(l->d->net), UV_READABLE, on_netlink);
    if (card >= 0) /* events, or a hang-up */
        rc = rc ? rc : start_poll(l, &l->card, card, UV_READABLE | UV_DISCONNECT, on_card);
    rc = rc ? rc : start_poll(l, &l->signer, signer_fd(l->d->signer), UV_DISCONNECT, on_signer);
    for (size_t i = 0; i < SIGNALS && !rc; i++) {
        rc = uv_signal_init(&l->uv, &l->signals[i]);
        l->signals[i].data = l;
        rc = rc ? rc : uv_signal_start(&l->signals[i], on_signal, signums[i]);
    }
    return rc ? rc : start_vici(l);
}

static void on_fetched(void *user, unsigned number, const uint8_t *data, size_t len)
{
    struct loop *l = user;
    if (l->d->stopping)
        return;
    ike_manager_fetched(l->d->ike, number, data, len);
    settle(l);
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
        if (rc == 0 && !(d->fetcher = fetcher_new(&l.uv, on_fetched, &l)))
            rc = UV_ENOMEM;
        if (rc == 0) {
            log_info("espalierd %s: card %s, WAN %s, LAN %s", ESPL_VERSION, d->options->card,
                     d->options->wan, d->options->lan);
            ike_manager_start(d->ike);
            settle(&l);
            notify_say(&d->notify, "READY=1");
            uv_run(&l.uv, UV_RUN_DEFAULT);
        }
        vici_stop(d->vici);
        fetcher_stop(d->fetcher);
        uv_walk(&l.uv, close_handle, NULL);
        uv_run(&l.uv, UV_RUN_DEFAULT);
        fetcher_free(d->fetcher);
        d->fetcher = NULL;
        uv_loop_close(&l.uv);
    }
    if (rc != 0) {
        log_info("the event loop can't be made: %s", uv_strerror(rc));
        return 1;
    }
    return l.status;
}
