/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signer's process as the door of the control socket: what clients send comes out of it without
 * its secrets, whatever pieces it comes in; what is answered goes back; who is slow, malformed or
 * gone is so alone. The test is the network-facing process.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctrl/privilege/packet.h"
#include "ctrl/signer/command.h"
#include "ctrl/signer/door.h"
#include "ctrl/signer/signer.h"
#include "ctrl/wire/ike.h"
#include "tests/ctrl/trust/pki.h"

#define SECRET "the moon is made of cheese"

static struct signer *signer;
static char path[64];
static const struct piece octets = {(const uint8_t *)"octets", 6};

static int set_up(void **state)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    (void)state;
    signer = signer_start();
    assert_non_null(signer);
    snprintf(path, sizeof path, "/tmp/espl-door-%d", (int)getpid());
    strcpy(sa.sun_path, path);
    unlink(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof sa), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_true(signer_give_door(signer_door(signer), fd));
    close(fd);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    signer_free(signer);
    unlink(path);
    pki_free();
    return 0;
}

/* A client, and the end that the network-facing process gets of it. */
static int client(int *inside)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    struct packet_files files;
    const struct timeval patience = {.tv_sec = 10};
    uint8_t byte;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    strcpy(sa.sun_path, path);
    assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof sa), 0);
    assert_int_equal(packet_receive(signer_door(signer), &byte, 1, &files, 0), 1);
    assert_int_equal(files.count, 1);
    *inside = files.fd[0];
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(*inside, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
}

/* load-shared as swanctl sends it. */
static void shared(struct vici_out *o, const void *data, size_t len)
{
    vici_out_begin(o, VICI_CMD_REQUEST, "load-shared");
    vici_add(o, "id", "ike-moon");
    vici_add(o, "type", "IKE");
    vici_put(o, "data", data, len);
    vici_list(o, "owners");
    vici_item(o, "moon.example");
    vici_list_end(o);
    assert_true(vici_out_end(o));
}

static void expect_segment(int inside, struct vici_packet *p, uint8_t *buf, size_t room)
{
    assert_int_equal(recv(inside, buf, VICI_HEADER, MSG_WAITALL), VICI_HEADER);
    size_t len = (size_t)buf[0] << 24 | (size_t)buf[1] << 16 | (size_t)buf[2] << 8 | buf[3];
    assert_true(len > 0 && len <= room);
    assert_int_equal(recv(inside, buf, len, MSG_WAITALL), len);
    assert_null(memmem(buf, len, "moon is made", 12));
    assert_true(vici_packet_read(buf, len, p));
}

/* The number that has come in the place of `data`; everything else is as it was. */
static uint32_t expect_number(int inside)
{
    static uint8_t buf[4096];
    struct vici_packet p;
    char text[32];
    expect_segment(inside, &p, buf, sizeof buf);
    assert_string_equal(p.name, "load-shared");
    assert_true(vici_text(&p.message, "id", text, sizeof text));
    assert_string_equal(text, "ike-moon");
    assert_true(vici_text(&p.message, "type", text, sizeof text));
    assert_string_equal(text, "IKE");
    assert_non_null(memmem(p.message.data, p.message.len, "moon.example", 12));
    assert_true(vici_text(&p.message, "data", text, sizeof text));
    return (uint32_t)strtoul(text, NULL, 10);
}

static void secret_of(uint32_t number, struct config_secret *s)
{
    *s = (struct config_secret){.kind = SECRET_IKE, .name = (char *)(uintptr_t) "ike-moon"};
    s->number = number;
}

static void expect_psk(const char *secret)
{
    struct config_id a;
    uint8_t mac[HASH_MAX], expected[HASH_MAX];
    assert_true(config_id_parse("moon.example", &a));
    const struct piece p = {(const uint8_t *)secret, strlen(secret)};
    assert_int_equal(signer_psk(signer, &a, &a, PRF_HMAC_SHA2_256, octets, mac), SIGNER_OK);
    assert_int_equal(auth_shared(PRF_HMAC_SHA2_256, p, octets, expected), CRYPTO_OK);
    assert_memory_equal(mac, expected, 32);
}

