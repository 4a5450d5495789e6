/* SPDX-License-Identifier: Apache-2.0 */
/* VICI's clients on the loop: from bytes to requests, from answers and events to bytes. */
#include "ctrl/vici/server.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "ctrl/log/log.h"
#include "ctrl/privilege/packet.h"
#include "ctrl/wire/cursor.h"

#define BUFFER_FIRST 4096u
#define BUFFER_MAX (VICI_HEADER + VICI_SEGMENT_MAX)
#define CLIENTS_MAX 64u
#define CLOCK_MS 100u

/* ---------------------------------------------------------------- the end of a client */

static void buffer_free(struct vici_client *c)
{
    if (c->in)
        OPENSSL_cleanse(c->in, c->in_cap);
    free(c->in);
}

static void on_closed(uv_handle_t *handle)
{
    struct vici_client *c = handle->data;
    buffer_free(c);
    ike_ids_clear(&c->wait.going);
    free(c);
}

void vici_drop(struct vici_client *c)
{
    struct vici_client **at = &c->vici->clients;
    if (uv_is_closing((uv_handle_t *)&c->pipe))
        return;
    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    c->wait.kind = VICI_WAIT_NONE;
    uv_close((uv_handle_t *)&c->pipe, on_closed);
}

/* ---------------------------------------------------------------- requests */

static void reply(struct vici_client *c, enum vici_type type)
{
    struct vici_out out;
    vici_out_begin(&out, type, NULL);
    vici_send(c, &out);
}

static void registration(struct vici_client *c, const struct vici_packet *p)
{
    for (unsigned id = 0; id < VICI_EVENTS; id++) {
        if (strcmp(vici_event_names[id], p->name) != 0)
            continue;
        if (p->type == VICI_EVENT_REGISTER)
            c->events |= 1u << id;
        else
            c->events &= ~(1u << id);
        reply(c, VICI_EVENT_CONFIRM);
        return;
    }
    reply(c, VICI_EVENT_UNKNOWN);
}

static void request(struct vici_client *c, const struct vici_packet *p)
{
    struct vici_request r = {.vici = c->vici, .client = c, .message = &p->message};
    const struct vici_command *command = vici_command(p->name);
    if (!command) {
        reply(c, VICI_CMD_UNKNOWN);
        return;
    }
    vici_out_begin(&r.out, VICI_CMD_RESPONSE, NULL);
    if (command->run(&r))
        vici_send(c, &r.out);
    else
        vici_out_free(&r.out);
}

/* false: it is no client of VICI */
static bool take(struct vici_client *c, const uint8_t *data, size_t len)
{
    struct vici_packet packet;
    if (!vici_packet_read(data, len, &packet))
        return false;
    switch (packet.type) {
    case VICI_CMD_REQUEST:
        request(c, &packet);
        return true;
    case VICI_EVENT_REGISTER:
    case VICI_EVENT_UNREGISTER:
        registration(c, &packet);
        return true;
    default:
        return false; /* what only a server says */
    }
}

/* The whole segments in the buffer, until one of them has to wait. */
static void run(struct vici_client *c)
{
    size_t used = 0;
    bool good = true;
    while (good && c->wait.kind == VICI_WAIT_NONE && !uv_is_closing((uv_handle_t *)&c->pipe)) {
        struct rd r = rd_over(c->in + used, c->in_len - used);
        size_t len = rd_u32(&r);
        if (r.bad)
            break;
        good = len > 0 && len <= VICI_SEGMENT_MAX;
        if (!good || rd_left(&r) < len)
            break;
        good = take(c, c->in + used + VICI_HEADER, len);
        used += VICI_HEADER + len;
    }
    if (used > 0) {
        memmove(c->in, c->in + used, c->in_len - used);
        c->in_len -= used;
    }
    if (!good) {
        log_peer("control socket: a malformed message; the client is dropped");
        vici_drop(c);
    }
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct vici_client *c = handle->data;
    size_t cap = c->in_cap ? c->in_cap * 2 : BUFFER_FIRST;
    (void)suggested;
    *buf = uv_buf_init(NULL, 0);
    if (c->in_len == c->in_cap && c->in_cap < BUFFER_MAX) {
        uint8_t *grown = malloc(cap = cap < BUFFER_MAX ? cap : BUFFER_MAX);
        if (!grown)
            return; /* on_read is told that there is no room */
        if (c->in_len)
            memcpy(grown, c->in, c->in_len);
        buffer_free(c);
        c->in = grown;
        c->in_cap = cap;
    }
    *buf = uv_buf_init((char *)c->in + c->in_len, (unsigned)(c->in_cap - c->in_len));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct vici_client *c = stream->data;
    (void)buf;
    if (n < 0) {
        vici_drop(c);
        return;
    }
    c->in_len += (size_t)n;
    run(c);
    if (c->in_len == BUFFER_MAX && !uv_is_closing((uv_handle_t *)stream)) {
        c->stopped = true;
        uv_read_stop(stream);
    }
}

