/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The requests of the network-facing process, from the parent's side: what it asks as it should is
 * done and comes back whole; what it must not ask is refused, or ends everything. Every request is
 * cut at every byte, made longer, and given fields that can't be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctrl/log/log.h"
#include "ctrl/parent/queue.h"
#include "ctrl/parent/service.h"
#include "ctrl/privilege/ask.h"

/* ---------------------------------------------------------------- what would be done */

static struct {
    unsigned calls; /* of anything */
    struct dp_child in, out, removed;
    struct dp_trap trap;
    bool added;
    uint32_t next_spi, freed, ticket;
    struct espl_addr vip;
    char line[REQUEST_BYTES];
} done;
static enum dp_err answer_with;

static enum dp_err caps(struct dataplane *dp, struct dp_caps *c)
{
    (void)dp;
    *c = (struct dp_caps){.gcm256 = true, .esn = true, .max_window = 4096};
    return DP_OK;
}
static enum dp_err alloc_spi(struct dataplane *dp, uint32_t *spi)
{
    (void)dp;
    done.calls++;
    *spi = ++done.next_spi;
    return answer_with;
}
static void release_spi(struct dataplane *dp, uint32_t spi)
{
    (void)dp;
    done.calls++;
    done.freed = spi;
}
static enum dp_err install_in(struct dataplane *dp, const struct dp_child *c)
{
    (void)dp;
    done.calls++;
    done.in = *c;
    return answer_with;
}
static enum dp_err install_out(struct dataplane *dp, const struct dp_child *c)
{
    (void)dp;
    done.calls++;
    done.out = *c;
    return answer_with;
}
static enum dp_err remove_child(struct dataplane *dp, const struct dp_child *c)
{
    (void)dp;
    done.calls++;
    done.removed = *c;
    return answer_with;
}
static enum dp_err trap(struct dataplane *dp, const struct dp_trap *t, bool add)
{
    (void)dp;
    done.calls++;
    done.trap = *t;
    done.added = add;
    return answer_with;
}
static enum dp_err stats(struct dataplane *dp, const struct dp_child *c, struct dp_stats *s)
{
    (void)dp;
    done.calls++;
    *s = (struct dp_stats){c->reqid, c->spi_in, 3, ~0ull};
    return answer_with;
}
static const char *error(const struct dataplane *dp)
{
    (void)dp;
    return "spi: the slot\nholds an SA";
}
static const struct dataplane_ops ops = {.caps = caps,
                                         .alloc_spi = alloc_spi,
                                         .release_spi = release_spi,
                                         .install_in = install_in,
                                         .install_out = install_out,
                                         .remove = remove_child,
                                         .trap = trap,
                                         .stats = stats,
                                         .error = error};
static struct dataplane dp = {&ops};

static bool start(void *user, struct wr *out, struct packet_files *files, struct dataplane **into)
{
    struct dp_caps c;
    (void)user;
    (void)files;
    assert_int_equal(caps(&dp, &c), DP_OK);
    put_caps(out, &c);
    wr_u8(out, 0);
    wr_u8(out, 0);
    *into = &dp;
    return true;
}
static void told(void *user)
{
    (void)user;
    done.calls++;
}
static bool give_key(void *user, uint32_t ticket, int fd)
{
    (void)user;
    done.ticket = ticket;
    return fd >= 0 && ticket < 4;
}
static int open_log(void *user)
{
    (void)user;
    errno = ENOSPC;
    return -1;
}
static bool source(void *user, const struct espl_addr *remote, struct espl_addr *local)
{
    (void)user;
    done.calls++;
    *local = *remote;
    local->bytes[3] = 99;
    return remote->bytes[0] != 9;
}
static size_t addresses(void *user, struct espl_addr *list, size_t max)
{
    (void)user;
    for (size_t i = 0; i < max; i++)
        list[i] = (struct espl_addr){ESPL_IPV4, {10, 0, 0, (uint8_t)i}};
    return max;
}
static int vip(void *user, const struct espl_addr *addr, bool add)
{
    (void)user;
    (void)add;
    done.calls++;
    done.vip = *addr;
    return 0;
}
static void keys(void *user, const char *file, const char *line)
{
    (void)user;
    (void)file;
    done.calls++;
    strcpy(done.line, line);
}
static struct queue queue;
static size_t events(void *user, struct parent_event *list, size_t max)
{
    (void)user;
    return queue_take(&queue, list, max);
}

