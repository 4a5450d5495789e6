/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seam between IKE and whatever does the packets. The card (dataplane/card.c) is the only
 * implementation in the product; tests have a fake one. All calls are from the main loop.
 */
#ifndef CTRL_DATAPLANE_H
#define CTRL_DATAPLANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/card.h"

enum dp_err {
    DP_OK = 0,
    DP_REFUSED, /* the data plane said no; error() tells why; nothing was changed */
    DP_GONE,    /* the card does not answer, or lost its SAs */
};

struct dp_caps {
    bool gcm128, gcm256, esn, tunnel, transport, ipv6, encap;
    uint32_t max_window; /* packets */
};

enum dp_mode { DP_TUNNEL, DP_TRANSPORT };

struct dp_child {         /* both SAs of a CHILD_SA */
    uint32_t reqid;       /* the same for all generations of a child */
    uint32_t spi_in, spi_out;
    struct espl_addr local, remote; /* outer */
    enum dp_mode mode;
    bool encap;
    uint16_t local_port, remote_port; /* of the encapsulation */
    uint16_t csum_delta; /* transport mode: what a NAT did to checksums of what comes in, as
                          * espl_csum_delta tells it */
    uint32_t replay_window;
    struct espl_limits limits; /* of each direction; told by events */
    bool esn;             /* extended sequence numbers */
    size_t key_len;       /* 20 or 36, salt last */
    uint8_t key_in[36], key_out[36]; /* wiped by the caller after the call */
    struct espl_selector ts_in, ts_out; /* remote-to-local, local-to-remote */
};

struct dp_trap {
    uint32_t reqid;
    struct espl_selector ts_out;
    struct espl_addr local, remote; /* outer, as far as they are known */
};

struct dp_stats {
    uint64_t packets_in, bytes_in, packets_out, bytes_out;
};

struct dataplane;

struct dataplane_ops {
    /* What the card can do: decides which ESP proposals are offered and taken. */
    enum dp_err (*caps)(struct dataplane *dp, struct dp_caps *caps);
    /* An inbound SPI that can be installed, reserved until install_in or release_spi. */
    enum dp_err (*alloc_spi)(struct dataplane *dp, uint32_t *spi);
    void (*release_spi)(struct dataplane *dp, uint32_t spi);
    /* Make before break is three calls: install_in as soon as the keys are there; install_out when the
     * peer has its inbound SA (the policy of reqid moves to it between two packets, or is made); remove
     * when the peer no longer sends with the old one. */
    enum dp_err (*install_in)(struct dataplane *dp, const struct dp_child *child);
    enum dp_err (*install_out)(struct dataplane *dp, const struct dp_child *child);
    /* Outbound first. The policy stays with the newest SA of the reqid, or goes with the last. */
    enum dp_err (*remove)(struct dataplane *dp, const struct dp_child *child);
    /* A policy without an SA: a packet under it is told by an event (ike_manager_acquire). When SAs of
     * the reqid come they use it, and it stays when they go. NULL: the card can't tell. */
    enum dp_err (*trap)(struct dataplane *dp, const struct dp_trap *trap, bool add);
    enum dp_err (*stats)(struct dataplane *dp, const struct dp_child *child, struct dp_stats *stats);
    const char *(*error)(const struct dataplane *dp); /* the last failure, a sentence */
};

struct dataplane {
    const struct dataplane_ops *ops;
};

#endif
