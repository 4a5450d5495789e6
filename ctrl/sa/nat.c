/* SPDX-License-Identifier: Apache-2.0 */
/* Is there a NAT, on whose side, and what follows. See nat.h. */
#include "ctrl/sa/nat.h"

#include <string.h>

#include <openssl/evp.h>

#include "ctrl/sa/text.h"

#define SHA1_LEN sizeof ((struct ike_sa *)NULL)->mapping

/* OpenSSL finds an algorithm by name: once is enough. Never freed. */
static const EVP_MD *sha1(void)
{
    static EVP_MD *kept;
    if (!kept)
        kept = EVP_MD_fetch(NULL, "SHA1", NULL);
    return kept;
}

/* SHA-1 of SPIi, SPIr, address, port */
static bool nat_hash(uint64_t spi_i, uint64_t spi_r, const struct endpoint *e,
                     uint8_t out[SHA1_LEN])
{
    uint8_t buf[8 + 8 + 16 + 2];
    struct wr w = wr_over(buf, sizeof buf);
    wr_u64(&w, spi_i);
    wr_u64(&w, spi_r);
    wr_bytes(&w, e->addr.bytes, addr_len(&e->addr));
    wr_u16(&w, e->port);
    return !w.bad && sha1() && EVP_Digest(buf, w.len, out, NULL, sha1(), NULL) == 1;
}

bool nat_write(struct chain *c, const struct ike_sa *sa, const struct endpoint *local,
               const struct endpoint *peer)
{
    const struct endpoint nowhere = {.addr = {.family = local->addr.family}};
    uint64_t spi_i = sa->initiator ? sa->spi_own : sa->spi_peer;
    uint64_t spi_r = sa->initiator ? sa->spi_peer : sa->spi_own;
    uint8_t hash[SHA1_LEN];
    if (!nat_hash(spi_i, spi_r, sa->conn->encap ? &nowhere : local, hash))
        return false;
    notify_write(c, NAT_DETECTION_SOURCE_IP, (struct bytes){hash, sizeof hash});
    if (!nat_hash(spi_i, spi_r, peer, hash))
        return false;
    notify_write(c, NAT_DETECTION_DESTINATION_IP, (struct bytes){hash, sizeof hash});
    return true;
}

void nat_judge(struct ike_sa *sa, const struct message *msg)
{
    uint8_t from[SHA1_LEN], to[SHA1_LEN];
    bool source = false, source_right = false, destination = false, destination_right = false;
    if (!nat_hash(msg->header.spi_i, msg->header.spi_r, &sa->peer, from) ||
        !nat_hash(msg->header.spi_i, msg->header.spi_r, &sa->local, to))
        return;
    for (size_t i = 0; i < msg->count; i++) {
        struct notify n;
        if (msg->payloads[i].type != PAYLOAD_NOTIFY ||
            notify_parse(&msg->payloads[i], &n) != WIRE_OK || n.data.n != SHA1_LEN)
            continue;
        /* there may be several sources, one for each address the peer might send from */
        if (n.type == NAT_DETECTION_SOURCE_IP) {
            source = true;
            source_right = source_right || memcmp(n.data.p, from, SHA1_LEN) == 0;
        } else if (n.type == NAT_DETECTION_DESTINATION_IP) {
            destination = true;
            destination_right = destination_right || memcmp(n.data.p, to, SHA1_LEN) == 0;
        }
    }
    sa->nat_seen = source && destination;
    sa->nat_peer = sa->nat_seen && !source_right;
    sa->nat_local = sa->nat_seen && !destination_right;
    sa->encap = sa->nat_seen && (sa->nat_peer || sa->nat_local || sa->conn->encap);
}

bool nat_remapped(struct ike_sa *sa, const struct message *msg)
{
    struct notify n;
    if (!notify_find(msg, NAT_DETECTION_DESTINATION_IP, &n) || n.data.n != SHA1_LEN)
        return false;
    bool moved = sa->mapped && memcmp(sa->mapping, n.data.p, SHA1_LEN) != 0;
    sa->mapped = true;
    memcpy(sa->mapping, n.data.p, SHA1_LEN);
    return moved;
}

void nat_float(struct ike_sa *sa)
{
    /* RFC 4555 3.3: so that it can move to where a NAT is */
    if (!sa->encap && !(sa->conn->mobike && sa->nat_seen))
        return;
    if (sa->local.port == IKE_PORT)
        sa->local.port = IKE_NAT_PORT;
    if (sa->peer.port == IKE_PORT)
        sa->peer.port = IKE_NAT_PORT;
}
