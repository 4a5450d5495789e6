/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket with real clients on it, over an IKE manager that talks to another one in this
 * process (tests/ctrl/exchange/lab.h).
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "ctrl/log/log.h"
#include "ctrl/sa/state.h"
#include "ctrl/vici/vici.h"
#include "ctrl/vici/wire.h"
#include "tests/ctrl/exchange/lab.h"

static struct lab lab;
static uv_loop_t loop;
static struct vici *vici;
static char path[64];
static void (*lab_event)(void *user, const struct ike_event *event);
static char answer[1 << 16]; /* the last packets, as text */

/* ---------------------------------------------------------------- the daemon's part */

static void on_event(void *user, const struct ike_event *e)
{
    lab_event(user, e);
    vici_event(vici, e);
}

static void settle(void *user)
{
    (void)user;
}

static int reload(void *user, char *why, size_t why_len)
{
    (void)user;
    (void)snprintf(why, why_len, "no log to open");
    return -1;
}

static void turn(void)
{
    lab_run(&lab, 20);
    for (int i = 0; i < 3; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
}

static void turns(unsigned n)
{
    while (n--)
        turn();
}

static int set_up(void **state)
{
    char why[256] = "";
    (void)state;
    log_init(NULL, false);
    lab_init(&lab, NULL, NULL);
    lab_event = lab.side[0].m->env.event;
    lab.side[0].m->env.event = on_event;
    assert_int_equal(uv_loop_init(&loop), 0);
    snprintf(path, sizeof(path), "/tmp/espl-vici-%d", getpid());
    if (vici_open(path, &vici, why, sizeof(why)) != 0)
        fail_msg("%s", why);
    const struct vici_env env = {NULL, lab.side[0].m, settle, reload};
    assert_int_equal(vici_start(vici, &loop, &env), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    vici_stop(vici);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0); /* no handle is left */
    vici_free(vici);
    vici = NULL;
    assert_int_equal(access(path, F_OK), -1);
    lab_free(&lab);
    return 0;
}

/* ---------------------------------------------------------------- a client's part */

static int client(void)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    strcpy(sa.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
    turn();
    return fd;
}

static void raw(int fd, const void *data, size_t len)
{
    const uint8_t *p = data;
    while (len > 0) {
        ssize_t n = send(fd, p, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) {
            turn();
            continue;
        }
        if (n < 0) /* the server has closed it: the caller looks */
            return;
        p += n;
        len -= (size_t)n;
    }
}

static void post(int fd, struct vici_out *o)
{
    assert_true(vici_out_end(o));
    raw(fd, o->data, o->len);
    vici_out_free(o);
}

static void ask(int fd, enum vici_type type, const char *name)
{
    struct vici_out o;
    vici_out_begin(&o, type, name);
    post(fd, &o);
}

static size_t put_message(size_t at, const struct vici_message *m)
{
    struct vici_walk walk = vici_walk(m);
    struct vici_element e;
    for (vici_next(&walk, &e); e.kind != VICI_END && at < sizeof(answer) / 2;
         vici_next(&walk, &e)) {
        const char *value = e.value ? (const char *)e.value : "";
        char *to = answer + at;
        size_t room = sizeof(answer) - at;
        int n = 0;
        switch (e.kind) {
        case VICI_SECTION_START:
            n = snprintf(to, room, "%s{ ", e.name);
            break;
        case VICI_SECTION_END:
            n = snprintf(to, room, "} ");
            break;
        case VICI_KEY_VALUE:
            n = snprintf(to, room, "%s=%.*s ", e.name, (int)e.len, value);
            break;
        case VICI_LIST_START:
            n = snprintf(to, room, "%s[ ", e.name);
            break;
        case VICI_LIST_ITEM:
            n = snprintf(to, room, "%.*s ", (int)e.len, value);
            break;
        case VICI_LIST_END:
            n = snprintf(to, room, "] ");
            break;
        default:
            break;
        }
        at += (size_t)n;
    }
    return at;
}

/* Waits for so many packets; `answer` is their text: "1 success=yes \n". */
static const char *hear(int fd, unsigned packets)
{
    static uint8_t buf[1 << 17];
    size_t have = 0, at = 0;
    answer[0] = '\0';
    for (unsigned tries = 0; packets > 0; tries++) {
        ssize_t n = recv(fd, buf + have, have < VICI_HEADER ? VICI_HEADER - have : 0, 0);
        if (have < VICI_HEADER && n <= 0) {
            if (n == 0 || tries > 2000)
                fail_msg("%u packets did not come; there were: %s", packets, answer);
            turn();
            continue;
        }
        have += n > 0 ? (size_t)n : 0;
        size_t len = (size_t)buf[0] << 24 | (size_t)buf[1] << 16 | (size_t)buf[2] << 8 | buf[3];
        assert_true(len <= sizeof(buf) - VICI_HEADER);
        n = have < VICI_HEADER + len ? recv(fd, buf + have, VICI_HEADER + len - have, 0) : 0;
        have += n > 0 ? (size_t)n : 0;
        if (have < VICI_HEADER + len) {
            turn();
            continue;
        }
        struct vici_packet p;
        assert_true(vici_packet_read(buf + VICI_HEADER, len, &p));
        at += (size_t)snprintf(answer + at, sizeof(answer) - at, "%d%s%s ", (int)p.type,
                               *p.name ? " " : "", p.name);
        at = put_message(at, &p.message);
        at += (size_t)snprintf(answer + at, sizeof(answer) - at, "\n");
        have = 0;
        packets--;
    }
    return answer;
}

static void expect(int fd, unsigned packets, const char *words)
{
    if (!strstr(hear(fd, packets), words))
        fail_msg("\"%s\" is not in: %s", words, answer);
}

static void says(const char *words)
{
    if (!strstr(answer, words))
        fail_msg("\"%s\" is not in: %s", words, answer);
}

static void expect_closed(int fd)
{
    char byte;
    ssize_t n = -1;
    for (int i = 0; i < 100 && (n = recv(fd, &byte, 1, 0)) != 0; i++) {
        if (n < 0 && errno != EAGAIN)
            break; /* reset, with bytes unread */
        turn();
    }
    assert_true(n == 0 || (n < 0 && errno == ECONNRESET));
    close(fd);
}

static void expect_alive(int fd)
{
    ask(fd, VICI_CMD_REQUEST, "version");
    expect(fd, 1, "daemon=espalierd");
}

static void choose(int fd, const char *command, const char *key, const char *value,
                   const char *timeout)
{
    struct vici_out o;
    vici_out_begin(&o, VICI_CMD_REQUEST, command);
    vici_add(&o, key, "%s", value);
    if (timeout)
        vici_add(&o, "timeout", "%s", timeout);
    post(fd, &o);
}

/* ---------------------------------------------------------------- tests: the wire */

static void requests_come_in_pieces_and_in_heaps(void **state)
{
    static const char *const events[] = {"child-state-installed", "child-state-rekeyed",
                                         "child-state-destroying", "list-sa"};
    struct vici_out o;
    int fd = client();
    (void)state;
    vici_out_begin(&o, VICI_CMD_REQUEST, "version");
    assert_true(vici_out_end(&o));
    for (size_t i = 0; i < o.len; i++) {
        raw(fd, o.data + i, 1);
        turn();
    }
    vici_out_free(&o);
    expect(fd, 1, "1 daemon=espalierd version=" ESPL_VERSION " sysname=Linux");
    for (size_t i = 0; i < 4; i++) /* as FRR's nhrpd does it, without a pause */
        ask(fd, VICI_EVENT_REGISTER, events[i]);
    ask(fd, VICI_CMD_REQUEST, "list-sas");
    ask(fd, VICI_EVENT_UNREGISTER, "list-sa");
    ask(fd, VICI_CMD_REQUEST, "nonsense");
    ask(fd, VICI_EVENT_REGISTER, "nonsense");
    assert_string_equal(hear(fd, 8), "5 \n5 \n5 \n5 \n1 \n5 \n2 \n6 \n");
    close(fd);
}

static void what_swanctl_knows_is_answered(void **state)
{
    static const char *const commands[] = {
        "version",         "stats",       "reload-settings", "initiate",       "terminate",
        "rekey",           "redirect",    "install",         "uninstall",      "list-sas",
        "list-policies",   "list-conns",  "get-conns",       "list-certs",     "list-authorities",
        "get-authorities", "load-conn",   "unload-conn",     "load-cert",      "load-key",
        "unload-key",      "get-keys",    "load-token",      "load-shared",    "unload-shared",
        "get-shared",      "flush-certs", "clear-creds",     "load-authority", "unload-authority",
        "load-pool",       "unload-pool", "get-pools",       "get-algorithms", "get-counters",
        "reset-counters"};
    int fd = client();
    (void)state;
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
        ask(fd, VICI_CMD_REQUEST, commands[i]);
        hear(fd, 1);
        assert_int_equal(answer[0], '1');
        if (strstr(answer, "success=no"))
            says("errmsg=");
    }
    ask(fd, VICI_CMD_REQUEST, "redirect");
    expect(fd, 1, "success=no errmsg=redirecting peers is not supported by espalierd");
    close(fd);
}