static void secrets_become_numbers(void **state)
{
    struct vici_out o;
    struct config_secret s;
    int inside, fd = client(&inside);
    (void)state;
    shared(&o, SECRET, strlen(SECRET));
    for (size_t piece = 1; piece < o.len;
         piece = piece * 3 + 1) { /* in pieces, and twice at once */
        for (size_t at = 0; at < o.len; at += piece)
            assert_true(send(fd, o.data + at, o.len - at < piece ? o.len - at : piece, 0) > 0);
        assert_true(send(fd, o.data, o.len, 0) > 0);
        uint32_t a = expect_number(inside), b = expect_number(inside);
        assert_true(a > 0 && b > a);
        secret_of(a, &s);
        assert_int_equal(signer_load_secret(signer, &s), SIGNER_OK);
        expect_psk(SECRET);
        assert_int_equal(signer_load_secret(signer, &s), SIGNER_FAILED); /* once only */
        secret_of(b, &s);
        assert_int_equal(signer_load_secret(signer, &s), SIGNER_OK);
    }
    vici_out_free(&o);
    close(fd);
    close(inside);
}

static void keys_become_numbers(void **state)
{
    static uint8_t buf[4096];
    struct vici_out o;
    struct vici_packet p;
    struct vici_element e;
    char text[32];
    unsigned char *der = NULL;
    const struct signer_key *key;
    EVP_PKEY *pkey = pki_key("ED25519");
    int inside, fd = client(&inside), len = i2d_PrivateKey(pkey, &der);
    (void)state;
    vici_out_begin(&o, VICI_CMD_REQUEST, "load-key");
    vici_add(&o, "type", "any");
    vici_add(&o, "unheard-of", "%s", SECRET); /* what the command does not have */
    vici_section(&o, "more");
    vici_add(&o, "data", "%s", SECRET);
    vici_section_end(&o);
    vici_put(&o, "data", der, (size_t)len);
    vici_add(&o, "data", "%s", SECRET); /* again */
    assert_true(vici_out_end(&o));
    assert_true(send(fd, o.data, o.len, 0) > 0);
    expect_segment(inside, &p, buf, sizeof buf);
    assert_null(memmem(buf, p.message.len, der, (size_t)len));
    assert_true(vici_text(&p.message, "type", text, sizeof text));
    assert_string_equal(text, "any");
    assert_false(vici_value(&p.message, "unheard-of", &e));
    assert_true(vici_text(&p.message, "data", text, sizeof text));
    assert_int_equal(signer_load_key_held(signer, (uint32_t)strtoul(text, NULL, 10) + 1, &key),
                     SIGNER_FAILED);
    assert_int_equal(signer_load_key_held(signer, (uint32_t)strtoul(text, NULL, 10), &key),
                     SIGNER_OK);
    assert_int_equal(EVP_PKEY_eq(key->public, pkey), 1);
    OPENSSL_free(der);
    vici_out_free(&o);
    close(fd);
    close(inside);
}

/* Too long, empty, a token's: nothing of them goes on. */
static void what_is_not_taken(void **state)
{
    static uint8_t buf[4096], longest[SIGNER_SHARED_MAX + 1];
    struct vici_out o;
    struct vici_packet p;
    char text[32];
    int inside, fd = client(&inside);
    (void)state;
    memset(longest, 'x', sizeof longest);
    shared(&o, longest, sizeof longest);
    assert_true(send(fd, o.data, o.len, 0) > 0);
    assert_int_equal(expect_number(inside), 0);
    vici_out_free(&o);
    shared(&o, "", 0);
    assert_true(send(fd, o.data, o.len, 0) > 0);
    assert_int_equal(expect_number(inside), 0);
    vici_out_free(&o);
    vici_out_begin(&o, VICI_CMD_REQUEST, "load-token");
    vici_add(&o, "handle", "1234");
    vici_add(&o, "pin", "%s", SECRET);
    assert_true(vici_out_end(&o));
    assert_true(send(fd, o.data, o.len, 0) > 0);
    expect_segment(inside, &p, buf, sizeof buf);
    assert_string_equal(p.name, "load-token");
    assert_true(vici_text(&p.message, "pin", text, sizeof text) && !*text);
    vici_out_free(&o);
    close(fd);
    close(inside);
}

