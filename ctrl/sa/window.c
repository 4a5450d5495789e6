/* SPDX-License-Identifier: Apache-2.0 */
/* Sending requests and responses so that both arrive once. See window.h. */
#include "ctrl/sa/window.h"

#include <stdlib.h>
#include <string.h>

#include "ctrl/log/log.h"
#include "ctrl/sa/fragments.h"
#include "ctrl/sa/ike_sa.h"
#include "ctrl/sa/registry.h"
#include "ctrl/wire/sk.h"

#define FRAGMENT_SIZE                                                                              \
    1280u             /* RFC 7383 2.5.1: what every IPv6 path carries, and nearly every IPv4 one */
#define LENGTH_AT 24u /* of the Length field in the header */

/* Fragments stand one behind the other: each goes out as a datagram. */
static void send_all(const struct ike_sa *sa, const struct endpoint *from,
                     const struct endpoint *to, const uint8_t *data, size_t len)
{
    while (len >= IKE_HEADER_LEN) {
        struct rd r = rd_over(data + LENGTH_AT, 4);
        size_t n = rd_u32(&r);
        if (n < IKE_HEADER_LEN || n > len)
            return; /* never: we made it */
        sa->m->env.send(sa->m->env.user, from, to, data, n);
        data += n;
        len -= n;
    }
}

void window_send(const struct ike_sa *sa, const uint8_t *data, size_t len)
{
    send_all(sa, &sa->local, &sa->peer, data, len);
}

/* RFC 7296 2.11: to where the request came from */
static void answer(const struct ike_sa *sa)
{
    send_all(sa, &sa->came_local, &sa->came_peer, sa->response, sa->response_len);
}

/* How long a message may be that goes out whole: the rest of the packet is IP, UDP and marker. */
static size_t datagram_limit(const struct ike_sa *sa)
{
    size_t size = sa->m->env.fragment_size ? sa->m->env.fragment_size : FRAGMENT_SIZE;
    return size - (sa->peer.addr.family == ESPL_IPV6 ? 40u : 20u) - 8u - 4u;
}

static struct ike_header header(const struct ike_sa *sa, unsigned exchange, uint32_t id,
                                bool response)
{
    return (struct ike_header){
        .spi_i = sa->initiator ? sa->spi_own : sa->spi_peer,
        .spi_r = sa->initiator ? sa->spi_peer : sa->spi_own,
        .exchange = (uint8_t)exchange,
        .flags = (uint8_t)((sa->initiator ? IKE_FLAG_INITIATOR : 0) |
                           (response ? IKE_FLAG_RESPONSE : 0)),
        .id = id,
    };
}

/* The message on the heap; NULL: none. */
static uint8_t *compose(struct ike_sa *sa, const struct ike_header *h, const struct chain *c,
                        bool protect, size_t *len)
{
    uint8_t buf[IKE_MESSAGE_MAX + FRAGMENTS_MAX * 64u];
    struct cipher_key *key = sa->initiator ? &sa->keys.from_i : &sa->keys.from_r;
    *len = protect ? sk_seal(key, h, c, buf, sizeof buf) : message_write(h, c, buf, sizeof buf);
    if (protect && *len > datagram_limit(sa) && sa->peer_fragments &&
        sa->conn->fragmentation == CONFIG_FRAGMENTATION_YES)
        *len = sk_seal_fragments(key, h, c, datagram_limit(sa), buf, sizeof buf);
    uint8_t *packet = *len ? malloc(*len) : NULL;
    if (packet)
        memcpy(packet, buf, *len);
    else
        log_info("%s[%u]: no %s message could be made", sa->conn->name, sa->number,
                 ike_exchange_name(h->exchange));
    return packet;
}

static bool request(struct ike_sa *sa, unsigned exchange, const struct chain *c, bool protect)
{
    struct pending *p = &sa->pending;
    struct ike_header h = header(sa, exchange, sa->next_out, false);
    size_t len;
    uint8_t *packet = compose(sa, &h, c, protect, &len);
    if (!packet)
        return false;
    ike_sa_touch(sa);
    free(p->packet);
    p->packet = packet;
    p->len = len;
    p->exchange = (uint8_t)exchange;
    p->id = sa->next_out;
    p->sent = 1;
    p->next_at = now_ms(sa->m) + RETRANSMIT_FIRST_MS;
    fragments_drop(sa);
    window_send(sa, p->packet, p->len);
    return true;
}

bool window_request_clear(struct ike_sa *sa, const struct chain *c)
{
    return request(sa, IKE_SA_INIT, c, false);
}

bool window_request(struct ike_sa *sa, unsigned exchange, const struct chain *c)
{
    return request(sa, exchange, c, true);
}

static bool respond(struct ike_sa *sa, const struct message *msg, const struct chain *c,
                    bool protect)
{
    struct ike_header h = header(sa, msg->header.exchange, msg->header.id, true);
    size_t len;
    uint8_t *packet = compose(sa, &h, c, protect, &len);
    if (!packet)
        return false;
    free(sa->response);
    sa->response = packet;
    sa->response_len = len;
    sa->next_in = msg->header.id + 1;
    fragments_drop(sa);
    answer(sa);
    return true;
}

bool window_respond_clear(struct ike_sa *sa, const struct message *msg, const struct chain *c)
{
    return respond(sa, msg, c, false);
}

bool window_respond(struct ike_sa *sa, const struct message *msg, const struct chain *c)
{
    return respond(sa, msg, c, true);
}

void window_repeat_response(struct ike_sa *sa)
{
    if (sa->response)
        answer(sa);
}

bool window_retransmit(struct ike_sa *sa)
{
    struct pending *p = &sa->pending;
    if (p->sent > RETRANSMIT_TRIES)
        return false;
    uint64_t wait = RETRANSMIT_FIRST_MS;
    for (unsigned i = 0; i < p->sent; i++)
        wait = wait * 9 / 5;
    p->sent++;
    p->next_at = now_ms(sa->m) + wait; /* counted from this one, however late it is */
    ike_sa_begun(sa);                  /* this peer may be dead: nobody waits for it */
    log_debug("%s[%u]: %s request %u sent again", sa->conn->name, sa->number,
              ike_exchange_name(p->exchange), p->id);
    window_send(sa, p->packet, p->len);
    return true;
}

void window_done(struct ike_sa *sa)
{
    struct pending *p = &sa->pending;
    ike_sa_touch(sa);
    if (p->spi)
        sa->m->dp->ops->release_spi(sa->m->dp, p->spi);
    free(p->packet);
    dh_clear(&p->dh);
    *p = (struct pending){0};
}
