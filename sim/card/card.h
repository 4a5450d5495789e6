/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual card: the verilated engine with its four ports and its register page, as something
 * that is stepped. Time passes only in sim_card_step() and in register accesses, and only while
 * there is work: an idle card costs nothing.
 */
#ifndef SIM_CARD_CARD_H
#define SIM_CARD_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/card/stream.h"
#include "sim/core/axil.h"
#include "sim/core/rtl.h"

enum sim_card_port { SIM_PLAIN, SIM_CIPHER, SIM_HOST0, SIM_HOST1, SIM_PORTS };
extern const char *const sim_card_port_name[SIM_PORTS];

/* A frame left by `port`; its first beat did in clock cycle `cycle`. The bytes are the card's. */
typedef void (*sim_card_sink)(void *user, enum sim_card_port port, uint64_t cycle,
                              const uint8_t *frame, size_t len);

struct sim_card {
    struct rtl *rtl; /* owned */
    struct stream_source in[SIM_PORTS];
    struct stream_sink out[SIM_PORTS];
    struct axil axil;
    const uint8_t *irq; /* NULL when the model has no interrupt line */
    sim_card_sink sink;
    void *user;
    uint64_t quiet; /* cycles since the last beat or register access */
    uint64_t lost;  /* frames that went in and, as was seen in a quiet time, never came out */
    bool unsettled; /* a register was written: the mailbox may be at work */
    bool was_reset; /* since the flag was cleared (account.h) */
    const char *failed; /* a sentence once the engine broke a rule: the end of its time */
};

/* trace: FST file, or NULL. The card comes back ready, its tables empty; false with a sentence. */
bool sim_card_init(struct sim_card *card, const char *trace, sim_card_sink sink, void *user,
                   char *why, size_t why_len);
void sim_card_clear(struct sim_card *card);

/* Where a port's frames are put in; the card takes them from there by itself. */
static inline struct ring *sim_card_ring(struct sim_card *card, enum sim_card_port port)
{
    return &card->in[port].ring;
}

/* Simulates until the card is idle, `most` cycles at most. True: there is still work. */
bool sim_card_step(struct sim_card *card, uint64_t most);

/* off: a multiple of 4 within the page. False: card->failed. Each ends before the next begins. */
bool sim_card_read(struct sim_card *card, uint32_t off, uint32_t *value);
bool sim_card_write(struct sim_card *card, uint32_t off, uint32_t value);

#endif
