/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An AXI4-Lite master for a model's s_axil_* ports: one access at a time, a clock cycle a step. The
 * caller owns the clock, as with the streams:
 *
 *     axil_drive();  rtl_settle();  axil_sample();  rtl_edge();
 *
 * Both steps return at once while no access is under way.
 */
#ifndef SIM_CORE_AXIL_H
#define SIM_CORE_AXIL_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/core/rtl.h"

struct axil {
    struct rtl_port awaddr, awvalid, awready, wdata, wstrb, wvalid, wready, bresp, bvalid, bready;
    struct rtl_port araddr, arvalid, arready, rdata, rresp, rvalid, rready;
    enum { AXIL_IDLE, AXIL_WRITE, AXIL_WRITE_ANSWER, AXIL_READ, AXIL_READ_ANSWER } state;
    bool aw_open, w_open; /* still to be taken */
    uint32_t addr, value;
    uint8_t strobes;
    uint8_t resp; /* of the access that ended last: 0 OKAY, 2 SLVERR, 3 DECERR */
};

/* prefix: "s_axil" finds s_axil_awaddr and so on. The ports are quiet afterwards. */
void axil_init(struct axil *a, struct rtl *rtl, const char *prefix);

/* Start an access; only while axil_idle(). addr: bytes, a multiple of 4. */
void axil_read(struct axil *a, uint32_t addr);
void axil_write(struct axil *a, uint32_t addr, uint32_t value);
void axil_write_strobes(struct axil *a, uint32_t addr, uint32_t value, uint8_t strobes);

void axil_drive(struct axil *a);  /* before rtl_settle */
void axil_sample(struct axil *a); /* between rtl_settle and rtl_edge */

/* No access under way: `value` is what the last read read, `resp` how the last access ended. */
static inline bool axil_idle(const struct axil *a)
{
    return a->state == AXIL_IDLE;
}

#endif