static char dir[] = "/tmp/espl-service-XXXXXX", config[64];
static struct service service;
static uint8_t ask[REQUEST_BYTES + 8], out[ANSWER_BYTES];

static int set_up(void **state)
{
    (void)state;
    log_init(NULL, false);
    memset(&done, 0, sizeof done);
    memset(&queue, 0, sizeof queue);
    queue.wake = -1;
    answer_with = DP_OK;
    service = (struct service){.reading = true};
    service.env = (struct service_env){.files = parent_files,
                                       .give_key = give_key,
                                       .start = start,
                                       .ready = told,
                                       .alive = told,
                                       .log = open_log,
                                       .source = source,
                                       .addresses = addresses,
                                       .vip = vip,
                                       .keys = keys,
                                       .events = events};
    service.env.files.user = config;
    service.dp = &dp;
    return 0;
}

/* The request is answered: the first number of the answer; -1: espalierd would end. */
static int asked(const struct wr *w, struct rd *answer, struct packet_files *files)
{
    struct packet_files here;
    struct wr o = wr_over(out, sizeof out);
    files = files ? files : &here;
    assert_false(w->bad);
    if (!service_answer(&service, ask, w->len, &o, files))
        return -1;
    assert_true(!o.bad && o.len > 0);
    struct rd r = rd_over(out, o.len);
    int first = rd_u8(&r);
    if (answer)
        *answer = r;
    return first;
}

static struct wr begin(enum request_kind kind)
{
    struct wr w = wr_over(ask, sizeof ask);
    wr_u8(&w, kind);
    return w;
}

static const struct espl_addr here = {ESPL_IPV4, {192, 0, 2, 1}},
                              there = {ESPL_IPV4, {192, 0, 2, 2}};

static struct dp_child child(void)
{
    struct dp_child c = {.reqid = 7,
                         .spi_in = 0xc0000100,
                         .spi_out = 0xd0000200,
                         .local = here,
                         .remote = there,
                         .mode = DP_TUNNEL,
                         .encap = true,
                         .local_port = 4500,
                         .remote_port = 62000,
                         .csum_delta = 0x1234,
                         .replay_window = 1024,
                         .limits = {1, 2, 3, 1ull << 60},
                         .esn = true,
                         .key_len = 36};
    for (unsigned i = 0; i < 36; i++) {
        c.key_in[i] = (uint8_t)(i + 1);
        c.key_out[i] = (uint8_t)(i + 101);
    }
    c.ts_in = (struct espl_selector){
        {{ESPL_IPV4, {10, 2}}, 16}, {{ESPL_IPV4, {10, 1}}, 24}, 6, {0, 65535}, {80, 443}};
    c.ts_out = (struct espl_selector){
        {{ESPL_IPV4, {10, 1}}, 24}, {{ESPL_IPV4, {10, 2}}, 16}, 6, {80, 443}, {0, 65535}};
    return c;
}

/* ---------------------------------------------------------------- as it should be */

/* Everything that ask.c can ask, in a process of its own; its failures are its exit status. */
static int ask_everything(int fd)
{
    static struct asker a;
    struct started s;
    struct dp_child c = child();
    struct dp_stats st;
    struct dp_caps caps_of;
    struct dp_trap t = {9, c.ts_out, {0}, there};
    struct espl_addr addr, list[8];
    struct parent_event e[8];
    uint32_t spi, other;
    asker_init(&a, fd);
    if (ask_start(&a, &s) != 0 || !s.caps.gcm256 || s.caps.gcm128 || s.caps.max_window != 4096)
        return 1;
    struct dataplane *p = proxy_dp_new(&a, &s.caps);
    if (!p || p->ops->caps(p, &caps_of) != DP_OK || !caps_of.esn)
        return 2;
    if (p->ops->alloc_spi(p, &spi) != DP_OK || p->ops->alloc_spi(p, &other) != DP_OK ||
        spi == other)
        return 3;
    p->ops->release_spi(p, 77);
    if (p->ops->install_in(p, &c) != DP_OK || p->ops->install_out(p, &c) != DP_OK ||
        p->ops->remove(p, &c) != DP_OK || p->ops->trap(p, &t, true) != DP_OK)
        return 4;
    if (p->ops->stats(p, &c, &st) != DP_OK || st.packets_in != 7 || st.bytes_in != c.spi_in ||
        st.bytes_out != ~0ull)
        return 5;
    if (ask_source(&a, &there, &addr) != 0 || addr.bytes[3] != 99)
        return 6;
    const struct espl_addr nowhere = {ESPL_IPV4, {9}};
    if (ask_source(&a, &nowhere, &addr) != ENETUNREACH)
        return 7;
    if (ask_addresses(&a, list, 8) != 8 || list[7].bytes[3] != 7)
        return 8;
    if (ask_vip(&a, &here, true) != 0 || ask_vip(&a, &there, false) != EADDRNOTAVAIL)
        return 9;
    if (ask_keys(&a, "esp_sa", "a line") != 0 || ask_log(&a, &fd) != ENOSPC)
        return 10;
    if (ask_events(&a, e, 8) != 2 || e[0].kind != PARENT_ACQUIRE || e[0].value != 5 ||
        e[1].kind != PARENT_PATHS)
        return 11;
    if (ask_simple(&a, REQUEST_READY) != 0 || ask_simple(&a, REQUEST_ALIVE) != 0)
        return 12;
    proxy_dp_free(p);
    return 0;
}