static void hostile_clients_end_alone(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } bad[] = {
        {"\0\0\0\0", 4},         /* an empty segment */
        {"\0\x08\0\x01", 4},     /* one byte too long */
        {"\xff\xff\xff\xff", 4}, /* much too long */
        {"GET / HTTP/1.1\r\n\r\n", 18},
        {"\0\0\0\x01\x01", 5}, /* what a server says */
        {"\0\0\0\x01\x05", 5},
        {"\0\0\0\x03\x07\x01x", 7},
        {"\0\0\0\x03\0\x05x", 7},            /* a name that ends too early */
        {"\0\0\0\x0a\0\x07version\x02", 14}, /* the end of no section */
    };
    int other = client();
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        int fd = client();
        raw(fd, bad[i].bytes, bad[i].len);
        expect_closed(fd);
        expect_alive(other);
    }
    close(other);
}

/* A load-conn that ends at every byte, and then the client goes: no answer, nothing kept. */
static void cut_anywhere(void **state)
{
    struct vici_out o;
    (void)state;
    vici_out_begin(&o, VICI_CMD_REQUEST, "load-conn");
    vici_section(&o, "new");
    vici_list(&o, "local_addrs");
    vici_item(&o, "10.99.0.1");
    vici_list_end(&o);
    vici_section_end(&o);
    assert_true(vici_out_end(&o));
    for (size_t n = 0; n < o.len; n++) {
        int fd = client();
        raw(fd, o.data, n);
        turn();
        close(fd);
        turn();
        /* the same bytes, as a whole segment of this length */
        if (n < VICI_HEADER + 1)
            continue;
        fd = client();
        const uint8_t len[4] = {0, 0, 0, (uint8_t)(n - VICI_HEADER)};
        raw(fd, len, 4);
        raw(fd, o.data + VICI_HEADER, n - VICI_HEADER);
        if (n == VICI_HEADER + 2 + strlen("load-conn"))
            expect(fd, 1, "success=yes"); /* nothing to load */
        else
            expect_closed(fd);
        if (n == VICI_HEADER + 2 + strlen("load-conn"))
            close(fd);
    }
    vici_out_free(&o);
}

