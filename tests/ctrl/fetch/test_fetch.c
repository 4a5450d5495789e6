/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP for CRLs and OCSP: addresses, answers, and servers that are slow, long or rude. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ctrl/fetch/fetch.h"
#include "ctrl/log/log.h"

static void addresses(void **state)
{
    static const struct {
        const char *text, *host, *port, *path;
    } good[] = {
        {"http://crl.example/ca.crl", "crl.example", "80", "/ca.crl"},
        {"HTTP://crl.example", "crl.example", "80", "/"},
        {"http://10.0.0.1:8080/a?b=c#d", "10.0.0.1", "8080", "/a?b=c"},
        {"http://[2001:db8::1]:81/x", "2001:db8::1", "81", "/x"},
        {"http://[::1]/x", "::1", "80", "/x"},
        {"http://h?q", "h", "80", "/?q"},
    };
    static const char *const bad[] = {
        "https://x/",      "ftp://x/",      "file:///etc/passwd", "http://",
        "http:///x",       "http://u@x/",   "http://x:0/",        "http://x:65536/",
        "http://x:80a/",   "http://[::1/",  "http://[::1]x/",     "http://x/\r\nHost: y",
        "http://x/ y",     "http://x/\x7f", "http://x:/",         "",
        "http://x:123456/"};
    struct fetch_url url;
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(fetch_url_parse(good[i].text, &url));
        assert_string_equal(url.host, good[i].host);
        assert_string_equal(url.port, good[i].port);
        assert_string_equal(url.path, good[i].path);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (fetch_url_parse(bad[i], &url))
            fail_msg("taken: %s", bad[i]);
}

static void answers(void **state)
{
    static const struct {
        const char *text, *body;
    } all[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody", "body"},
        {"HTTP/1.0 200 OK\r\n\r\nbody", "body"},
        {"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nbody", "bo"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nbody", NULL}, /* cut */
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", NULL},
        {"HTTP/1.1 200 OK\r\n\r\n", NULL},
        {"HTTP/1.1 404 Not Found\r\n\r\nbody", NULL},
        {"HTTP/1.1 301 Moved\r\nLocation: http://x/\r\n\r\nbody", NULL},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody", NULL},
        {"HTTP/1.1 200 OK\r\nbody", NULL},
        {"body", NULL},
        {"", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const uint8_t *body;
        size_t len, n = strlen(all[i].text);
        uint8_t *copy = malloc(n ? n : 1);
        assert_non_null(copy);
        memcpy(copy, all[i].text, n);
        bool ok = fetch_body(copy, n, &body, &len);
        assert_int_equal(ok, all[i].body != NULL);
        if (ok) {
            assert_int_equal(len, strlen(all[i].body));
            assert_memory_equal(body, all[i].body, len);
        }
        free(copy);
    }
}

/* ---------------------------------------------------------------- with a server */

static uv_loop_t loop;
static struct fetcher *fetcher;
static int listener, port;
static unsigned done_count, done_number;
static uint8_t got[64];
static size_t got_len;
static bool got_any;

static void done(void *user, unsigned number, const uint8_t *data, size_t len)
{
    assert_ptr_equal(user, &loop);
    done_count++;
    done_number = number;
    got_any = data != NULL;
    got_len = len;
    if (data)
        memcpy(got, data, len < sizeof got ? len : sizeof got);
}

static int set_up(void **state)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof sa;
    (void)state;
    log_init(NULL, false);
    done_count = 0;
    assert_int_equal(uv_loop_init(&loop), 0);
    fetcher = fetcher_new(&loop, done, &loop);
    assert_non_null(fetcher);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&sa, sizeof sa), 0);
    assert_int_equal(listen(listener, 16), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&sa, &len), 0);
    port = ntohs(sa.sin_port);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fetcher_stop(fetcher);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0); /* no handle is left */
    fetcher_free(fetcher);
    close(listener);
    return 0;
}

static bool begin(unsigned number, const char *path, const char *post)
{
    char url[128];
    snprintf(url, sizeof url, "http://127.0.0.1:%d%s", port, path);
    return fetcher_begin(fetcher, number, url, (const uint8_t *)post, post ? strlen(post) : 0);
}