static void serve(int fd)
{
    struct packet_files files;
    ssize_t n;
    while ((n = packet_receive(fd, ask, sizeof ask, &files, 0)) > 0) {
        struct wr o = wr_over(out, sizeof out);
        if (!service_answer(&service, ask, (size_t)n, &o, &files))
            break;
        assert_true(packet_send(fd, out, o.len, &files, 0));
        packet_close(&files);
    }
}

static void both_sides_agree(void **state)
{
    int ends[2], status;
    struct dp_child c = child();
    (void)state;
    queue_put(&queue, PARENT_ACQUIRE, 5);
    queue_put(&queue, PARENT_PATHS, 0);
    queue_put(&queue, PARENT_PATHS, 0);
    service.dp = NULL;
    assert_int_equal(packet_pair(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        _exit(ask_everything(ends[1]));
    }
    close(ends[1]);
    serve(ends[0]);
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(done.freed, 77);
    assert_memory_equal(done.in.key_in, c.key_in, 36);
    assert_memory_equal(done.out.key_out, c.key_out, 36);
    memset(c.key_out, 0, 36); /* only the key of its direction goes there */
    assert_memory_equal(&done.in, &c, sizeof c);
    assert_int_equal(sizeof c, 312); /* else: put_child and get_child, and child() above */
    assert_int_equal(done.removed.reqid, 7);
    assert_int_equal(done.trap.reqid, 9);
    assert_int_equal(done.trap.local.family, 0);
    assert_true(done.added);
    assert_string_equal(done.line, "a line");
}

static void errors_come_with_a_sentence(void **state)
{
    struct dp_child c = child();
    struct rd r;
    char text[320];
    (void)state;
    answer_with = DP_REFUSED;
    struct wr w = begin(REQUEST_INSTALL_IN);
    put_child(&w, &c, c.key_in);
    assert_int_equal(asked(&w, &r, NULL), DP_REFUSED);
    get_line(&r, text, sizeof text);
    assert_true(request_ended(&r));
    assert_string_equal(text, "spi: the slot?holds an SA");
    w = begin(REQUEST_SPIS);
    wr_u8(&w, 4);
    assert_int_equal(asked(&w, NULL, NULL), DP_REFUSED);
}

/* ---------------------------------------------------------------- as it must not be */

static struct wr whole(enum request_kind kind)
{
    struct dp_child c = child();
    const struct dp_trap t = {9, c.ts_out, here, there};
    struct wr w = begin(kind);
    switch (kind) {
    case REQUEST_OPEN:
    case REQUEST_SECRET:
        put_text(&w, config);
        break;
    case REQUEST_GLOB:
    case REQUEST_FOLDER:
        put_text(&w, config);
        wr_u32(&w, 0);
        break;
    case REQUEST_SPIS:
        wr_u8(&w, 1);
        break;
    case REQUEST_SPI_FREE:
        wr_u32(&w, 256);
        break;
    case REQUEST_INSTALL_IN:
    case REQUEST_INSTALL_OUT:
        put_child(&w, &c, c.key_in);
        break;
    case REQUEST_REMOVE:
    case REQUEST_STATS:
        wr_u64(&w, 7);
        break;
    case REQUEST_TRAP:
        put_trap(&w, &t);
        wr_u8(&w, 1);
        break;
    case REQUEST_SOURCE:
        put_addr(&w, &there);
        break;
    case REQUEST_VIP:
        put_addr(&w, &there);
        wr_u8(&w, 1);
        break;
    case REQUEST_KEYS:
        put_text(&w, "esp_sa");
        put_text(&w, "line");
        break;
    default:
        break;
    }
    return w;
}

static void cut_and_longer(void **state)
{
    (void)state;
    for (enum request_kind kind = REQUEST_OPEN; kind <= REQUEST_EVENTS; kind++) {
        set_up(NULL);
        if (kind == REQUEST_START)
            service.dp = NULL;
        struct wr w = whole(kind);
        size_t len = w.len;
        for (w.len = 0; w.len < len; w.len++)
            assert_int_equal(asked(&w, NULL, NULL), -1);
        w = whole(kind);
        wr_u8(&w, 0);
        assert_int_equal(asked(&w, NULL, NULL), -1);
        assert_int_equal(done.calls, 0);
        struct packet_files files;
        w = whole(kind);
        if (asked(&w, NULL, &files) < 0)
            fail_msg("request %u is not answered", kind);
        packet_close(&files);
    }
    for (unsigned kind = REQUEST_EVENTS + 1; kind < 256; kind++) {
        struct wr w = begin(kind);
        assert_int_equal(asked(&w, NULL, NULL), -1);
    }
    struct wr none = begin(0);
    assert_int_equal(asked(&none, NULL, NULL), -1);
}

static void refused_child(const struct dp_child *c, enum request_kind kind)
{
    struct wr w = begin(kind);
    put_child(&w, c, c->key_in);
    assert_int_equal(asked(&w, NULL, NULL), -1);
    assert_int_equal(done.calls, 0);
}

static void an_sa_with_wrong_fields(void **state)
{
    (void)state;
    struct dp_child c;
    static const size_t lengths[] = {0, 1, 16, 19, 21, 32, 35};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        c = child();
        c.key_len = lengths[i];
        refused_child(&c, REQUEST_INSTALL_IN);
    }
#define REFUSED(change)                                                                            \
    do {                                                                                           \
        c = child();                                                                               \
        change;                                                                                    \
        refused_child(&c, REQUEST_INSTALL_IN);                                                     \
    } while (0)
    REFUSED(c.spi_in = 255);
    REFUSED(c.mode = 2);
    REFUSED(c.local.family = ESPL_IPV6);
    REFUSED(c.local.family = 0);
    REFUSED(c.remote.family = 5);
    REFUSED(c.remote.bytes[4] = 1);
    REFUSED(c.ts_in.src.len = 33);
    REFUSED(c.ts_out.dst.addr.family = ESPL_IPV6);
    REFUSED((c.ts_out.sport.first = 2, c.ts_out.sport.last = 1));
    REFUSED((c.ts_in.dport.first = 65535, c.ts_in.dport.last = 0));
    c = child();
    c.spi_out = 0;
    refused_child(&c, REQUEST_INSTALL_OUT);
}

