/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event queue: events of both directions come out in each direction's order, none twice; the
 * ones that are missing are those that EVENT_LOST counts; the interrupt line follows the queue.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "driver/regs.h"
#include "tests/lib/axis.h"

#define RING 16u
enum { OUT, IN, HEAD = 0, TAIL, LOST, CONTROL };

static struct rtl *rtl;
static struct rtl_port valid[2], kind[2], slot[2], spi[2], detail[2], lost_in[2];
static struct rtl_port wr_en, wr_word, wr_data, rd_en, rd_ring, rd_word, rd_data, irq;
static uint32_t given[2]; /* events of each direction so far, numbered from 1 */
static uint32_t lost_before; /* told to be lost on their way */
static uint32_t rng = 3;

/* One cycle; `send`: bit d for an event of direction d. Its number is in every field. */
static void cycle(unsigned send)
{
    for (int d = 0; d < 2; d++) {
        rtl_set(valid[d], send >> d & 1);
        if (send >> d & 1) {
            uint32_t n = ++given[d];
            rtl_set(kind[d], n & 0xff);
            rtl_set(slot[d], n & 0xffff);
            rtl_set(spi[d], 0xa5000000u + n);
            rtl_set(detail[d], (uint64_t)n << 32 | ~n);
        }
    }
    rtl_settle(rtl);
    rtl_edge(rtl);
    for (int d = 0; d < 2; d++)
        rtl_set(lost_in[d], 0);
}

static uint32_t read_word(bool ring, unsigned word, unsigned send)
{
    rtl_set(rd_en, 1);
    rtl_set(rd_ring, ring);
    rtl_set(rd_word, word);
    cycle(send);
    rtl_set(rd_en, 0);
    cycle(send);
    rtl_settle(rtl);
    return (uint32_t)rtl_get(rd_data);
}

static void write_word(unsigned word, uint32_t value)
{
    rtl_set(wr_en, 1);
    rtl_set(wr_word, word);
    rtl_set(wr_data, value);
    cycle(0);
    rtl_set(wr_en, 0);
}

static void restart(void)
{
    for (int d = 0; d < 2; d++) {
        given[d] = 0;
        rtl_set(valid[d], 0);
        rtl_set(lost_in[d], 0);
    }
    lost_before = 0;
    rtl_set(wr_en, 0);
    rtl_set(rd_en, 0);
    axis_reset(rtl, NULL, 0);
}

/* Event n of the queue: whole, the next or a later one of its direction. */
static void check_entry(uint32_t n, uint32_t seen[2])
{
    uint32_t w[ESPL_EVENT_ENTRY_WORDS];
    for (unsigned i = 0; i < ESPL_EVENT_ENTRY_WORDS; i++)
        w[i] = read_word(true, 4 * (n % RING) + i, 0);
    unsigned d = w[ESPL_EVENT_ENTRY_WHAT] >> 8 & 1;
    uint32_t number = w[ESPL_EVENT_ENTRY_SPI] - 0xa5000000u;
    assert_true(number > seen[d] && number <= given[d]);
    seen[d] = number;
    assert_int_equal(w[ESPL_EVENT_ENTRY_WHAT], (number & 0xff) | d << 8 | number << 16);
    assert_int_equal(w[ESPL_EVENT_ENTRY_DETAIL_HI], number);
    assert_int_equal(w[ESPL_EVENT_ENTRY_DETAIL_LO], ~number);
}

static void run(unsigned percent, unsigned reads)
{
    uint32_t seen[2] = {0, 0}, tail = 0, told = 0;
    restart();
    for (int i = 0; i < 6000; i++) {
        bool talk = i < 4000;
        if (talk && rng_next(&rng) % 500 == 0) {
            rtl_set(lost_in[rng & 1], 3);
            lost_before += 3;
        }
        cycle(!talk                               ? 0
              : rng_next(&rng) % 100 < percent    ? 1 + rng_next(&rng) % 3
                                                  : 0);
        if (rng_next(&rng) % 100 >= reads && talk)
            continue;
        uint32_t head = read_word(false, HEAD, 0);
        assert_true(head - tail <= RING);
        if (head == tail)
            continue;
        check_entry(tail, seen);
        write_word(TAIL, ++tail);
        told++;
    }
    assert_int_equal(read_word(false, HEAD, 0), tail);
    assert_int_equal(told + read_word(false, LOST, 0), given[OUT] + given[IN] + lost_before);
    if (percent <= 2 && reads >= 50)
        assert_int_equal(read_word(false, LOST, 0), lost_before);
}

