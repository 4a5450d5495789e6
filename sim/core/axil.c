/* SPDX-License-Identifier: Apache-2.0 */
/* AXI4-Lite master (see axil.h): the host's accesses on their way into the engine. */
#include "sim/core/axil.h"

#include <stdio.h>
#include <string.h>

static struct rtl_port find(struct rtl *rtl, const char *prefix, const char *suffix)
{
    char name[64];
    int n = snprintf(name, sizeof name, "%s_%s", prefix, suffix);
    if (n < 0 || (size_t)n >= sizeof name)
        name[0] = '\0'; /* rtl_port tells the name it does not find */
    return rtl_port(rtl, name);
}

void axil_init(struct axil *a, struct rtl *rtl, const char *prefix)
{
    memset(a, 0, sizeof *a);
    a->awaddr = find(rtl, prefix, "awaddr");
    a->awvalid = find(rtl, prefix, "awvalid");
    a->awready = find(rtl, prefix, "awready");
    a->wdata = find(rtl, prefix, "wdata");
    a->wstrb = find(rtl, prefix, "wstrb");
    a->wvalid = find(rtl, prefix, "wvalid");
    a->wready = find(rtl, prefix, "wready");
    a->bresp = find(rtl, prefix, "bresp");
    a->bvalid = find(rtl, prefix, "bvalid");
    a->bready = find(rtl, prefix, "bready");
    a->araddr = find(rtl, prefix, "araddr");
    a->arvalid = find(rtl, prefix, "arvalid");
    a->arready = find(rtl, prefix, "arready");
    a->rdata = find(rtl, prefix, "rdata");
    a->rresp = find(rtl, prefix, "rresp");
    a->rvalid = find(rtl, prefix, "rvalid");
    a->rready = find(rtl, prefix, "rready");
    rtl_set(a->awvalid, 0);
    rtl_set(a->wvalid, 0);
    rtl_set(a->arvalid, 0);
    rtl_set(a->bready, 1);
    rtl_set(a->rready, 1);
}

void axil_read(struct axil *a, uint32_t addr)
{
    a->addr = addr;
    a->state = AXIL_READ;
}

void axil_write_strobes(struct axil *a, uint32_t addr, uint32_t value, uint8_t strobes)
{
    a->addr = addr;
    a->value = value;
    a->strobes = strobes;
    a->aw_open = true;
    a->w_open = true;
    a->state = AXIL_WRITE;
}

void axil_write(struct axil *a, uint32_t addr, uint32_t value)
{
    axil_write_strobes(a, addr, value, 0xf);
}

void axil_drive(struct axil *a)
{
    if (a->state == AXIL_WRITE || a->state == AXIL_WRITE_ANSWER) {
        rtl_set(a->awaddr, a->addr);
        rtl_set(a->awvalid, a->aw_open);
        rtl_set(a->wdata, a->value);
        rtl_set(a->wstrb, a->strobes);
        rtl_set(a->wvalid, a->w_open);
    } else if (a->state == AXIL_READ || a->state == AXIL_READ_ANSWER) {
        rtl_set(a->araddr, a->addr);
        rtl_set(a->arvalid, a->state == AXIL_READ);
    }
}

static void sample_write(struct axil *a)
{
    if (a->aw_open && rtl_get(a->awready))
        a->aw_open = false;
    if (a->w_open && rtl_get(a->wready))
        a->w_open = false;
    if (!a->aw_open && !a->w_open)
        a->state = AXIL_WRITE_ANSWER;
}

void axil_sample(struct axil *a)
{
    switch (a->state) {
    case AXIL_WRITE:
        sample_write(a);
        break;
    case AXIL_READ:
        if (rtl_get(a->arready))
            a->state = AXIL_READ_ANSWER;
        break;
    case AXIL_WRITE_ANSWER:
        if (rtl_get(a->bvalid)) {
            a->resp = (uint8_t)rtl_get(a->bresp);
            a->state = AXIL_IDLE;
        }
        break;
    case AXIL_READ_ANSWER:
        if (rtl_get(a->rvalid)) {
            a->resp = (uint8_t)rtl_get(a->rresp);
            a->value = (uint32_t)rtl_get(a->rdata);
            a->state = AXIL_IDLE;
        }
        break;
    case AXIL_IDLE:
        break;
    }
}
