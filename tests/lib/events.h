/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A flow of events (ev_valid, ev, ev_lost) against what must be told, in its order. The test says
 * what is due no later than it can come.
 */
#ifndef TESTS_LIB_EVENTS_H
#define TESTS_LIB_EVENTS_H

#include "driver/regs.h"
#include "tests/lib/axis.h"

#define EVENTS_MAX 20000

struct events {
    struct rtl_port valid, event, lost_now;
    struct event_due {
        unsigned kind, slot; /* enum espl_map_event */
        uint32_t spi;
        uint64_t detail;
    } due[EVENTS_MAX];
    size_t count, seen, came, lost;
    bool losing; /* some may be missing: as many as are told to be lost */
};

void events_init(struct events *e, struct rtl *rtl);
void events_forget(struct events *e);
void events_expect(struct events *e, unsigned kind, unsigned slot, uint32_t spi, uint64_t detail);
void events_sample(struct events *e); /* after rtl_settle, in every cycle */
void events_check(struct events *e);  /* all have come */

#endif
