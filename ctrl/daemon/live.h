/* SPDX-License-Identifier: Apache-2.0 */
/* What is up, as the events of IKE tell: for keepalives, for the state on SIGUSR1, for retries. */
#ifndef CTRL_LIVE_H
#define CTRL_LIVE_H

#include "ctrl/exchange/manager.h"

struct live_sa {
    char conn[64], child[64]; /* child empty: an IKE_SA */
    unsigned ike_id, child_id;
    struct endpoint local, remote;
    bool nat_here;
    uint32_t spi_in, spi_out;
    char text[200];
    struct live_sa *next;
};

struct live_retry { /* a child to bring up again */
    char conn[64], child[64];
    struct live_retry *next;
};

struct live {
    struct live_sa *sas;
    struct live_retry *retries;
};

void live_event(struct live *live, const struct ike_event *event);
/* Notes the children that the configuration wants back after this event. */
void live_want_back(struct live *live, const struct config *config, const struct ike_event *event);
/* Takes the first noted child off the list: false when there is none. */
bool live_next_retry(struct live *live, struct live_retry *retry);
void live_clear(struct live *live);

#endif