static void expect_end(int fd)
{
    uint8_t byte;
    assert_true(recv(fd, &byte, 1, 0) <= 0 && errno != EAGAIN);
    close(fd);
}

/* To the server it is a segment of no bytes; nothing of it goes on. */
static void what_is_malformed(void **state)
{
    uint8_t bytes[256], none[VICI_HEADER];
    struct vici_out o;
    (void)state;
    shared(&o, SECRET, strlen(SECRET));
    for (size_t cut = 15; cut < o.len - VICI_HEADER; cut++) {
        int inside, other, fd = client(&inside), alive = client(&other);
        memcpy(bytes, o.data, o.len);
        bytes[2] = 0;
        bytes[3] = (uint8_t)cut; /* shorter than what is in it */
        struct vici_packet p;
        if (vici_packet_read(bytes + VICI_HEADER, cut, &p)) { /* cut between two elements */
            close(fd);
            close(inside);
            close(alive);
            close(other);
            continue;
        }
        assert_true(send(fd, bytes, o.len, 0) > 0);
        assert_int_equal(recv(inside, none, sizeof none, MSG_WAITALL), sizeof none);
        assert_memory_equal(none, "\0\0\0\0", 4);
        expect_end(inside);
        expect_end(fd);
        assert_true(send(alive, o.data, o.len, 0) > 0);
        assert_true(expect_number(other) > 0);
        close(alive);
        close(other);
    }
    vici_out_free(&o);
}

/* What has no secret goes on byte by byte, both ways. */
static void all_else_passes(void **state)
{
    static uint8_t up[300000], seen[sizeof up];
    int inside, fd = client(&inside);
    (void)state;
    for (size_t i = 0; i < sizeof up; i++)
        up[i] = (uint8_t)(i * 7 >> 3);
    memcpy(up, "\0\4\x93\xdc\0\x09load-conn", 15); /* a segment of 299,996 bytes */
    size_t sent = 0, got = 0, back = 0, home = 0;
    while (got < sizeof up || home < sizeof up) {
        struct pollfd p[2] = {{fd, POLLIN | (sent < sizeof up ? POLLOUT : 0), 0},
                              {inside, POLLIN | (back < sizeof up ? POLLOUT : 0), 0}};
        assert_true(poll(p, 2, 10000) > 0);
        ssize_t n;
        if (p[0].revents & POLLOUT && (n = send(fd, up + sent, sizeof up - sent, MSG_DONTWAIT)) > 0)
            sent += (size_t)n;
        if (p[1].revents & POLLOUT &&
            (n = send(inside, up + back, sizeof up - back, MSG_DONTWAIT)) > 0)
            back += (size_t)n;
        if (p[1].revents & POLLIN && (n = recv(inside, seen + got, sizeof seen - got, 0)) > 0) {
            assert_memory_equal(seen + got, up + got, (size_t)n);
            got += (size_t)n;
        }
        if (p[0].revents & POLLIN && (n = recv(fd, seen, sizeof seen, 0)) > 0) {
            assert_memory_equal(seen, up + home, (size_t)n);
            home += (size_t)n;
        }
    }
    close(fd);
    expect_end(inside);
}

/* Neither is waited for: not a client that reads nothing, not one that is not read. */
static void who_is_slow_is_slow_alone(void **state)
{
    static const uint8_t much[65536];
    struct vici_out o;
    struct config_id a;
    uint8_t mac[HASH_MAX];
    int inside, far, deaf = client(&inside), unheard = client(&far);
    (void)state;
    assert_true(config_id_parse("moon.example", &a));
    while (send(inside, much, sizeof much, MSG_DONTWAIT) > 0 || poll(NULL, 0, 20) > 0)
        ;
    vici_out_begin(&o, VICI_CMD_REQUEST, "version");
    assert_true(vici_out_end(&o));
    for (int i = 0; i < 1000000 && send(unheard, o.data, o.len, MSG_DONTWAIT) > 0; i++)
        ;
    vici_out_free(&o);
    for (int i = 0; i < 100; i++) /* an answer has 2 seconds */
        assert_int_equal(signer_psk(signer, &a, &a, PRF_HMAC_SHA2_256, octets, mac), SIGNER_NO_KEY);
    int inside2, fd = client(&inside2);
    shared(&o, SECRET, strlen(SECRET));
    assert_true(send(fd, o.data, o.len, 0) > 0);
    assert_true(expect_number(inside2) > 0);
    vici_out_free(&o);
    close(fd);
    close(inside2);
    close(deaf);
    close(inside);
    close(unheard);
    close(far);
}