/* A key length that says more, or less, than there is. */
static void a_key_that_is_not_there(void **state)
{
    (void)state;
    struct wr w = whole(REQUEST_INSTALL_IN);
    size_t at = w.len - 37;
    assert_int_equal(ask[at], 36);
    for (unsigned n = 0; n < 256; n++) {
        ask[at] = (uint8_t)n;
        assert_int_equal(asked(&w, NULL, NULL), n == 36 ? DP_OK : -1);
    }
    w.len = at + 1 + 20;
    ask[at] = 20;
    assert_int_equal(asked(&w, NULL, NULL), DP_OK);
    assert_int_equal(done.in.key_len, 20);
}

static void nothing_before_the_start(void **state)
{
    (void)state;
    for (enum request_kind kind = REQUEST_READY; kind <= REQUEST_EVENTS; kind++) {
        service.dp = NULL;
        struct wr w = whole(kind);
        assert_int_equal(asked(&w, NULL, NULL), -1);
    }
    assert_int_equal(done.calls, 0);
    struct wr w = begin(REQUEST_START);
    assert_int_equal(asked(&w, NULL, NULL), 0);
    assert_int_equal(asked(&w, NULL, NULL), -1); /* once */
}

static void numbers_of_spis(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 256; n++) {
        struct wr w = begin(REQUEST_SPIS);
        wr_u8(&w, n);
        assert_int_equal(asked(&w, NULL, NULL), n && n <= REQUEST_SPIS_MAX ? 0 : -1);
    }
}

