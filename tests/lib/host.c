/* SPDX-License-Identifier: Apache-2.0 */
/* The host in RTL tests (see host.h). */
#include "tests/lib/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

void host_init(struct host *h, struct rtl *rtl, struct axis *const *streams, size_t count)
{
    memset(h, 0, sizeof *h);
    h->rtl = rtl;
    h->streams = streams;
    h->stream_count = count;
    h->limit = 20000;
    axil_init(&h->axil, rtl, "s_axil");
}

void host_cycle(struct host *h)
{
    for (size_t i = 0; i < h->stream_count; i++)
        axis_drive(h->streams[i]);
    axil_drive(&h->axil);
    rtl_settle(h->rtl);
    for (size_t i = 0; i < h->stream_count; i++)
        axis_sample(h->streams[i]);
    axil_sample(&h->axil);
    if (h->before_edge)
        h->before_edge(h->user);
    rtl_edge(h->rtl);
}

void host_cycles(struct host *h, uint64_t n)
{
    while (n--)
        host_cycle(h);
}

static void finish(struct host *h)
{
    for (int i = 0; !axil_idle(&h->axil); i++) {
        assert_true(i < 100); /* the page answers whatever the engine does */
        host_cycle(h);
    }
    axil_drive(&h->axil);
}

uint32_t host_rd(struct host *h, uint32_t off)
{
    axil_read(&h->axil, off);
    finish(h);
    assert_int_equal(h->axil.resp, 0);
    return h->axil.value;
}

uint8_t host_wr_strobes(struct host *h, uint32_t off, uint32_t value, uint8_t strobes)
{
    axil_write_strobes(&h->axil, off, value, strobes);
    finish(h);
    return h->axil.resp;
}

void host_wr(struct host *h, uint32_t off, uint32_t value)
{
    assert_int_equal(host_wr_strobes(h, off, value, 0xf), 0);
}

uint64_t host_counter(struct host *h, unsigned counter)
{
    uint32_t off = ESPL_REG_COUNTERS + 8 * counter;
    uint32_t hi = host_rd(h, off + 4), lo, again;
    for (;;) {
        lo = host_rd(h, off);
        again = host_rd(h, off + 4);
        if (again == hi)
            return (uint64_t)hi << 32 | lo;
        hi = again;
    }
}

void host_wait_ready(struct host *h)
{
    uint64_t start = rtl_cycles(h->rtl);
    while (!(host_rd(h, ESPL_REG_STATUS) & ESPL_STATUS_READY_MASK))
        assert_true(rtl_cycles(h->rtl) - start < h->limit);
}

void host_reset(struct host *h)
{
    host_wr(h, ESPL_REG_CONTROL, ESPL_CONTROL_RESET_MASK);
    host_wait_ready(h);
}

uint32_t host_ring(struct host *h, uint32_t op, uint32_t index, const uint32_t *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        host_wr(h, ESPL_REG_MBOX_REQ + 4 * (uint32_t)i, words[i]);
    host_wr(h, ESPL_REG_MBOX_OP, op);
    host_wr(h, ESPL_REG_MBOX_INDEX, index);
    host_wr(h, ESPL_REG_MBOX_DOORBELL, ++h->tag);
    return h->tag;
}

uint32_t host_wait(struct host *h, uint32_t tag)
{
    uint64_t start = rtl_cycles(h->rtl);
    while (host_rd(h, ESPL_REG_MBOX_DONE) != tag)
        assert_true(rtl_cycles(h->rtl) - start < h->limit);
    h->detail = host_rd(h, ESPL_REG_MBOX_DETAIL);
    return host_rd(h, ESPL_REG_MBOX_REASON);
}

uint32_t host_op(struct host *h, uint32_t op, uint32_t index, const uint32_t *words, size_t count)
{
    return host_wait(h, host_ring(h, op, index, words, count));
}

void host_answer(struct host *h)
{
    for (uint32_t i = 0; i < ESPL_MBOX_RSP_WORDS; i++)
        h->rsp[i] = host_rd(h, ESPL_REG_MBOX_RSP + 4 * i);
}