static void only_so_many(void **state)
{
    int fds[DOOR_CLIENTS], inside[DOOR_CLIENTS];
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    (void)state;
    for (size_t i = 0; i < DOOR_CLIENTS; i++)
        fds[i] = client(&inside[i]);
    int more = socket(AF_UNIX, SOCK_STREAM, 0);
    strcpy(sa.sun_path, path);
    assert_int_equal(connect(more, (struct sockaddr *)&sa, sizeof sa), 0);
    expect_end(more);
    close(inside[0]);
    expect_end(fds[0]); /* and there is room */
    fds[0] = client(&inside[0]);
    for (size_t i = 0; i < DOOR_CLIENTS; i++) {
        close(fds[i]);
        close(inside[i]);
    }
}

/* Nobody says whose it is: it waits as long as its client is there, and not for long after that. */
static void what_nobody_claims(void **state)
{
    struct held held = {.count = 0};
    struct piece p;
    (void)state;
    uint32_t first = held_put(&held, 7, octets), of_file = held_put(&held, HELD_FILES, octets);
    for (unsigned i = 1; i < HELD_OF_CLIENT; i++)
        assert_true(held_put(&held, 7, octets) > of_file);
    assert_int_equal(held_put(&held, 7, octets), 0);
    assert_true(held_put(&held, 8, octets) > 0);
    assert_int_equal(held_patience(&held, 1000), -1);
    held_leave(&held, 7, 1000);
    assert_int_equal(held_patience(&held, 1000), HELD_GRACE_MS);
    held_expire(&held, 999 + HELD_GRACE_MS);
    assert_true(held_get(&held, first, &p) && p.n == octets.n);
    held_expire(&held, 1000 + HELD_GRACE_MS);
    assert_false(held_get(&held, first, &p));
    assert_int_equal(held.count, 2);
    held_used(&held, of_file);
    assert_true(held_get(&held, of_file, &p));
    held_forget(&held, HELD_FILES);
    assert_int_equal(held.count, 1);
    for (uint32_t i = 0; i < HELD_MAX - 1; i++)
        assert_true(held_put(&held, HELD_FILES, octets) > 0);
    assert_int_equal(held_put(&held, HELD_FILES, octets), 0);
    held_clear(&held);
    assert_int_equal(held.count, 0);
}

/* The server is told, and what the signer has is not to be had by it. */
static void the_door_asks_nothing(void **state)
{
    static uint8_t buf[4096];
    struct vici_out o;
    struct vici_packet p;
    struct vici_element e;
    int inside, fd = client(&inside);
    (void)state;
    shared(&o, SECRET, strlen(SECRET));
    assert_true(send(fd, o.data, o.len, 0) > 0);
    uint32_t number = expect_number(inside);
    vici_out_free(&o);
    /* a client's own number is a secret like any other: it becomes another number */
    char text[16];
    snprintf(text, sizeof text, "%u", number);
    shared(&o, text, strlen(text));
    assert_true(send(fd, o.data, o.len, 0) > 0);
    assert_int_equal(expect_number(inside), number + 1);
    vici_out_free(&o);
    /* a question to the signer is none of VICI's, and goes where all goes */
    vici_out_begin(&o, VICI_CMD_REQUEST, "load-sharedX");
    vici_put(&o, "data", "\0\0\0\1\2", 5);
    assert_true(vici_out_end(&o));
    assert_true(send(fd, o.data, o.len, 0) > 0);
    expect_segment(inside, &p, buf, sizeof buf);
    assert_true(vici_value(&p.message, "data", &e));
    assert_int_equal(e.len, 5);
    vici_out_free(&o);
    close(fd);
    close(inside);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(secrets_become_numbers),
        TEST(keys_become_numbers),
        TEST(what_is_not_taken),
        TEST(what_is_malformed),
        TEST(all_else_passes),
        TEST(who_is_slow_is_slow_alone),
        TEST(only_so_many),
        TEST(the_door_asks_nothing),
        cmocka_unit_test(what_nobody_claims),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