/* ---------------------------------------------------------------- files */

static const char *in_dir(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static int try_open(const char *path)
{
    struct packet_files files;
    struct wr w = begin(REQUEST_OPEN);
    put_text(&w, path);
    int err = asked(&w, NULL, &files);
    assert_int_equal(files.count, err == 0);
    packet_close(&files);
    return err;
}

static size_t try_list(enum request_kind kind, const char *text, int *err)
{
    char path[REQUEST_PATH];
    struct rd r;
    size_t n = 0;
    struct wr w = begin(kind);
    put_text(&w, text);
    wr_u32(&w, 0);
    *err = asked(&w, &r, NULL);
    rd_u8(&r);
    for (; !*err && rd_left(&r); n++) {
        get_line(&r, path, sizeof path);
        assert_false(r.bad);
        assert_true(strncmp(path, dir, strlen(dir)) == 0 && !strstr(path, ".."));
    }
    return n;
}

static int try_key(const char *path)
{
    struct packet_files files;
    struct rd r;
    struct wr w = begin(REQUEST_SECRET);
    put_text(&w, path);
    int err = asked(&w, &r, &files);
    assert_int_equal(files.count, 0);
    assert_int_equal(rd_left(&r), err ? 0 : 4);
    return err;
}

/* Of any of them: give_key has room again. */
static int try_secret(const char *path)
{
    service.tickets = 0;
    return try_key(path);
}

static void files_of_the_configuration_only(void **state)
{
    int err;
    (void)state;
    assert_int_equal(try_secret(config), 0);
    assert_int_equal(try_secret(in_dir("conf.d/a.conf")), 0);
    assert_int_equal(try_secret(in_dir("conf.d/../c.conf")), EACCES);
    assert_int_equal(try_secret(in_dir("..")), EACCES);
    assert_int_equal(try_secret(in_dir("")), EACCES);
    assert_int_equal(try_secret(in_dir("conf.d/..")), EACCES);
    assert_int_equal(try_secret("/etc/passwd"), EACCES);
    assert_int_equal(try_secret("etc/passwd"), EACCES);
    assert_int_equal(try_secret(dir), EACCES);
    assert_int_equal(try_secret(in_dir("conf.d")), EISDIR);
    assert_int_equal(try_secret(in_dir("fifo")), EINVAL); /* and not waited for */
    assert_int_equal(try_secret(in_dir("link")), 0);      /* whose folder it is has made it */
    assert_int_equal(try_secret(in_dir("none")), ENOENT);
    assert_int_equal(try_list(REQUEST_GLOB, in_dir("conf.d/*.conf"), &err), 2);
    (void)try_list(REQUEST_GLOB, in_dir(".*/*"), &err); /* ".." fits that, and is left out */
    assert_int_equal(try_list(REQUEST_FOLDER, in_dir("conf.d"), &err), 2);
    assert_int_equal(try_list(REQUEST_FOLDER, in_dir("x509"), &err), 0);
    assert_int_equal(err, 0);
    (void)try_list(REQUEST_FOLDER, "/etc", &err);
    assert_int_equal(err, EACCES);
    (void)try_list(REQUEST_GLOB, "/etc/*", &err);
    assert_int_equal(err, EACCES);
    /* relative: the configuration's folder is where espalierd was started */
    assert_true(files_path_allowed("c.conf", "./x509/a.pem"));
    assert_false(files_path_allowed("c.conf", "/etc/passwd"));
    assert_false(files_path_allowed("c.conf", "../c.conf"));
    assert_false(files_path_allowed("/etc/swanctl/swanctl.conf", "/etc/swanctl.conf"));
    assert_true(files_path_allowed("../x/c.conf", "../x/y"));
}

/* Only certificates and what is like them are for who asks; in swanctl.conf there are secrets. */
static void files_for_everybody(void **state)
{
    static const char *const not [] = {"c.conf",       "conf.d/a.conf",  "none",
                                       "x509",         "x509/../c.conf", "private/key.pem",
                                       "x509s/ca.pem", "link",           "./conf.d/a.conf"};
    (void)state;
    assert_int_equal(try_open(in_dir("x509ca/ca.pem")), 0);
    assert_int_equal(try_open(in_dir("./x509ca//ca.pem")), 0);
    assert_int_equal(try_open(in_dir("x509ca/none")), ENOENT);
    for (size_t i = 0; i < sizeof not / sizeof *not ; i++)
        assert_int_equal(try_open(in_dir(not [i])), EACCES);
    assert_int_equal(try_open("/etc/x509/ca.pem"), EACCES);
    assert_true(files_path_is_public("c.conf", "./x509/a"));
    assert_true(files_path_is_public("/etc/swanctl/swanctl.conf", "/etc/swanctl/x509crl/a"));
    assert_true(files_path_is_public("/etc/swanctl/swanctl.conf", "/etc/swanctl/pubkey/a"));
    assert_false(files_path_is_public("/etc/swanctl/swanctl.conf", "/etc/swanctl/x509/../a"));
}

/* They go to the signer; who asks gets a number. */
static void private_keys(void **state)
{
    static const char *const ways[] = {"private/key.pem", "./private/key.pem", "//private//key.pem",
                                       "././/private/./key.pem"};
    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        assert_int_equal(try_open(in_dir(ways[i])), EACCES);
        assert_int_equal(try_key(in_dir(ways[i])), i < 3 ? 0 : ENOBUFS); /* give_key has no room */
        assert_int_equal(done.ticket, i + 1);
    }
    assert_int_equal(try_key(in_dir("private/none")), ENOENT);
    assert_int_equal(try_key("/etc/ssl/private/key"), EACCES);
    assert_int_equal(try_key(in_dir("x509/../private/key.pem")), EACCES);
    struct wr w = begin(REQUEST_CONFIGURED);
    assert_int_equal(asked(&w, NULL, NULL), 0);
    assert_int_equal(try_key(in_dir("private/key.pem")), EACCES);
}

