/* SPDX-License-Identifier: Apache-2.0 */
/* The turns of the parent: requests, netlink, the card's watch, signals, the end of a process. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <uv.h>

#include <openssl/crypto.h>

#include "ctrl/log/log.h"
#include "ctrl/parent/parent.h"
#include "ctrl/privilege/harden.h"

#define WATCH_MS 1000u    /* is the card alive */
#define PROBE_MS 30000u   /* do the next hops live */
#define PATIENCE_MS 8000u /* for the network-facing process to end: its peers may take 2 seconds   \
                           */

enum { SIGNALS = 5 };

struct parent_loop {
    struct parent *p;
    uv_loop_t uv;
    uv_poll_t link, netlink, card;
    uv_timer_t watch, probe, patience;
    uv_signal_t signals[SIGNALS];
    int status;
    bool ended;
    uint8_t in[REQUEST_BYTES], out[ANSWER_BYTES];
};

void parent_end(struct parent *p, int status)
{
    struct parent_loop *l = p->loop;
    if (!l->ended)
        l->status = status;
    l->ended = true;
    uv_stop(&l->uv);
}

/* ---------------------------------------------------------------- requests */

static void on_patience(uv_timer_t *timer)
{
    struct parent_loop *l = timer->data;
    log_info("the network-facing process does not end");
    parent_end(l->p, EXIT_FAILED);
}

static void lose_patience(struct parent_loop *l)
{
    if (!uv_is_active((uv_handle_t *)&l->patience))
        uv_timer_start(&l->patience, on_patience, PATIENCE_MS, 0);
}

static void answer(struct parent_loop *l, size_t len)
{
    struct parent *p = l->p;
    struct packet_files files;
    struct wr out = wr_over(l->out, sizeof l->out);
    if (!service_answer(&p->service, l->in, len, &out, &files)) {
        (void)parent_fail(p, EXIT_FAILED,
                          "the network-facing process asked for what it may not: request %u of %zu "
                          "bytes; espalierd ends",
                          len ? l->in[0] : 0, len);
        parent_end(p, EXIT_FAILED);
    } else if (out.bad || !packet_send(p->link, l->out, out.len, &files, MSG_DONTWAIT)) {
        /* it has not taken the answer before: it does not ask as it should, or has ended */
        lose_patience(l);
    }
    OPENSSL_cleanse(l->in, len);
    packet_close(&files);
}

/* One at a time: whatever it asks, signals and the card get their turns. */
static void on_link(uv_poll_t *poll, int status, int events)
{
    struct parent_loop *l = poll->data;
    struct packet_files files;
    (void)status;
    (void)events;
    ssize_t n = packet_receive(l->p->link, l->in, sizeof l->in, &files, MSG_DONTWAIT);
    bool no_request = n < 0 && errno == EMSGSIZE;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return;
    if (n > 0 && files.count == 0) {
        answer(l, (size_t)n);
    } else if (n > 0 || no_request) {
        (void)parent_fail(l->p, EXIT_FAILED,
                          "the network-facing process sent what is no request; espalierd ends");
        parent_end(l->p, EXIT_FAILED);
    } else { /* SIGCHLD tells how it ended */
        uv_poll_stop(poll);
        lose_patience(l);
    }
    packet_close(&files);
}

/* ---------------------------------------------------------------- card and kernel */

/* Peers are told, but nothing is waited for: without the card, or its netdevs, no SA does anything.
 */
static void give_up(struct parent_loop *l)
{
    if (uv_is_active((uv_handle_t *)&l->patience))
        return;
    queue_put(&l->p->queue, PARENT_GONE, 0);
    lose_patience(l);
}

static void check_card(struct parent_loop *l)
{
    struct parent *p = l->p;
    enum espl_err err = p->card_gone ? ESPL_OK : espl_card_alive(p->card);
    /* another program may keep the card busy for once */
    p->card_silent = err == ESPL_ERR_TIMEOUT ? p->card_silent + 1 : 0;
    if (err != ESPL_OK && (err != ESPL_ERR_TIMEOUT || p->card_silent > 1))
        parent_card_gone(p, espl_card_error(p->card));
    if (p->card_gone)
        give_up(l);
}

static void on_card(uv_poll_t *poll, int status, int events)
{
    struct parent_loop *l = poll->data;
    (void)events;
    if (status < 0)
        uv_poll_stop(poll);
    cardevents_read(l->p);
    check_card(l);
    if (l->p->card_gone)
        uv_poll_stop(poll);
}

static void on_watch_timer(uv_timer_t *timer)
{
    struct parent_loop *l = timer->data;
    cardevents_read(l->p); /* of a bus without a descriptor, and what was left */
    check_card(l);
}

