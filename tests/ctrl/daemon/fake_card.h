/* SPDX-License-Identifier: Apache-2.0 */
/* A process that answers at a card's socket: registers and a mailbox that says yes to everything.
 */
#ifndef TESTS_FAKE_CARD_H
#define TESTS_FAKE_CARD_H

#include <stdint.h>
#include <sys/types.h>

struct fake_card {
    pid_t pid;
    struct fake_card_seen {   /* shared with the process */
        uint32_t ops[256];    /* how often each mailbox operation was rung */
        uint8_t neigh[64][4]; /* IPv4 addresses of NEIGH_SET, in order */
        uint32_t neigh_count;
        uint8_t mac[3][6]; /* PORT_SET */
    } * seen;
};

/* Listens at `path` when it returns. map_sum: what its register says. */
void fake_card_start(struct fake_card *card, const char *path, uint32_t map_sum);
void fake_card_kill(struct fake_card *card);

#endif