static void files_only_when_they_are_to_be_read(void **state)
{
    int err;
    (void)state;
    struct wr w = begin(REQUEST_CONFIGURED);
    assert_int_equal(asked(&w, NULL, NULL), 0);
    assert_int_equal(try_open(in_dir("x509ca/ca.pem")), EACCES);
    assert_int_equal(try_secret(config), EACCES);
    (void)try_list(REQUEST_FOLDER, in_dir("conf.d"), &err);
    assert_int_equal(err, EACCES);
}

/* More paths than an answer has room for come in several. */
static int count_paths(void *user, const char *path)
{
    unsigned *n = user;
    (void)path;
    return ++*n == 0;
}

static void a_long_list(void **state)
{
    enum { MANY = 3000 };
    int ends[2], status;
    char name[64];
    (void)state;
    assert_int_equal(mkdir(in_dir("many"), 0700), 0);
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "many/a-certificate-with-a-long-name-%u", i);
        close(open(in_dir(name), O_CREAT | O_WRONLY, 0600));
    }
    assert_int_equal(packet_pair(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        static struct asker a;
        unsigned n = 0;
        close(ends[0]);
        asker_init(&a, ends[1]);
        files_ask(asker_files(&a));
        int rc = files_folder(in_dir("many"), count_paths, &n);
        _exit(rc == 0 && n == MANY ? 0 : 1);
    }
    close(ends[1]);
    serve(ends[0]);
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "many/a-certificate-with-a-long-name-%u", i);
        unlink(in_dir(name));
    }
    rmdir(in_dir("many"));
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* ---------------------------------------------------------------- addresses and keys */

static int try_vip(const struct espl_addr *addr, bool add)
{
    struct wr w = begin(REQUEST_VIP);
    put_addr(&w, addr);
    wr_u8(&w, add);
    return asked(&w, NULL, NULL);
}

