/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to the data plane: from fields to SAs of the card. See service.h. */
#include <string.h>

#include <openssl/crypto.h>

#include "ctrl/parent/service.h"

/* What it says of the last failure, made printable; nothing when there was none. */
static void answer(struct service *s, enum dp_err err, struct wr *out)
{
    char text[300] = "";
    const char *why = err == DP_OK ? "" : s->dp->ops->error(s->dp);
    for (size_t i = 0; why && i + 1 < sizeof text && why[i]; i++)
        text[i] = why[i] < 0x20 || why[i] == 0x7f ? '?' : why[i];
    wr_u8(out, err);
    put_text(out, text);
}

static bool spis(struct service *s, struct rd *r, struct wr *out)
{
    uint32_t all[REQUEST_SPIS_MAX];
    enum dp_err err = DP_OK;
    size_t wanted = rd_u8(r), n = 0;
    if (!request_ended(r) || wanted == 0 || wanted > REQUEST_SPIS_MAX)
        return false;
    while (n < wanted && (err = s->dp->ops->alloc_spi(s->dp, &all[n])) == DP_OK)
        n++;
    answer(s, n ? DP_OK : err, out);
    for (size_t i = 0; i < n; i++)
        wr_u32(out, all[i]);
    return true;
}

static bool spi_free(struct service *s, struct rd *r, struct wr *out)
{
    uint32_t spi = rd_u32(r);
    if (!request_ended(r))
        return false;
    s->dp->ops->release_spi(s->dp, spi);
    answer(s, DP_OK, out);
    return true;
}

static bool install(struct service *s, bool in, struct rd *r, struct wr *out)
{
    struct dp_child child;
    uint8_t key[36] = {0};
    get_child(r, &child, key);
    bool good = request_ended(r) && (in || child.spi_out >= 256); /* RFC 4303 2.1 */
    if (good) {
        memcpy(in ? child.key_in : child.key_out, key, sizeof key);
        answer(s,
               in ? s->dp->ops->install_in(s->dp, &child) : s->dp->ops->install_out(s->dp, &child),
               out);
    }
    OPENSSL_cleanse(&child, sizeof child);
    OPENSSL_cleanse(key, sizeof key);
    return good;
}

/* Of one that is there: its other fields are what they were when it was installed. */
static bool known(struct service *s, enum request_kind kind, struct rd *r, struct wr *out)
{
    struct dp_child child = {.reqid = rd_u32(r), .spi_in = rd_u32(r)};
    struct dp_stats stats;
    if (!request_ended(r))
        return false;
    if (kind == REQUEST_REMOVE) {
        answer(s, s->dp->ops->remove(s->dp, &child), out);
        return true;
    }
    enum dp_err err = s->dp->ops->stats(s->dp, &child, &stats);
    answer(s, err, out);
    if (err == DP_OK) {
        wr_u64(out, stats.packets_in);
        wr_u64(out, stats.bytes_in);
        wr_u64(out, stats.packets_out);
        wr_u64(out, stats.bytes_out);
    }
    return true;
}

static bool trap(struct service *s, struct rd *r, struct wr *out)
{
    struct dp_trap t;
    get_trap(r, &t);
    bool add = get_bool(r);
    if (!request_ended(r))
        return false;
    answer(s, s->dp->ops->trap(s->dp, &t, add), out);
    return true;
}

bool service_dataplane(struct service *s, enum request_kind kind, struct rd *r, struct wr *out)
{
    switch (kind) {
    case REQUEST_SPIS:
        return spis(s, r, out);
    case REQUEST_SPI_FREE:
        return spi_free(s, r, out);
    case REQUEST_INSTALL_IN:
    case REQUEST_INSTALL_OUT:
        return install(s, kind == REQUEST_INSTALL_IN, r, out);
    case REQUEST_REMOVE:
    case REQUEST_STATS:
        return known(s, kind, r, out);
    case REQUEST_TRAP:
        return trap(s, r, out);
    default:
        return false;
    }
}