/* The question that comes; the connection stays open. */
static int hear(char *question, size_t size)
{
    int fd = -1;
    ssize_t n = -1;
    for (int i = 0; i < 5000 && n <= 0; i++) {
        uv_run(&loop, UV_RUN_NOWAIT);
        usleep(1000);
        if (fd < 0)
            fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        n = fd < 0 ? -1 : recv(fd, question, size - 1, 0);
    }
    assert_true(n > 0);
    question[n] = '\0';
    return fd;
}

static void asked_and_answered(void **state)
{
    char question[1024];
    (void)state;
    assert_true(begin(7, "/ca.crl", NULL));
    int fd = hear(question, sizeof question);
    assert_memory_equal(question, "GET /ca.crl HTTP/1.0\r\nHost: 127.0.0.1:", 38);
    assert_non_null(strstr(question, "\r\n\r\n"));
    static const char answer[] = "HTTP/1.1 200 OK\r\n\r\n";
    assert_true(write(fd, answer, strlen(answer)) > 0);
    for (int i = 0; i < 20; i++) {
        uv_run(&loop, UV_RUN_NOWAIT);
        assert_int_equal(done_count, 0);
    }
    assert_int_equal(write(fd, "a CRL", 5), 5);
    close(fd);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(done_count, 1);
    assert_int_equal(done_number, 7);
    assert_int_equal(got_len, 5);
    assert_memory_equal(got, "a CRL", 5);
    assert_true(begin(8, "/ocsp", "question"));
    fd = hear(question, sizeof question);
    assert_memory_equal(question, "POST /ocsp HTTP/1.0\r\n", 21);
    assert_non_null(
        strstr(question, "application/ocsp-request\r\nContent-Length: 8\r\n\r\nquestion"));
    close(fd); /* says nothing */
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(done_count, 2);
    assert_false(got_any);
}

static void longer_than_it_may_be(void **state)
{
    char question[1024];
    static char block[65536];
    (void)state;
    assert_true(begin(1, "/", NULL));
    int fd = hear(question, sizeof question);
    assert_true(write(fd, "HTTP/1.0 200 OK\r\n\r\n", 19) == 19);
    for (int i = 0; i < 64 && done_count == 0; i++) {
        size_t left = sizeof block;
        while (left && done_count == 0) {
            ssize_t n = send(fd, block, left, MSG_DONTWAIT | MSG_NOSIGNAL);
            left -= n > 0 ? (size_t)n : 0;
            uv_run(&loop, UV_RUN_NOWAIT);
        }
    }
    close(fd);
    assert_int_equal(done_count, 1);
    assert_false(got_any);
}

static void nobody_answers(void **state)
{
    char question[1024];
    (void)state;
    uint64_t begun = uv_hrtime();
    assert_true(begin(1, "/", NULL));
    int fd = hear(question, sizeof question);
    uv_run(&loop, UV_RUN_DEFAULT); /* until the deadline */
    uint64_t ms = (uv_hrtime() - begun) / 1000000;
    assert_true(ms >= FETCH_DEADLINE_MS - 100 && ms < FETCH_DEADLINE_MS + 3000);
    assert_int_equal(done_count, 1);
    assert_false(got_any);
    close(fd);
    close(listener); /* and where nobody listens */
    assert_true(begin(2, "/", NULL));
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(done_count, 2);
    listener = socket(AF_INET, SOCK_STREAM, 0);
}

static void no_more_at_once(void **state)
{
    unsigned i = 0;
    (void)state;
    while (i < 2 * FETCHES_MAX && begin(i, "/", NULL))
        i++;
    assert_int_equal(i, FETCHES_MAX);
    assert_false(fetcher_begin(fetcher, 1, "https://x/", NULL, 0));
    /* the end of the daemon meanwhile: nobody is told */
    fetcher_stop(fetcher);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(done_count, 0);
    assert_false(begin(1, "/", NULL));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses), cmocka_unit_test(answers), TEST(asked_and_answered),
        TEST(longer_than_it_may_be), TEST(nobody_answers),      TEST(no_more_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