static void virtual_addresses(void **state)
{
    static const struct espl_addr never[] = {
        {ESPL_IPV4, {0}},
        {ESPL_IPV4, {127, 0, 0, 2}},
        {ESPL_IPV4, {169, 254, 1, 1}},
        {ESPL_IPV4, {224, 1}},
        {ESPL_IPV4, {255, 255}},
        {ESPL_IPV6, {0}},
        {ESPL_IPV6, {0xfe, 0x80}},
        {ESPL_IPV6, {0xff, 2}},
        {ESPL_IPV6, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10}}};
    struct espl_addr a = {ESPL_IPV4, {10, 9, 0, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        assert_int_equal(try_vip(&never[i], true), EADDRNOTAVAIL);
    assert_int_equal(try_vip(&here, false), EADDRNOTAVAIL); /* not one that it has put on */
    assert_int_equal(done.calls, 0);
    for (unsigned i = 0; i < SERVICE_VIPS; i++) {
        a.bytes[3] = (uint8_t)i;
        assert_int_equal(try_vip(&a, true), 0);
    }
    a.bytes[3] = 200;
    assert_int_equal(try_vip(&a, true), ENOSPC);
    a.bytes[3] = 3;
    assert_int_equal(try_vip(&a, false), 0);
    assert_int_equal(try_vip(&a, false), EADDRNOTAVAIL);
    struct wr w = begin(REQUEST_VIP);
    put_addr(&w, &here);
    wr_u8(&w, 2);
    assert_int_equal(asked(&w, NULL, NULL), -1);
}

static int try_keys(const char *file, const char *line)
{
    struct wr w = begin(REQUEST_KEYS);
    put_text(&w, file);
    put_text(&w, line);
    return asked(&w, NULL, NULL);
}

static void keys_for_wireshark_only(void **state)
{
    (void)state;
    assert_int_equal(try_keys("esp_sa", "x"), 0);
    assert_int_equal(try_keys("../esp_sa", "x"), -1);
    assert_int_equal(try_keys("passwd", "x"), -1);
    assert_int_equal(try_keys("esp_sa", "x\ny"), -1);
    service.env.keys = NULL; /* without --save-keys */
    assert_int_equal(try_keys("esp_sa", "x"), -1);
}

/* ---------------------------------------------------------------- events */

static void events_that_are_too_many(void **state)
{
    struct parent_event e[REQUEST_EVENTS_MAX];
    size_t n = 0, told_of = 0;
    bool gone = false;
    (void)state;
    for (unsigned i = 0; i < 2 * QUEUE_ROOM; i++)
        queue_put(&queue, PARENT_SOFT_IN, i);
    queue_put(&queue, PARENT_GONE, 0); /* there is room for that */
    assert_true(queue.lost > 0);
    while ((n = queue_take(&queue, e, REQUEST_EVENTS_MAX))) {
        for (size_t i = 0; i < n; i++, told_of++) {
            gone = e[i].kind == PARENT_GONE;
            assert_true(gone || e[i].value == told_of);
        }
    }
    assert_true(gone);
    assert_in_range(told_of, QUEUE_ROOM - 32, QUEUE_ROOM);
}

static int make_files(void **state)
{
    (void)state;
    if (!mkdtemp(dir))
        return -1;
    strcpy(config, in_dir("c.conf"));
    close(open(config, O_CREAT | O_WRONLY, 0600));
    mkdir(in_dir("conf.d"), 0700);
    close(open(in_dir("conf.d/a.conf"), O_CREAT | O_WRONLY, 0600));
    close(open(in_dir("conf.d/b.conf"), O_CREAT | O_WRONLY, 0600));
    mkdir(in_dir("x509ca"), 0700);
    close(open(in_dir("x509ca/ca.pem"), O_CREAT | O_WRONLY, 0600));
    mkdir(in_dir("private"), 0700);
    close(open(in_dir("private/key.pem"), O_CREAT | O_WRONLY, 0600));
    (void)mkfifo(in_dir("fifo"), 0600);
    return symlink("/etc/passwd", in_dir("link"));
}

static int remove_files(void **state)
{
    static const char *const names[] = {"c.conf", "conf.d/a.conf",   "conf.d/b.conf", "fifo",
                                        "link",   "private/key.pem", "x509ca/ca.pem"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(in_dir(names[i]));
    rmdir(in_dir("conf.d"));
    rmdir(in_dir("private"));
    rmdir(in_dir("x509ca"));
    return rmdir(dir);
}

#define TEST(f) cmocka_unit_test_setup(f, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(both_sides_agree),
        TEST(errors_come_with_a_sentence),
        TEST(cut_and_longer),
        TEST(an_sa_with_wrong_fields),
        TEST(a_key_that_is_not_there),
        TEST(nothing_before_the_start),
        TEST(numbers_of_spis),
        TEST(files_of_the_configuration_only),
        TEST(files_for_everybody),
        TEST(private_keys),
        TEST(files_only_when_they_are_to_be_read),
        TEST(a_long_list),
        TEST(virtual_addresses),
        TEST(keys_for_wireshark_only),
        TEST(events_that_are_too_many),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
