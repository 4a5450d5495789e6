/* SPDX-License-Identifier: Apache-2.0 */
/* A question over TCP on the daemon's loop: resolve, connect, write, read to the end. See fetch.h.
 */
#include "ctrl/fetch/fetch.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctrl/log/log.h"

struct job {
    struct fetcher *f;
    unsigned number;
    struct fetch_url url;
    char *request; /* owned */
    size_t request_len;
    uint8_t *answer; /* owned */
    size_t len, cap;
    uv_getaddrinfo_t resolve;
    uv_tcp_t tcp;
    uv_connect_t connect;
    uv_write_t write;
    uv_timer_t clock;
    unsigned open; /* handles and requests that libuv has yet to give back */
    bool told, closing;
    struct job *next;
};

struct fetcher {
    uv_loop_t *loop;
    fetch_fn done;
    void *user;
    struct job *jobs;
    bool stopped;
};

struct fetcher *fetcher_new(uv_loop_t *loop, fetch_fn done, void *user)
{
    struct fetcher *f = calloc(1, sizeof *f);
    if (f)
        *f = (struct fetcher){.loop = loop, .done = done, .user = user};
    return f;
}

void fetcher_free(struct fetcher *f)
{
    free(f);
}

/* ---------------------------------------------------------------- the end of a job */

static void job_free(struct job *j)
{
    struct job **at = &j->f->jobs;
    while (*at && *at != j)
        at = &(*at)->next;
    if (*at)
        *at = j->next;
    free(j->request);
    free(j->answer);
    free(j);
}

static void released(struct job *j)
{
    if (--j->open == 0 && j->closing)
        job_free(j);
}

static void on_close(uv_handle_t *handle)
{
    released(handle->data);
}

static void end(struct job *j, const char *why)
{
    const uint8_t *body = NULL;
    size_t len = 0;
    if (j->closing)
        return;
    j->closing = true;
    if (!why && !fetch_body(j->answer ? j->answer : (const uint8_t *)"", j->len, &body, &len)) {
        body = NULL;
        why = "no answer that can be used";
    }
    if (why)
        log_info("http://%s:%s%s: %s", j->url.host, j->url.port, j->url.path, why);
    if (!j->told && !j->f->stopped)
        j->f->done(j->f->user, j->number, why ? NULL : body, len);
    j->told = true;
    (void)uv_cancel((uv_req_t *)&j->resolve);
    uv_close((uv_handle_t *)&j->tcp, on_close);
    uv_close((uv_handle_t *)&j->clock, on_close);
}

static void on_clock(uv_timer_t *clock)
{
    end(clock->data, "no answer in time");
}

/* ---------------------------------------------------------------- its steps */

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct job *j = handle->data;
    (void)suggested;
    if (j->len == j->cap && j->cap < FETCH_BODY_MAX + FETCH_HEAD_MAX) {
        size_t cap = j->cap ? 2 * j->cap : 8192;
        if (cap > FETCH_BODY_MAX + FETCH_HEAD_MAX)
            cap = FETCH_BODY_MAX + FETCH_HEAD_MAX;
        uint8_t *more = realloc(j->answer, cap);
        if (more) {
            j->answer = more;
            j->cap = cap;
        }
    }
    *buf = uv_buf_init((char *)j->answer + j->len, (unsigned)(j->cap - j->len));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct job *j = stream->data;
    (void)buf;
    if (n > 0)
        j->len += (size_t)n;
    else if (n == UV_EOF)
        end(j, NULL);
    else if (n < 0)
        end(j, n == UV_ENOBUFS ? "the answer is too long" : uv_strerror((int)n));
}

static void on_written(uv_write_t *write, int status)
{
    struct job *j = write->data;
    if (status < 0)
        end(j, uv_strerror(status));
    released(j);
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct job *j = connect->data;
    uv_buf_t buf = uv_buf_init(j->request, (unsigned)j->request_len);
    int rc = status;
    if (rc == 0)
        rc = uv_read_start((uv_stream_t *)&j->tcp, give_room, on_read);
    if (rc == 0) {
        j->write.data = j;
        rc = uv_write(&j->write, (uv_stream_t *)&j->tcp, &buf, 1, on_written);
        j->open += rc == 0;
    }
    if (rc < 0)
        end(j, uv_strerror(rc));
    released(j);
}

static void on_resolved(uv_getaddrinfo_t *resolve, int status, struct addrinfo *found)
{
    struct job *j = resolve->data;
    int rc = status;
    if (!j->closing) {
        j->connect.data = j;
        if (rc == 0)
            rc = uv_tcp_connect(&j->connect, &j->tcp, found->ai_addr, on_connected);
        j->open += rc == 0;
        if (rc < 0)
            end(j, uv_strerror(rc));
    }
    uv_freeaddrinfo(found);
    released(j);
}

/* ---------------------------------------------------------------- its beginning */

static bool compose(struct job *j, const uint8_t *post, size_t len)
{
    char head[1536];
    bool v6 = strchr(j->url.host, ':') != NULL;
    int n = snprintf(
        head, sizeof head, "%s %s HTTP/1.0\r\nHost: %s%s%s:%s\r\nConnection: close\r\n",
        post ? "POST" : "GET", j->url.path, v6 ? "[" : "", j->url.host, v6 ? "]" : "", j->url.port);
    if (n > 0 && post && (size_t)n < sizeof head)
        n += snprintf(head + n, sizeof head - (size_t)n,
                      "Content-Type: application/ocsp-request\r\nContent-Length: %zu\r\n", len);
    if (n <= 0 || (size_t)n + 3 > sizeof head)
        return false;
    memcpy(head + n, "\r\n", 2);
    j->request_len = (size_t)n + 2 + len;
    if (!(j->request = malloc(j->request_len)))
        return false;
    memcpy(j->request, head, (size_t)n + 2);
    if (len)
        memcpy(j->request + n + 2, post, len);
    return true;
}

static size_t count(const struct fetcher *f)
{
    size_t n = 0;
    for (const struct job *j = f->jobs; j; j = j->next)
        n++;
    return n;
}

bool fetcher_begin(struct fetcher *f, unsigned number, const char *url, const uint8_t *post,
                   size_t len)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct job *j = f->stopped || count(f) >= FETCHES_MAX ? NULL : calloc(1, sizeof *j);
    if (!j)
        return false;
    j->f = f;
    j->number = number;
    if (!fetch_url_parse(url, &j->url) || !compose(j, post, len) ||
        uv_tcp_init(f->loop, &j->tcp) != 0) {
        free(j->request);
        free(j);
        return false;
    }
    j->next = f->jobs;
    f->jobs = j;
    (void)uv_timer_init(f->loop, &j->clock); /* as the next: can't fail */
    j->open = 2;
    j->tcp.data = j->clock.data = j->resolve.data = j;
    (void)uv_timer_start(&j->clock, on_clock, FETCH_DEADLINE_MS, 0);
    if (uv_getaddrinfo(f->loop, &j->resolve, on_resolved, j->url.host, j->url.port, &hints) == 0) {
        j->open++;
        return true;
    }
    j->told = true; /* by the result of this call */
    end(j, "it can't be resolved");
    return false;
}

void fetcher_stop(struct fetcher *f)
{
    if (!f)
        return;
    f->stopped = true;
    for (struct job *j = f->jobs, *next; j; j = next) {
        next = j->next;
        end(j, "espalierd ends");
    }
}
