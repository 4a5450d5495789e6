/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host in RTL tests: the register page over AXI4-Lite and operations of the mailbox, cycle by
 * cycle with whatever streams the test runs at the same time.
 */
#ifndef TESTS_LIB_HOST_H
#define TESTS_LIB_HOST_H

#include "driver/regs.h"
#include "sim/core/axil.h"
#include "tests/lib/axis.h"

struct host {
    struct rtl *rtl;
    struct axil axil;
    struct axis *const *streams; /* driven in every cycle; may be NULL */
    size_t stream_count;
    void (*before_edge)(void *user); /* called in every cycle after rtl_settle; may be NULL */
    void *user;
    uint32_t tag;
    uint32_t detail;                   /* of the last operation */
    uint32_t rsp[ESPL_MBOX_RSP_WORDS]; /* read after a host_op that was told to */
    uint64_t limit;                    /* cycles an operation may take; the test fails beyond */
};

void host_init(struct host *h, struct rtl *rtl, struct axis *const *streams, size_t count);
void host_cycle(struct host *h);
void host_cycles(struct host *h, uint64_t n);

uint32_t host_rd(struct host *h, uint32_t off);
void host_wr(struct host *h, uint32_t off, uint32_t value);
/* Returns AXI's answer: 0 OKAY, 2 SLVERR. */
uint8_t host_wr_strobes(struct host *h, uint32_t off, uint32_t value, uint8_t strobes);
uint64_t host_counter(struct host *h, unsigned counter); /* enum espl_map_counter */

/* Until STATUS.ready. */
void host_wait_ready(struct host *h);
/* CONTROL.reset, then until ready. */
void host_reset(struct host *h);

/* Writes `count` words of the request, rings, waits; returns the reason, h->detail is set. */
uint32_t host_op(struct host *h, uint32_t op, uint32_t index, const uint32_t *words, size_t count);
/* The same without waiting for the end: the tag that was rung. */
uint32_t host_ring(struct host *h, uint32_t op, uint32_t index, const uint32_t *words,
                   size_t count);
uint32_t host_wait(struct host *h, uint32_t tag);
/* Reads the whole answer into h->rsp. */
void host_answer(struct host *h);

#endif
