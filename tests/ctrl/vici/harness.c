/* SPDX-License-Identifier: Apache-2.0 */
/* The server in its surroundings, and the other end of its socket. See harness.h. */
#include "tests/ctrl/vici/harness.h"

#include <errno.h>
#include <signal.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "ctrl/log/log.h"
#include "ctrl/privilege/packet.h"
#include "ctrl/sa/state.h"
#include "ctrl/signer/door.h"
#include "ctrl/signer/link.h"
#include "ctrl/signer/vault.h"

struct lab lab;
char path[64], answer[1 << 16];
static uv_loop_t loop;
static struct vici *made, *vici; /* the parent's, the network-facing process' */
static struct door *door;        /* the signer's */
static int link_ends[2];
static void (*lab_event)(void *user, const struct ike_event *event);

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

/* What clients send, as far as it goes without waiting. */
static void pass(void)
{
    static int64_t now = 1;
    struct pollfd list[DOOR_FDS];
    struct held *held = &lab.side[0].m->env.signer->vault->held;
    size_t n = door_wants(door, list);
    now += 20;
    if (poll(list, n, 0) > 0)
        door_run(door, list, now);
    held_expire(held, now);
}

void turn(void)
{
    lab_run(&lab, 20);
    for (int i = 0; i < 3; i++) {
        pass();
        uv_run(&loop, UV_RUN_NOWAIT);
    }
}

void turns(unsigned n)
{
    while (n--)
        turn();
}

int set_up(void **state)
{
    char why[256] = "";
    (void)state;
    log_init(NULL, false);
    signal(SIGPIPE, SIG_IGN); /* as in ctrl/privilege/confine.c */
    lab_init(&lab, NULL, NULL);
    lab_event = lab.side[0].m->env.event;
    lab.side[0].m->env.event = on_event;
    assert_int_equal(uv_loop_init(&loop), 0);
    snprintf(path, sizeof(path), "/tmp/espl-vici-%d", getpid());
    if (vici_open(path, &made, why, sizeof(why)) != 0)
        fail_msg("%s", why);
    assert_int_equal(packet_pair(link_ends), 0);
    door = door_new(&lab.side[0].m->env.signer->vault->held, link_ends[1]);
    int listening = vici_hand_over(made);
    assert_true(signer_give_door(link_ends[0], listening));
    close(listening);
    pass();
    vici = vici_of_door(link_ends[0]);
    assert_non_null(vici);
    const struct vici_env env = {NULL, lab.side[0].m, settle, reload};
    assert_int_equal(vici_start(vici, &loop, &env), 0);
    return 0;
}

int tear_down(void **state)
{
    (void)state;
    vici_stop(vici);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0); /* no handle is left */
    vici_free(vici);
    vici_free(made);
    door_free(door);
    close(link_ends[0]);
    close(link_ends[1]);
    vici = made = NULL;
    assert_int_equal(access(path, F_OK), -1);
    lab_free(&lab);
    return 0;
}

/* ---------------------------------------------------------------- a client's part */

int client(void)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    strcpy(sa.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
    turn();
    return fd;
}

void raw(int fd, const void *data, size_t len)
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

void post(int fd, struct vici_out *o)
{
    assert_true(vici_out_end(o));
    raw(fd, o->data, o->len);
    vici_out_free(o);
}

void ask(int fd, enum vici_type type, const char *name)
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
const char *hear(int fd, unsigned packets)
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

void expect(int fd, unsigned packets, const char *words)
{
    if (!strstr(hear(fd, packets), words))
        fail_msg("\"%s\" is not in: %s", words, answer);
}

void says(const char *words)
{
    if (!strstr(answer, words))
        fail_msg("\"%s\" is not in: %s", words, answer);
}

void expect_closed(int fd)
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

void expect_alive(int fd)
{
    ask(fd, VICI_CMD_REQUEST, "version");
    expect(fd, 1, "daemon=espalierd");
}

void choose(int fd, const char *command, const char *key, const char *value, const char *timeout)
{
    struct vici_out o;
    vici_out_begin(&o, VICI_CMD_REQUEST, command);
    vici_add(&o, key, "%s", value);
    if (timeout)
        vici_add(&o, "timeout", "%s", timeout);
    post(fd, &o);
}