static void on_netlink(uv_poll_t *poll, int status, int events)
{
    struct parent_loop *l = poll->data;
    struct parent *p = l->p;
    (void)status;
    (void)events;
    if (net_input(p->net) != 0) {
        log_errno("netlink");
        uv_poll_stop(poll);
        p->netdev_gone = true;
    }
    check_card(l);
    if (p->netdev_gone)
        give_up(l);
    if (p->paths_changed)
        queue_put(&p->queue, PARENT_PATHS, 0);
    p->paths_changed = false;
}

static void on_probe_timer(uv_timer_t *timer)
{
    struct parent_loop *l = timer->data;
    nexthops_probe(l->p->hops);
}

/* ---------------------------------------------------------------- signals */

static void on_signal(uv_signal_t *handle, int signum)
{
    struct parent_loop *l = handle->data;
    struct parent *p = l->p;
    int status;
    if (signum == SIGCHLD) {
        if (processes_reap(p, &status))
            parent_end(p, status);
        return;
    }
    if (!p->running) { /* nothing is there yet that had to be told */
        if (signum == SIGTERM || signum == SIGINT)
            parent_end(p, 0);
        return;
    }
    if (signum == SIGTERM || signum == SIGINT) {
        notify_say(&p->notify, "STOPPING=1");
        lose_patience(l);
    } else if (signum == SIGHUP) {
        p->service.reading = true;
    } else if (signum == SIGUSR1) {
        parent_status(p);
    }
    queue_put(&p->queue, PARENT_SIGNAL, (uint32_t)signum);
}

/* ---------------------------------------------------------------- the loop */

static int start_poll(struct parent_loop *l, uv_poll_t *poll, int fd, int events, uv_poll_cb cb)
{
    int rc = uv_poll_init(&l->uv, poll, fd);
    poll->data = l;
    return rc ? rc : uv_poll_start(poll, events, cb);
}

static int start_timer(struct parent_loop *l, uv_timer_t *timer, uv_timer_cb cb, uint64_t every)
{
    int rc = uv_timer_init(&l->uv, timer);
    timer->data = l;
    return rc || !every ? rc : uv_timer_start(timer, cb, every, every);
}

int parent_watch(struct parent *p)
{
    struct parent_loop *l = p->loop;
    int card = espl_card_fd(p->card);
    int rc = start_timer(l, &l->watch, on_watch_timer, WATCH_MS);
    rc = rc ? rc : start_timer(l, &l->probe, on_probe_timer, PROBE_MS);
    rc = rc ? rc : start_poll(l, &l->netlink, net_fd(p->net), UV_READABLE, on_netlink);
    if (card >= 0) /* events, or a hang-up */
        rc = rc ? rc : start_poll(l, &l->card, card, UV_READABLE | UV_DISCONNECT, on_card);
    return rc;
}

static int start(struct parent_loop *l)
{
    static const int signums[SIGNALS] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD};
    int rc = start_timer(l, &l->patience, on_patience, 0);
    for (size_t i = 0; i < SIGNALS && !rc; i++) {
        rc = uv_signal_init(&l->uv, &l->signals[i]);
        l->signals[i].data = l;
        rc = rc ? rc : uv_signal_start(&l->signals[i], on_signal, signums[i]);
    }
    return rc ? rc : start_poll(l, &l->link, l->p->link, UV_READABLE | UV_DISCONNECT, on_link);
}

static void close_handle(uv_handle_t *handle, void *user)
{
    (void)user;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

int parent_turns(struct parent *p)
{
    static struct parent_loop l;
    int early;
    memset(&l, 0, sizeof(l));
    l.p = p;
    p->loop = &l;
    int rc = uv_loop_init(&l.uv);
    if (rc == 0) {
        rc = start(&l);
        if (rc == 0 && processes_reap(p, &early)) /* before there was a handler for its signal */
            l.status = early;
        else if (rc == 0)
            uv_run(&l.uv, UV_RUN_DEFAULT);
        uv_walk(&l.uv, close_handle, NULL);
        uv_run(&l.uv, UV_RUN_DEFAULT);
        uv_loop_close(&l.uv);
    }
    p->loop = NULL;
    if (rc != 0)
        return parent_fail(p, EXIT_FAILED, "the event loop can't be made: %s", uv_strerror(rc));
    return l.status;
}

int parent_run(const struct options *options)
{
    static struct parent p;
    memset(&p, 0, sizeof p);
    p.options = options;
    p.link = p.keys = p.door = p.events = p.queue.wake = -1;
    p.save_keys.folder = -1;
    p.service.env = parent_service;
    p.service.env.user = &p;
    p.service.env.files = parent_files;
    p.service.env.files.user = (void *)(uintptr_t)options->config;
    p.service.reading = true;
    if (!options->save_keys)
        p.service.env.keys = NULL;
    notify_open(&p.notify);
    int status =
        harden_secrets() == 0
            ? processes_start(&p)
            : parent_fail(&p, EXIT_FAILED, "core dumps can't be switched off: %s", strerror(errno));
    if (!status)
        status = parent_turns(&p);
    if (p.running)
        log_info("ended, status %d", status);
    parent_close(&p);
    return status;
}