/* ---------------------------------------------------------------- tests: SAs */

static void a_tunnel_as_swanctl_drives_it(void **state)
{
    int fd = client();
    (void)state;
    ask(fd, VICI_EVENT_REGISTER, "list-sa");
    ask(fd, VICI_EVENT_REGISTER, "control-log");
    expect(fd, 2, "5 \n5 \n");
    choose(fd, "initiate", "child", "net", NULL);
    ask(fd, VICI_CMD_REQUEST, "version"); /* waits until the tunnel is up */
    expect(fd, 3,
           "7 control-log group=IKE level=1 thread=1 ikesa-name=net ikesa-uniqueid=1 "
           "msg=net[1]: initiating to 10.99.0.2[500]");
    says("\n1 success=yes \n");
    says("daemon=espalierd");
    lab_assert_tunnel(&lab);
    ask(fd, VICI_CMD_REQUEST, "list-sas");
    expect(fd, 2, "7 list-sa net{ uniqueid=1 version=2 state=ESTABLISHED local-host=10.99.0.1 ");
    says("child-sas{ net-1{ name=net uniqueid=1 reqid=1 state=INSTALLED mode=TUNNEL protocol=ESP");
    choose(fd, "rekey", "child", "net", NULL);
    expect(fd, 1, "1 matches=1 success=yes");
    turns(100);
    choose(fd, "list-sas", "child-id", "2", NULL);
    expect(fd, 2, "net-2{ name=net uniqueid=2 reqid=1 state=INSTALLED");
    choose(fd, "rekey", "ike", "net", NULL);
    expect(fd, 1, "matches=1 success=yes");
    turns(100);
    choose(fd, "list-sas", "ike-id", "2", NULL);
    expect(fd, 2, "net{ uniqueid=2 version=2 state=ESTABLISHED");
    choose(fd, "terminate", "ike-id", "2", NULL);
    while (!strstr(hear(fd, 1), "matches="))
        says("7 control-log");
    assert_string_equal(answer, "1 matches=1 terminated=1 success=yes \n");
    choose(fd, "terminate", "ike", "net", NULL);
    expect(fd, 1, "success=no errmsg=no SA that fits was found");
    ask(fd, VICI_CMD_REQUEST, "terminate");
    expect(fd, 1, "success=no errmsg=nothing is chosen");
    close(fd);
}

