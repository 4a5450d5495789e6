/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to the parent from a network-facing process that somebody has taken over. Input: flags
 * (0: nothing was started, 1: files may be asked for), then requests, each behind its length. What
 * reaches the card and the kernel must be what they can be given.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "ctrl/log/log.h"
#include "ctrl/parent/service.h"
#include "tests/fuzz/fuzz.h"

#define REQUESTS 8

static void check_addr(const struct espl_addr *a)
{
    static const uint8_t zero[16];
    assert(a->family == ESPL_IPV4 || a->family == ESPL_IPV6);
    assert(a->family == ESPL_IPV6 || memcmp(a->bytes + 4, zero, 12) == 0);
}

static void check_selector(const struct espl_selector *s)
{
    check_addr(&s->src.addr);
    check_addr(&s->dst.addr);
    assert(s->src.addr.family == s->dst.addr.family);
    assert(s->src.len <= (s->src.addr.family == ESPL_IPV4 ? 32 : 128));
    assert(s->dst.len <= (s->dst.addr.family == ESPL_IPV4 ? 32 : 128));
    assert(s->sport.first <= s->sport.last && s->dport.first <= s->dport.last);
}

static enum dp_err alloc_spi(struct dataplane *dp, uint32_t *spi)
{
    (void)dp;
    *spi = 0xc0000000;
    return DP_OK;
}
static void release_spi(struct dataplane *dp, uint32_t spi)
{
    (void)dp;
    (void)spi;
}
static enum dp_err install(struct dataplane *dp, const struct dp_child *c)
{
    (void)dp;
    check_addr(&c->local);
    check_addr(&c->remote);
    check_selector(&c->ts_in);
    check_selector(&c->ts_out);
    assert(c->local.family == c->remote.family && c->spi_in >= 256);
    assert(c->key_len == 20 || c->key_len == 36);
    assert(c->mode == DP_TUNNEL || c->mode == DP_TRANSPORT);
    return c->reqid % 2 ? DP_OK : DP_REFUSED;
}
static enum dp_err remove_child(struct dataplane *dp, const struct dp_child *c)
{
    (void)dp;
    return c->reqid % 2 ? DP_OK : DP_GONE;
}
static enum dp_err stats(struct dataplane *dp, const struct dp_child *c, struct dp_stats *s)
{
    (void)dp;
    *s = (struct dp_stats){0};
    return c->reqid % 2 ? DP_OK : DP_REFUSED;
}
static enum dp_err trap(struct dataplane *dp, const struct dp_trap *t, bool add)
{
    (void)dp;
    (void)add;
    check_selector(&t->ts_out);
    return DP_OK;
}
static const char *error(const struct dataplane *dp)
{
    (void)dp;
    return "a sentence";
}

static bool start(void *user, struct wr *out, struct packet_files *files, struct dataplane **into)
{
    (void)out;
    (void)files;
    *into = user;
    return true;
}
static void told(void *user)
{
    (void)user;
}
static int no_file(void *user, const char *path)
{
    (void)user;
    assert(strlen(path) < REQUEST_PATH);
    errno = ENOENT;
    return -1;
}
static bool no_room(void *user, uint32_t ticket, int fd)
{
    (void)user;
    (void)ticket;
    return fd < 0;
}
static int one_path(void *user, const char *path, files_fn each, void *each_user)
{
    (void)user;
    return each(each_user, path);
}
static int no_log(void *user)
{
    (void)user;
    return -1;
}
static bool source(void *user, const struct espl_addr *remote, struct espl_addr *local)
{
    (void)user;
    check_addr(remote);
    *local = *remote;
    return true;
}
static size_t none(void *user, struct espl_addr *list, size_t max)
{
    (void)user;
    (void)list;
    (void)max;
    return 0;
}
static int vip(void *user, const struct espl_addr *addr, bool add)
{
    (void)user;
    (void)add;
    check_addr(addr);
    assert(addr->bytes[0] != 127 || addr->family == ESPL_IPV6);
    return 0;
}
static void keys(void *user, const char *file, const char *line)
{
    (void)user;
    assert(!strchr(file, '/') && !strchr(line, '\n'));
}
static size_t no_events(void *user, struct parent_event *list, size_t max)
{
    (void)user;
    (void)list;
    (void)max;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const struct dataplane_ops ops = {.alloc_spi = alloc_spi,
                                             .release_spi = release_spi,
                                             .install_in = install,
                                             .install_out = install,
                                             .remove = remove_child,
                                             .stats = stats,
                                             .trap = trap,
                                             .error = error};
    static uint8_t out[ANSWER_BYTES];
    static char config[] = "/a/c.conf";
    struct dataplane dp = {&ops};
    struct feed f = {data, len};
    uint8_t flags = feed_u8(&f);
    struct service s = {.dp = flags & 1 ? NULL : &dp, .reading = flags & 2};
    s.env = (struct service_env){&dp,     {config, no_file, NULL, NULL, one_path, one_path},
                                 no_room, start,
                                 told,    told,
                                 no_log,  source,
                                 none,    vip,
                                 keys,    no_events};
    log_init(NULL, false);
    for (unsigned i = 0; i < REQUESTS && f.len; i++) {
        struct feed ask = feed_bytes(&f, 255);
        struct wr w = wr_over(out, sizeof out);
        struct packet_files files;
        if (!service_answer(&s, ask.data, ask.len, &w, &files))
            break;
        assert(!w.bad && w.len > 0 && files.count == 0);
    }
    return 0;
}
