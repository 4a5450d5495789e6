/* SPDX-License-Identifier: Apache-2.0 */
/* See auth_state.h. */
#include "ctrl/sa/auth_state.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "ctrl/eap/eap.h"

struct auth_state *auth_state(struct ike_sa *sa)
{
    if (!sa->auth)
        sa->auth = calloc(1, sizeof *sa->auth);
    return sa->auth;
}

void auth_state_free(struct auth_state *a)
{
    if (!a)
        return;
    message_free(a->first);
    message_free(a->held);
    eap_free(a->eap);
    OPENSSL_cleanse(a, sizeof *a);
    free(a);
}

static size_t bodies(const struct message *msg)
{
    size_t len = 0;
    for (size_t i = 0; i < msg->count; i++)
        len += msg->payloads[i].len;
    return len;
}

struct message *message_copy(const struct message *msg)
{
    size_t len = bodies(msg);
    uint8_t *block = malloc(sizeof *msg + len);
    if (!block)
        return NULL;
    struct message *copy = (struct message *)(void *)block;
    uint8_t *at = block + sizeof *msg;
    *copy = *msg;
    copy->raw = NULL;
    copy->raw_len = 0;
    for (size_t i = 0; i < copy->count; i++) {
        struct payload *p = &copy->payloads[i];
        if (p->len)
            memcpy(at, p->body, p->len);
        p->body = at;
        at += p->len;
    }
    return copy;
}

void message_free(struct message *copy)
{
    if (!copy)
        return;
    OPENSSL_cleanse(copy, sizeof *copy + bodies(copy));
    free(copy);
}