static void events_of_a_tunnel(void **state)
{
    static const char *const events[] = {"ike-updown",
                                         "ike-rekey",
                                         "child-updown",
                                         "child-rekey",
                                         "child-state-installed",
                                         "child-state-rekeyed",
                                         "child-state-destroying"};
    int fd = client(), other = client();
    (void)state;
    for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++)
        ask(fd, VICI_EVENT_REGISTER, events[i]);
    hear(fd, 7);
    choose(other, "initiate", "child", "net", "-1"); /* answered before anything is up */
    expect(other, 1, "success=yes");
    expect(fd, 3, "7 ike-updown up=yes net{ uniqueid=1 ");
    says("7 child-updown up=yes net{ uniqueid=1 ");
    says("7 child-state-installed net{ uniqueid=1 ");
    choose(other, "rekey", "child", "net", NULL);
    expect(fd, 3, "child-sas{ net{ old{ name=net uniqueid=1 ");
    says("7 child-state-installed net{ ");
    says("7 child-state-rekeyed net{ ");
    turns(400); /* the old pair lingers for 5 s */
    expect(fd, 1, "7 child-state-destroying net{ ");
    says("net-1{ ");
    choose(other, "rekey", "ike", "net", NULL);
    expect(fd, 1, "7 ike-rekey net{ old{ uniqueid=1 ");
    says("new{ uniqueid=2 ");
    choose(other, "terminate", "child", "net", NULL);
    expect(fd, 2, "7 child-updown net{ uniqueid=2 ");
    says("7 child-state-destroying net{ ");
    choose(other, "terminate", "ike", "net", NULL);
    expect(fd, 1, "7 ike-updown net{ uniqueid=2 ");
    close(fd);
    close(other);
}

static void what_can_not_be_brought_up(void **state)
{
    int fd = client();
    (void)state;
    lab.cut[1] = true; /* the peer is silent */
    choose(fd, "initiate", "child", "nobody", NULL);
    expect(fd, 1, "success=no errmsg=no connection has a child nobody");
    choose(fd, "initiate", "ike", "net", NULL);
    expect(fd, 1, "errmsg=an IKE_SA without a CHILD_SA is not supported by espalierd");
    choose(fd, "initiate", "child", "net", "1");
    expect(fd, 1, "success=no errmsg=net.net is not up after 1 ms; espalierd goes on trying");
    choose(fd, "initiate", "child", "net", NULL);
    turns(10);
    for (int i = 0; i < 40; i++)
        lab_run(&lab, 10000);
    expect(fd, 1, "success=no errmsg=net.net is not up: the peer does not answer");
    choose(fd, "initiate", "child", "net", NULL); /* and the client goes while it waits */
    turn();
    close(fd);
    turns(5);
    fd = client();
    choose(fd, "initiate", "child", "net", "abc");
    expect(fd, 1, "success=no errmsg=a name is too long, or ike-id, child-id or timeout");
    close(fd);
}

