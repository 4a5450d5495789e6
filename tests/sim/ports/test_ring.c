/* SPDX-License-Identifier: Apache-2.0 */
/* The ring loses no frame, keeps their order, whatever their lengths, and says when it is full. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim/ports/ring.h"

static uint32_t next(uint32_t *x)
{
    *x = *x * 1664525u + 1013904223u;
    return *x >> 8;
}

static size_t length(uint32_t n)
{
    uint32_t x = n * 2654435761u;
    return n % 7 == 0 ? RING_FRAME_MAX - next(&x) % 3 : 1 + next(&x) % (n % 2 ? 200 : 9018);
}

static void put(struct ring *ring, uint8_t *room, uint32_t n)
{
    size_t len = length(n);
    memset(room, (int)(n & 0xff), len);
    ring_commit(ring, len);
}

static void take(struct ring *ring, uint32_t n)
{
    size_t len;
    const uint8_t *frame = ring_front(ring, &len);
    assert_int_equal(len, length(n));
    assert_int_equal((uintptr_t)frame % 64, 0);
    assert_int_equal(frame[0], n & 0xff);
    assert_int_equal(frame[len - 1], n & 0xff);
    ring_pop(ring);
}

static void test_order_at_all_fillings(void **state)
{
    struct ring ring;
    uint32_t in = 0, out = 0, rng = 1, full = 0, empty = 0;

    (void)state;
    assert_true(ring_init(&ring));
    while (out < 20000) {
        /* phases in which it fills and in which it empties */
        if (next(&rng) % 100 < (out / 500 % 2 ? 30u : 70u)) {
            uint8_t *room = ring_room(&ring);
            if (room)
                put(&ring, room, in++);
            else
                full++;
        } else if (!ring_empty(&ring)) {
            take(&ring, out++);
        } else {
            empty++;
        }
        assert_int_equal(ring.count, in - out);
    }
    assert_true(full > 0 && empty > 0);
    ring_clear(&ring);
}

static void test_holds_a_burst(void **state)
{
    struct ring ring;
    uint32_t n = 0;
    uint8_t *room;

    (void)state;
    assert_true(ring_init(&ring));
    while ((room = ring_room(&ring)) != NULL) {
        memset(room, 1, 1514);
        ring_commit(&ring, 1514);
        n++;
    }
    assert_in_range(n, 64, 256); /* of what Ethernet usually carries */
    while (n--)
        ring_pop(&ring);
    assert_true(ring_empty(&ring));
    ring_clear(&ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_at_all_fillings),
        cmocka_unit_test(test_holds_a_burst),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
