/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients, their queues of requests, and the events that they listen to. A client's requests are
 * run one after the other, in order: while one waits (an initiation, a termination), what comes
 * after it stays in the client's buffer.
 */
#ifndef CTRL_VICI_SERVER_H
#define CTRL_VICI_SERVER_H

#include "ctrl/exchange/control.h"
#include "ctrl/vici/vici.h"
#include "ctrl/vici/wire.h"

enum vici_event_id {
    VICI_LOG,
    VICI_CONTROL_LOG,
    VICI_LIST_SA,
    VICI_LIST_POLICY,
    VICI_LIST_CONN,
    VICI_LIST_CERT,
    VICI_LIST_AUTHORITY,
    VICI_IKE_UPDOWN,
    VICI_IKE_REKEY,
    VICI_IKE_UPDATE,
    VICI_CHILD_UPDOWN,
    VICI_CHILD_REKEY,
    VICI_CHILD_STATE_INSTALLED,
    VICI_CHILD_STATE_REKEYED,
    VICI_CHILD_STATE_DESTROYING,
    VICI_EVENTS,
};

enum vici_wait_kind { VICI_WAIT_NONE, VICI_WAIT_INITIATE, VICI_WAIT_TERMINATE };

/* A request that is answered when something has happened, or too late. */
struct vici_wait {
    enum vici_wait_kind kind;
    uint64_t deadline; /* ms on the loop's clock, UINT64_MAX: none */
    uint64_t timeout;  /* ms, for the answer's text */
    char conn[VICI_NAME], child[VICI_NAME];
    struct espl_addr peer; /* family 0: none was named */
    char failed[512];      /* why the initiation failed, as an event told */
    struct ike_ids going;  /* what is being terminated */
};

struct vici_client {
    struct vici_client *next;
    struct vici *vici;
    uv_pipe_t pipe;
    uint8_t *in; /* owned, wiped: segments that came and were not run yet */
    size_t in_len, in_cap;
    bool stopped;    /* not read from: the buffer is full and a request waits */
    uint32_t events; /* 1 << enum vici_event_id */
    struct vici_wait wait;
};

struct vici {
    char *path; /* owned; NULL: the socket was made by another process */
    int fd;     /* owned: listening, until vici_hand_over; -1 */
    int door;   /* whence clients come */
    struct vici_env env;
    uv_loop_t *loop;
    uv_poll_t coming;
    uv_prepare_t turn; /* looks at what waits, before the loop sleeps */
    uv_timer_t clock;
    bool started, telling; /* telling: a line of the log is being sent */
    uint64_t since;        /* seconds since 1970 */
    uint64_t started_at;   /* ms on the loop's clock */
    struct vici_client *clients;
};

struct vici_request {
    struct vici *vici;
    struct vici_client *client;
    const struct vici_message *message;
    struct vici_out out; /* the response; begun */
};

struct vici_command {
    const char *name;
    /* true: out is the response. false: client->wait says what it waits for. */
    bool (*run)(struct vici_request *r);
};

/* commands.c. NULL: unknown to VICI. */
const struct vici_command *vici_command(const char *name);
bool vici_refuse(struct vici_request *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3))); /* success=no, errmsg; true */
bool vici_succeed(struct vici_request *r); /* success=yes; true */

/* send.c */
extern const char *const vici_event_names[VICI_EVENTS];
/* Sends a segment and takes it. When it is bad, or the client leaves too much unread, the client is
 * dropped. */
void vici_send(struct vici_client *client, struct vici_out *out);
bool vici_listened(const struct vici *vici, enum vici_event_id id);
void vici_raise(struct vici *vici, enum vici_event_id id, struct vici_out *out);

/* server.c */
void vici_drop(struct vici_client *client); /* it is freed when the loop has closed it */
/* The response to the request that waited; then the next ones are run. */
void vici_answer(struct vici_client *client, struct vici_out *out);
void vici_wait(struct vici_client *client); /* client->wait is set */

/* control.c: answers what waits when it has come about. */
void vici_look(struct vici_client *client);
void vici_note_failure(struct vici *vici, const struct ike_event *event);

/* events.c: a line of the log, for log_listen. */
void vici_log_line(void *vici, const char *line);

#endif