/* As FRR's nhrpd asks for a tunnel: by its profile, to an address that no file knows. */
static void initiate_to(int fd, const char *mine, const char *other)
{
    struct vici_out o;
    vici_out_begin(&o, VICI_CMD_REQUEST, "initiate");
    vici_add(&o, "child", "net");
    vici_add(&o, "timeout", "%d", -1);
    vici_add(&o, "async", "%d", 1);
    vici_add(&o, "init-limits", "%d", 0);
    vici_add(&o, "my-host", "%s", mine);
    vici_add(&o, "other-host", "%s", other);
    post(fd, &o);
}

static void a_peer_that_nhrpd_names(void **state)
{
    int fd = client();
    (void)state;
    ask(fd, VICI_EVENT_REGISTER, "child-state-installed");
    hear(fd, 1);
    initiate_to(fd, "10.99.0.1", "nobody");
    expect(fd, 1, "success=no errmsg=my-host or other-host is not an IP address");
    initiate_to(fd, "2001:db8::1", "10.99.0.2");
    expect(fd, 1, "success=no errmsg=my-host goes with an other-host of the same family only");
    initiate_to(fd, "10.99.0.1", "10.99.0.3"); /* nobody is there */
    expect(fd, 1, "success=yes");
    initiate_to(fd, "10.99.0.1", "10.99.0.2"); /* meanwhile, the same child to somebody else */
    expect(fd, 2,
           "7 child-state-installed net{ uniqueid=2 version=2 state=ESTABLISHED "
           "local-host=10.99.0.1 local-port=500 remote-host=10.99.0.2 ");
    says("1 success=yes");
    lab_assert_tunnel(&lab);
    initiate_to(fd, "10.99.0.1", "10.99.0.2"); /* it is up: nothing more comes of it */
    expect(fd, 1, "success=yes");
    choose(fd, "list-sas", "child", "net", NULL);
    expect(fd, 1, "1 ");
    lab_run(&lab, 400000);
    assert_int_equal(lab.side[0].events[IKE_EVENT_CHILD_UP], 1);
    assert_int_equal(lab.side[0].events[IKE_EVENT_FAILED], 1); /* keyingtries = 1 */
    lab_assert_tunnel(&lab);
    choose(fd, "terminate", "ike-id", "2", NULL);
    expect(fd, 1, "matches=1 terminated=1 success=yes");
    close(fd);
}

/* ---------------------------------------------------------------- tests: configuration */

static void put_auth(struct vici_out *o, const char *section, const char *id)
{
    vici_section(o, section);
    vici_add(o, "auth", "psk");
    vici_add(o, "id", "%s", id);
    vici_section_end(o);
}

/* As swanctl sends it. more: a word of the connection, or NULL. */
static void load(int fd, const char *name, const char *rekey_time, const char *more)
{
    struct vici_out o;
    vici_out_begin(&o, VICI_CMD_REQUEST, "load-conn");
    vici_section(&o, name);
    vici_list(&o, "remote_addrs");
    vici_item(&o, "10.99.0.7");
    vici_list_end(&o);
    if (more)
        vici_add(&o, more, "yes");
    put_auth(&o, "local-1", "a.example");
    put_auth(&o, "remote-1", "c.example");
    vici_section(&o, "children");
    vici_section(&o, "lan");
    vici_list(&o, "remote_ts");
    vici_item(&o, "10.8.0.0/24");
    vici_item(&o, "10.9.0.0/24[tcp/443]");
    vici_list_end(&o);
    vici_add(&o, "rekey_time", "%s", rekey_time);
    vici_section_end(&o);
    vici_section_end(&o);
    vici_section_end(&o);
    post(fd, &o);
}