void vici_answer(struct vici_client *c, struct vici_out *out)
{
    c->wait.kind = VICI_WAIT_NONE;
    ike_ids_clear(&c->wait.going);
    vici_send(c, out);
    run(c);
    if (c->stopped && c->in_len < BUFFER_MAX && !uv_is_closing((uv_handle_t *)&c->pipe)) {
        c->stopped = false;
        if (uv_read_start((uv_stream_t *)&c->pipe, on_room, on_read) != 0)
            vici_drop(c);
    }
}

/* ---------------------------------------------------------------- waiting */

static void look(struct vici *v)
{
    bool waits = false;
    struct vici_client *next;
    for (struct vici_client *c = v->clients; c; c = next) {
        next = c->next;
        if (c->wait.kind != VICI_WAIT_NONE)
            vici_look(c);
    }
    for (const struct vici_client *c = v->clients; c; c = c->next)
        waits = waits || c->wait.kind != VICI_WAIT_NONE;
    if (waits)
        return;
    uv_prepare_stop(&v->turn);
    uv_timer_stop(&v->clock);
}

static void on_turn(uv_prepare_t *turn)
{
    look(turn->data);
}

static void on_clock(uv_timer_t *clock)
{
    (void)clock; /* the loop woke up: its next turn looks at the deadlines */
}

void vici_wait(struct vici_client *c)
{
    struct vici *v = c->vici;
    uv_prepare_start(&v->turn, on_turn);
    uv_timer_start(&v->clock, on_clock, CLOCK_MS, CLOCK_MS);
}

/* ---------------------------------------------------------------- the server */

static void admit(struct vici *v, int fd)
{
    struct vici_client *c = calloc(1, sizeof(*c));
    size_t count = 0;
    if (c && uv_pipe_init(v->loop, &c->pipe, 0) != 0) {
        free(c);
        c = NULL;
    }
    if (!c) {
        close(fd);
        return;
    }
    for (const struct vici_client *o = v->clients; o; o = o->next)
        count++;
    c->vici = v;
    c->pipe.data = c;
    c->next = v->clients;
    v->clients = c;
    int rc = uv_pipe_open(&c->pipe, fd);
    if (rc != 0)
        close(fd);
    if (rc != 0 || count >= CLIENTS_MAX ||
        uv_read_start((uv_stream_t *)&c->pipe, on_room, on_read) != 0)
        vici_drop(c);
}

static void on_coming(uv_poll_t *poll, int status, int events)
{
    struct vici *v = poll->data;
    struct packet_files files;
    uint8_t byte;
    (void)status;
    (void)events;
    ssize_t n = packet_receive(v->door, &byte, sizeof(byte), &files, MSG_DONTWAIT);
    if (n > 0 && files.count == 1)
        admit(v, files.fd[0]);
    else
        packet_close(&files);
    if (n == 0) /* the signer has ended, and others hear of it */
        uv_poll_stop(poll);
}

int vici_start(struct vici *v, uv_loop_t *loop, const struct vici_env *env)
{
    v->env = *env;
    v->loop = loop;
    v->since = (uint64_t)time(NULL);
    v->started_at = uv_now(loop);
    int rc = uv_poll_init(loop, &v->coming, v->door);
    if (rc != 0)
        return rc;
    v->started = true;
    uv_prepare_init(loop, &v->turn); /* these two can't fail */
    uv_timer_init(loop, &v->clock);
    v->coming.data = v->turn.data = v->clock.data = v;
    rc = uv_poll_start(&v->coming, UV_READABLE, on_coming);
    if (rc == 0)
        log_listen(vici_log_line, v);
    return rc;
}

void vici_stop(struct vici *v)
{
    if (!v || !v->started)
        return;
    log_listen(NULL, NULL);
    v->started = false;
    while (v->clients)
        vici_drop(v->clients);
    uv_close((uv_handle_t *)&v->coming, NULL);
    uv_close((uv_handle_t *)&v->turn, NULL);
    uv_close((uv_handle_t *)&v->clock, NULL);
}
