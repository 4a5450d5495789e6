/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual card (see card.h): the clock, and when it may stand still. */
#include "sim/card/card.h"

#include <stdio.h>
#include <string.h>

#include "driver/regs.h"

/* A frame that has not come out in a quiet time of this many cycles was dropped. The longest way is
 * a frame of 9,018 bytes stored at three places, under 1,000. */
#define QUIET_DROPPED 4096u
/* Cycles after the last beat until what it leads to is done: counters, a replay window. */
#define QUIET_DONE 64u
/* Cycles without any beat while a frame is offered, and of one register access: longer than any
 * reset's sweep of the tables. */
#define STUCK 1000000u

static void cycle(struct sim_card *card)
{
    bool moved[SIM_PORTS];
    size_t len;

    axil_drive(&card->axil);
    rtl_settle(card->rtl);
    card->quiet++;
    for (unsigned p = 0; p < SIM_PORTS; p++) {
        moved[p] = stream_source_moves(&card->in[p]);
        if (!stream_sink_moves(&card->out[p]))
            continue;
        card->quiet = 0;
        if (stream_sink_take(&card->out[p], rtl_cycles(card->rtl), &len))
            card->sink(card->user, (enum sim_card_port)p, card->out[p].first, card->out[p].frame,
                       len);
    }
    axil_sample(&card->axil);
    rtl_edge(card->rtl);
    for (unsigned p = 0; p < SIM_PORTS; p++) {
        if (moved[p]) {
            stream_source_taken(&card->in[p]);
            card->quiet = 0;
        } else if (!card->in[p].next && !ring_empty(&card->in[p].ring)) {
            stream_source_offer(&card->in[p]);
        }
    }
}

static bool offered(const struct sim_card *card)
{
    for (unsigned p = 0; p < SIM_PORTS; p++)
        if (!ring_empty(&card->in[p].ring))
            return true;
    return false;
}

/* Frames inside the engine, as far as known: what it dropped counts until a quiet time. */
static bool frames_inside(const struct sim_card *card)
{
    uint64_t in = 0, out = 0;

    for (unsigned p = 0; p < SIM_PORTS; p++) {
        in += card->in[p].frames;
        out += card->out[p].frames;
    }
    return in > out + card->lost;
}

static void write_off(struct sim_card *card)
{
    uint64_t in = 0, out = 0;

    for (unsigned p = 0; p < SIM_PORTS; p++) {
        in += card->in[p].frames;
        out += card->out[p].frames;
    }
    card->lost = in - out;
}

/* Is the mailbox, or a reset's sweep, at work? */
static bool settling(struct sim_card *card)
{
    uint32_t status;

    if (!card->unsettled)
        return false;
    if (card->quiet < QUIET_DONE)
        return true;
    if (!sim_card_read(card, ESPL_REG_STATUS, &status))
        return false;
    card->unsettled = !(status & ESPL_STATUS_READY_MASK) || (status & ESPL_STATUS_BUSY_MASK);
    return card->unsettled;
}

static bool idle(struct sim_card *card)
{
    if (offered(card) || card->quiet < QUIET_DONE)
        return false;
    if (frames_inside(card)) {
        if (card->quiet < QUIET_DROPPED)
            return false;
        write_off(card);
    }
    return !settling(card);
}

static bool healthy(struct sim_card *card)
{
    if (card->failed)
        return false;
    if (offered(card) && card->quiet > STUCK)
        card->failed = "the engine takes no frame any more";
    for (unsigned p = 0; p < SIM_PORTS; p++)
        if (card->out[p].broken)
            card->failed = "the engine broke the rules of AXI4-Stream on an output";
    return !card->failed;
}

bool sim_card_step(struct sim_card *card, uint64_t most)
{
    uint64_t end = rtl_cycles(card->rtl) + most;

    while (rtl_cycles(card->rtl) < end) {
        if (!healthy(card) || idle(card))
            return false;
        for (unsigned i = 0; i < 16; i++)
            cycle(card);
    }
    return true;
}

/* Runs the access that was started to its end. */
static bool access_ends(struct sim_card *card)
{
    uint64_t start = rtl_cycles(card->rtl);

    while (!axil_idle(&card->axil)) {
        if (rtl_cycles(card->rtl) - start > STUCK)
            card->failed = "the engine does not answer on AXI4-Lite";
        if (card->failed)
            return false;
        cycle(card);
    }
    return true;
}

bool sim_card_read(struct sim_card *card, uint32_t off, uint32_t *value)
{
    if (card->failed)
        return false;
    axil_read(&card->axil, off);
    if (!access_ends(card))
        return false;
    *value = card->axil.value;
    return true;
}

bool sim_card_write(struct sim_card *card, uint32_t off, uint32_t value)
{
    if (card->failed)
        return false;
    axil_write(&card->axil, off, value);
    card->unsettled = true;
    card->quiet = 0;
    if (off == ESPL_REG_CONTROL && (value & ESPL_CONTROL_RESET_MASK))
        card->was_reset = true;
    return access_ends(card);
}

static bool attach(struct sim_card *card)
{
    struct rtl_port irq;
    char name[32];

    for (unsigned p = 0; p < SIM_PORTS; p++) {
        snprintf(name, sizeof name, "s_axis_%s", sim_card_port_name[p]);
        if (!stream_source_init(&card->in[p], card->rtl, name))
            return false;
        snprintf(name, sizeof name, "m_axis_%s", sim_card_port_name[p]);
        if (!stream_sink_init(&card->out[p], card->rtl, name))
            return false;
    }
    axil_init(&card->axil, card->rtl, "s_axil");
    card->irq = rtl_find(card->rtl, "irq", &irq) ? irq.bits : NULL;
    return true;
}

bool sim_card_init(struct sim_card *card, const char *trace, sim_card_sink sink, void *user,
                   char *why, size_t why_len)
{
    struct rtl_port rst;
    uint32_t magic = 0;

    memset(card, 0, sizeof *card);
    card->sink = sink;
    card->user = user;
    card->rtl = rtl_new(trace);
    if (!card->rtl || !attach(card)) {
        snprintf(why, why_len, "no memory for the model");
        sim_card_clear(card);
        return false;
    }
    rst = rtl_port(card->rtl, "rst");
    rtl_set(rst, 1);
    for (unsigned i = 0; i < 16; i++) {
        rtl_settle(card->rtl);
        rtl_edge(card->rtl);
    }
    rtl_set(rst, 0);
    card->unsettled = true;
    if (!sim_card_step(card, STUCK) && sim_card_read(card, ESPL_REG_MAGIC, &magic) &&
        magic == ESPL_MAGIC_VALUE)
        return true;
    snprintf(why, why_len, "the engine does not come out of reset%s%s", card->failed ? ": " : "",
             card->failed ? card->failed : "");
    sim_card_clear(card);
    return false;
}

void sim_card_clear(struct sim_card *card)
{
    for (unsigned p = 0; p < SIM_PORTS; p++) {
        stream_source_clear(&card->in[p]);
        stream_sink_clear(&card->out[p]);
    }
    rtl_free(card->rtl);
    card->rtl = NULL;
}