static void connections_come_and_go(void **state)
{
    const struct ike_manager *m = lab.side[0].m;
    int fd = client();
    (void)state;
    choose(fd, "initiate", "child", "net", NULL);
    expect(fd, 1, "success=yes");
    load(fd, "far", "2h", NULL);
    expect(fd, 1, "1 success=yes");
    ask(fd, VICI_EVENT_REGISTER, "list-conn");
    ask(fd, VICI_CMD_REQUEST, "list-conns");
    expect(fd, 4, "7 list-conn far{ local_addrs[ %any ] remote_addrs[ 10.99.0.7 ] version=IKEv2");
    says("lan{ mode=TUNNEL rekey_time=7200 ");
    says("remote-ts[ 10.8.0.0/24 10.9.0.0/24[6/443-443] ]");
    const struct config_conn *far = m->config->conns->next;
    const struct config_child *lan = far->children;
    load(fd, "far", "2h", NULL);
    expect(fd, 1, "success=yes");
    assert_ptr_equal(m->config->conns->next, far); /* the same as before: nothing moved */
    assert_ptr_equal(far->children, lan);
    load(fd, "far", "3h", NULL);
    expect(fd, 1, "success=yes");
    assert_ptr_equal(m->config->conns->next, far);
    assert_int_equal(far->children->rekey_time, 3 * 3600);
    assert_null(far->children->next); /* nobody used the old one */
    load(fd, "far", "4h", "encap");
    expect(fd, 1, "success=yes");
    assert_true(m->config->conns->next->encap);
    assert_null(m->config->conns->next->next);
    load(fd, "far", "4h", "mobike");
    expect(fd, 1, "success=no errmsg=connections.far.mobike: yes is not supported here; write");
    load(fd, "far", "soon", NULL);
    expect(fd, 1, "errmsg=connections.far.children.lan.rekey_time: soon is not a time");
    load(fd, "far", "4h", "nonsense");
    expect(fd, 1, "errmsg=connections.far.nonsense: is not a word of swanctl.conf");
    assert_true(m->config->conns->next->encap); /* what was refused changed nothing */
    choose(fd, "unload-conn", "name", "far", NULL);
    expect(fd, 1, "success=yes");
    ask(fd, VICI_CMD_REQUEST, "get-conns");
    expect(fd, 1, "conns[ net ] ");
    choose(fd, "unload-conn", "name", "far", NULL);
    expect(fd, 1, "success=no errmsg=there is no connection far");
    lab_assert_tunnel(&lab); /* all the while */
    assert_int_equal(lab.side[0].events[IKE_EVENT_CHILD_DOWN], 0);
    close(fd);
}

/* A connection that goes lives on in its SAs, and is freed with the last one. */
static void an_unloaded_connection_keeps_its_sas(void **state)
{
    const struct ike_manager *m = lab.side[0].m;
    int fd = client();
    (void)state;
    choose(fd, "initiate", "child", "net", NULL);
    expect(fd, 1, "success=yes");
    choose(fd, "unload-conn", "name", "net", NULL);
    expect(fd, 1, "success=yes");
    ask(fd, VICI_CMD_REQUEST, "get-conns");
    expect(fd, 1, "conns[ ] ");
    choose(fd, "initiate", "child", "net", NULL);
    expect(fd, 1, "success=no errmsg=no connection has a child net");
    choose(fd, "rekey", "child", "net", NULL);
    expect(fd, 1, "success=yes");
    turns(50);
    lab_assert_tunnel(&lab);
    choose(fd, "terminate", "ike", "net", NULL);
    expect(fd, 1, "success=yes");
    lab_run(&lab, 60000);
    assert_null(m->config->conns);
    assert_null(m->wants);
    close(fd);
}

