/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A data plane that only keeps books: which SAs and policies there are, with which keys. It refuses
 * what a card would refuse, and can be told to refuse its Nth call.
 */
#ifndef TESTS_FAKEDP_H
#define TESTS_FAKEDP_H

#include "ctrl/dataplane/dataplane.h"

#define FAKEDP_SAS 64

struct fakedp_sa {
    bool reserved, in, out;
    uint32_t spi_in;
    struct dp_child
        child; /* key_in and key_out as they were given when each direction was installed */
    uint64_t packets_in;
    unsigned age; /* of the outbound installation: the newest of a reqid carries its policy */
};

struct fakedp {
    struct dataplane dp;
    struct dp_caps caps;
    struct fakedp_sa sas[FAKEDP_SAS];
    struct dp_trap traps[8];
    size_t trap_count;
    unsigned next_age, calls,
        fail_at;    /* fail_at: number of the call to refuse, counted from 1; 0: none */
    unsigned wrong; /* calls that a card would call nonsense */
    const char *error;
};

void fakedp_init(struct fakedp *f);
/* SAs and reservations there are. */
size_t fakedp_count(const struct fakedp *f);
/* The SA that carries what goes out under this selector; NULL: none. */
const struct fakedp_sa *fakedp_policy(const struct fakedp *f, const struct espl_selector *out);
bool fakedp_selector_equal(const struct espl_selector *a, const struct espl_selector *b);
struct fakedp_sa *fakedp_in(struct fakedp *f, uint32_t spi);

#endif
