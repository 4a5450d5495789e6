/* SPDX-License-Identifier: Apache-2.0 */
/* The Nth allocation fails while a client loads, looks and asks: it is answered or dropped. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/ctrl/vici/harness.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
char *__wrap_strdup(const char *text);

static unsigned countdown; /* 0: none fails */

static int fails(void)
{
    return countdown && --countdown == 0;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

static void put_auth(struct vici_out *o, const char *section)
{
    vici_section(o, section);
    vici_add(o, "auth", "psk");
    vici_section_end(o);
}

/* All requests of this test, one after the other, as one piece. */
static void write_requests(struct vici_out all[4])
{
    vici_out_begin(&all[0], VICI_CMD_REQUEST, "load-conn");
    vici_section(&all[0], "far");
    put_auth(&all[0], "local");
    put_auth(&all[0], "remote");
    vici_section(&all[0], "children");
    vici_section(&all[0], "lan");
    vici_list(&all[0], "remote_ts");
    vici_item(&all[0], "10.8.0.0/24");
    vici_list_end(&all[0]);
    for (int i = 0; i < 3; i++)
        vici_section_end(&all[0]);
    vici_out_begin(&all[1], VICI_CMD_REQUEST, "load-shared");
    vici_add(&all[1], "id", "ike-far");
    vici_add(&all[1], "type", "ike");
    vici_add(&all[1], "data", "hush");
    vici_out_begin(&all[2], VICI_EVENT_REGISTER, "list-conn");
    vici_out_begin(&all[3], VICI_CMD_REQUEST, "list-conns");
    for (int i = 0; i < 4; i++)
        assert_true(vici_out_end(&all[i]));
}

static void every_allocation(void **state)
{
    struct vici_out all[4];
    bool reached = true;
    (void)state;
    write_requests(all);
    for (unsigned n = 1; reached; n++) {
        char byte;
        set_up(NULL);
        int fd = client();
        countdown = n;
        for (int i = 0; i < 4; i++)
            raw(fd, all[i].data, all[i].len);
        turns(5);
        reached = countdown == 0;
        countdown = 0;
        /* something came back, or the end; and others are served */
        assert_true(recv(fd, &byte, 1, MSG_PEEK) >= 0 || errno == ECONNRESET);
        close(fd);
        fd = client();
        expect_alive(fd);
        close(fd);
        tear_down(NULL);
        assert_true(n < 200);
    }
    for (int i = 0; i < 4; i++)
        vici_out_free(&all[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