static void load_shared(int fd, const char *id, const char *type, const char *data, size_t len)
{
    struct vici_out o;
    vici_out_begin(&o, VICI_CMD_REQUEST, "load-shared");
    if (id)
        vici_add(&o, "id", "%s", id);
    vici_add(&o, "type", "%s", type);
    vici_put(&o, "data", data, len);
    vici_list(&o, "owners");
    vici_item(&o, "x.example");
    vici_item(&o, "y.example");
    vici_list_end(&o);
    post(fd, &o);
}

static void secrets_go_in_and_not_out(void **state)
{
    static const char binary[] = {0, 'h', 'u', 's', 'h', (char)0xff, ','};
    const struct ike_manager *m = lab.side[0].m;
    struct config_id x, y;
    int fd = client();
    (void)state;
    assert_true(config_id_parse("x.example", &x) && config_id_parse("y.example", &y));
    load_shared(fd, "ike-far", "ike", "hush hush", 9);
    expect(fd, 1, "1 success=yes \n");
    load_shared(fd, "ike-far", "IKE", binary, sizeof(binary)); /* in its place */
    expect(fd, 1, "1 success=yes \n");
    load_shared(fd, NULL, "ike", "0xzz", 4); /* bytes, whatever they look like */
    expect(fd, 1, "1 success=yes \n");
    const struct config_secret *s = config_find_secret(m->config, &x, &y);
    assert_non_null(s);
    assert_int_equal(s->len, sizeof(binary));
    assert_memory_equal(s->data, binary, sizeof(binary));
    load_shared(fd, "eap-far", "EAP", "hush", 4);
    expect(fd, 1, "success=no errmsg=type: secrets of other types than IKE are not supported");
    load_shared(fd, "ike-none", "ike", "", 0);
    expect(fd, 1, "success=no errmsg=data: it is missing");
    ask(fd, VICI_CMD_REQUEST, "get-shared");
    expect(fd, 1, "ike-far ] ");
    assert_null(strstr(answer, "hush"));
    choose(fd, "unload-shared", "id", "ike-far", NULL);
    expect(fd, 1, "success=yes");
    choose(fd, "unload-shared", "id", "ike-far", NULL);
    expect(fd, 1, "success=no errmsg=there is no secret of that id");
    ask(fd, VICI_CMD_REQUEST, "clear-creds");
    expect(fd, 1, "success=yes");
    assert_null(m->config->secrets);
    close(fd);
}

/* ---------------------------------------------------------------- tests: the socket */

static void the_socket_in_the_file_system(void **state)
{
    struct stat st;
    struct vici *second;
    char why[256] = "", long_path[200];
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    (void)state;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(vici_open(path, &second, why, sizeof(why)), -1);
    assert_non_null(strstr(why, "another daemon answers"));
    snprintf(sa.sun_path, sizeof(sa.sun_path), "%s.x", path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
    close(fd); /* nobody answers there */
    assert_int_equal(vici_open(sa.sun_path, &second, why, sizeof(why)), 0);
    vici_free(second);
    assert_int_equal(access(sa.sun_path, F_OK), -1);
    FILE *f = fopen(sa.sun_path, "w"); /* no socket: it is not ours to remove */
    assert_non_null(f);
    fclose(f);
    assert_int_equal(vici_open(sa.sun_path, &second, why, sizeof(why)), -1);
    assert_int_equal(unlink(sa.sun_path), 0);
    memset(long_path, 'x', sizeof(long_path));
    long_path[sizeof(long_path) - 1] = '\0';
    assert_int_equal(vici_open(long_path, &second, why, sizeof(why)), -1);
    assert_non_null(strstr(why, "longer than"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(requests_come_in_pieces_and_in_heaps),
        TEST(what_swanctl_knows_is_answered),
        TEST(hostile_clients_end_alone),
        TEST(cut_anywhere),
        TEST(a_tunnel_as_swanctl_drives_it),
        TEST(events_of_a_tunnel),
        TEST(what_can_not_be_brought_up),
        TEST(a_peer_that_nhrpd_names),
        TEST(connections_come_and_go),
        TEST(an_unloaded_connection_keeps_its_sas),
        TEST(secrets_go_in_and_not_out),
        TEST(the_socket_in_the_file_system),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
