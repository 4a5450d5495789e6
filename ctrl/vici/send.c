/* SPDX-License-Identifier: Apache-2.0 */
/* Answers and events on their way to VICI's clients. */
#include <stdlib.h>
#include <string.h>

#include "ctrl/log/log.h"
#include "ctrl/vici/server.h"

#define UNREAD_MAX (64u << 20) /* bytes that a client leaves unread before it is dropped */

const char *const vici_event_names[VICI_EVENTS] = {
    [VICI_LOG] = "log",
    [VICI_CONTROL_LOG] = "control-log",
    [VICI_LIST_SA] = "list-sa",
    [VICI_LIST_POLICY] = "list-policy",
    [VICI_LIST_CONN] = "list-conn",
    [VICI_LIST_CERT] = "list-cert",
    [VICI_LIST_AUTHORITY] = "list-authority",
    [VICI_IKE_UPDOWN] = "ike-updown",
    [VICI_IKE_REKEY] = "ike-rekey",
    [VICI_IKE_UPDATE] = "ike-update",
    [VICI_CHILD_UPDOWN] = "child-updown",
    [VICI_CHILD_REKEY] = "child-rekey",
    [VICI_CHILD_STATE_INSTALLED] = "child-state-installed",
    [VICI_CHILD_STATE_REKEYED] = "child-state-rekeyed",
    [VICI_CHILD_STATE_DESTROYING] = "child-state-destroying",
};

struct sending {
    uv_write_t request;
    uint8_t *data; /* owned */
};

static void on_sent(uv_write_t *request, int status)
{
    struct sending *s = request->data;
    struct vici_client *c = request->handle->data;
    free(s->data);
    free(s);
    if (status != 0)
        vici_drop(c);
}

void vici_send(struct vici_client *c, struct vici_out *out)
{
    if (!vici_out_end(out)) {
        log_info("control socket: an answer is too long, or memory is short");
        vici_drop(c); /* it would wait for it for ever */
        return;
    }
    struct sending *s = malloc(sizeof(*s));
    size_t unread = uv_stream_get_write_queue_size((uv_stream_t *)&c->pipe);
    if (!s || unread > UNREAD_MAX || uv_is_closing((uv_handle_t *)&c->pipe)) {
        free(s);
        vici_out_free(out);
        vici_drop(c);
        return;
    }
    s->data = out->data;
    s->request.data = s;
    uv_buf_t buf = uv_buf_init((char *)out->data, (unsigned)out->len);
    if (uv_write(&s->request, (uv_stream_t *)&c->pipe, &buf, 1, on_sent) != 0) {
        free(s->data);
        free(s);
        vici_drop(c);
    }
}

bool vici_listened(const struct vici *v, enum vici_event_id id)
{
    for (const struct vici_client *c = v->clients; c; c = c->next)
        if (c->events & 1u << id)
            return true;
    return false;
}

void vici_raise(struct vici *v, enum vici_event_id id, struct vici_out *out)
{
    struct vici_client *next;
    for (struct vici_client *c = v->clients; c && !out->bad; c = next) {
        struct vici_out copy = {.len = out->len, .cap = out->len, .bad = out->bad};
        next = c->next;
        if (!(c->events & 1u << id))
            continue;
        copy.data = malloc(out->len);
        if (copy.data)
            memcpy(copy.data, out->data, out->len);
        copy.bad = !copy.data;
        vici_send(c, &copy);
    }
    vici_out_free(out);
}