static void test_every_event_once_or_counted(void **state)
{
    (void)state;
    for (unsigned percent = 1; percent <= 100; percent += percent < 5 ? 1 : 19)
        for (unsigned reads = 1; reads <= 100; reads += 33)
            run(percent, reads);
}

/* Bursts that the queues hold are whole, though nobody reads meanwhile. */
static void test_a_burst_waits(void **state)
{
    (void)state;
    uint32_t seen[2] = {0, 0};
    restart();
    for (unsigned i = 0; i < 16; i++)
        cycle(3);
    for (unsigned i = 0; i < 200; i++)
        cycle(0);
    assert_int_equal(read_word(false, HEAD, 0), RING);
    assert_int_equal(read_word(false, LOST, 0), 0);
    for (uint32_t n = 0; n < 32; n++) {
        check_entry(n, seen);
        write_word(TAIL, n + 1);
        for (unsigned i = 0; i < 12; i++)
            cycle(0);
    }
    assert_true(seen[OUT] == 16 && seen[IN] == 16);
}

static void test_the_line_follows_the_queue(void **state)
{
    (void)state;
    restart();
    cycle(1);
    for (unsigned i = 0; i < 40; i++) {
        cycle(0);
        assert_int_equal(rtl_get(irq), 0); /* nobody wants to know */
    }
    write_word(CONTROL, ESPL_EVENT_CONTROL_IRQ_MASK);
    assert_int_equal(read_word(false, CONTROL, 0), ESPL_EVENT_CONTROL_IRQ_MASK);
    cycle(0);
    assert_int_equal(rtl_get(irq), 1);
    cycle(2);
    for (unsigned i = 0; i < 40; i++)
        cycle(0);
    write_word(TAIL, 1);
    for (unsigned i = 0; i < 4; i++)
        cycle(0);
    assert_int_equal(rtl_get(irq), 1); /* there is another */
    write_word(TAIL, 2);
    for (unsigned i = 0; i < 4; i++)
        cycle(0);
    assert_int_equal(rtl_get(irq), 0);
    cycle(1);
    for (unsigned i = 0; i < 40; i++)
        cycle(0);
    assert_int_equal(rtl_get(irq), 1);
    restart();
    assert_int_equal(rtl_get(irq), 0);
    for (unsigned word = HEAD; word <= CONTROL; word++)
        assert_int_equal(read_word(false, word, 0), 0);
}

int main(void)
{
    static const char *const of[2] = {"out", "in"};
    char name[32];
    rtl = rtl_new(NULL);
    for (int d = 0; d < 2; d++) {
        struct {
            struct rtl_port *port;
            const char *what;
        } ports[] = {{&valid[d], "valid"},   {&kind[d], "kind"},     {&slot[d], "slot"},
                     {&spi[d], "spi"},       {&detail[d], "detail"}, {&lost_in[d], "lost"}};
        for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
            (void)snprintf(name, sizeof name, "%s_%s", of[d], ports[i].what);
            *ports[i].port = rtl_port(rtl, name);
        }
    }
    wr_en = rtl_port(rtl, "wr_en");
    wr_word = rtl_port(rtl, "wr_word");
    wr_data = rtl_port(rtl, "wr_data");
    rd_en = rtl_port(rtl, "rd_en");
    rd_ring = rtl_port(rtl, "rd_ring");
    rd_word = rtl_port(rtl, "rd_word");
    rd_data = rtl_port(rtl, "rd_data");
    irq = rtl_port(rtl, "irq");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_event_once_or_counted),
        cmocka_unit_test(test_a_burst_waits),
        cmocka_unit_test(test_the_line_follows_the_queue),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    rtl_free(rtl);
    return rc;
}
