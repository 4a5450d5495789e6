/* SPDX-License-Identifier: Apache-2.0 */
/* Events that a stage tells (see events.h). */
#include "tests/lib/events.h"

#include "sim/model/packet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

void events_init(struct events *e, struct rtl *rtl)
{
    e->valid = rtl_port(rtl, "ev_valid");
    e->event = rtl_port(rtl, "ev");
    e->lost_now = rtl_port(rtl, "ev_lost");
    events_forget(e);
}

void events_forget(struct events *e)
{
    e->count = e->seen = e->came = e->lost = 0;
    e->losing = false;
}

void events_expect(struct events *e, unsigned kind, unsigned slot, uint32_t spi, uint64_t detail)
{
    assert_true(e->count < EVENTS_MAX);
    e->due[e->count++] = (struct event_due){kind, slot, spi, detail};
}

static bool is_due(const struct event_due *d, const uint8_t got[15])
{
    uint8_t want[15] = {(uint8_t)d->kind, (uint8_t)(d->slot >> 8), (uint8_t)d->slot};
    put32(want + 3, d->spi);
    put64(want + 7, d->detail);
    return memcmp(got, want, sizeof want) == 0;
}

void events_sample(struct events *e)
{
    e->lost += rtl_get(e->lost_now);
    assert_true(e->losing || e->lost == 0);
    if (!rtl_get(e->valid))
        return;
    uint8_t got[15];
    rtl_get_be(e->event, got, sizeof got);
    while (e->losing && e->seen < e->count && !is_due(&e->due[e->seen], got))
        e->seen++;
    if (e->seen == e->count || !is_due(&e->due[e->seen], got))
        fail_msg("event %02x of slot %u is not due (%zu of %zu came)", got[0], got[2], e->seen,
                 e->count);
    e->seen++;
    e->came++;
}

void events_check(struct events *e)
{
    if (e->came + e->lost != e->count)
        fail_msg("%zu came and %zu were lost of %zu", e->came, e->lost, e->count);
    if (!e->losing && e->seen != e->count)
        fail_msg("event %02x of slot %u never came", e->due[e->seen].kind, e->due[e->seen].slot);
}
