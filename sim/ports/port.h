/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an Ethernet port of the virtual card is plugged into. A port never blocks: what the other
 * side does not take is counted as refused, as a wire would lose it.
 *
 *   tap:NAME[@NETNS]     a TAP netdev of the current, or of a named, network namespace; made if
 * missing unix:LOCAL,REMOTE    Unix datagrams, one frame each (QEMU's -netdev dgram) pcap:IN,OUT
 * capture files; either may be empty none                 nothing: no frame comes, all frames
 * vanish
 */
#ifndef SIM_PORTS_PORT_H
#define SIM_PORTS_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_port;

enum sim_port_got {
    SIM_PORT_FRAME, /* *len bytes */
    SIM_PORT_EMPTY, /* none now */
    SIM_PORT_END,   /* none any more */
    SIM_PORT_ERROR, /* why() tells; the port is of no use any more */
};

struct sim_port_ops {
    enum sim_port_got (*receive)(struct sim_port *port, uint8_t *frame, size_t cap, size_t *len);
    bool (*send)(struct sim_port *port, const uint8_t *frame, size_t len); /* false: refused */
    void (*flush)(
        struct sim_port *port); /* may be NULL: the card is idle, store what is buffered */
    bool (*close)(struct sim_port *port); /* frees it; false: what was sent is not all stored */
};

struct sim_port {
    const struct sim_port_ops *ops;
    int fd;           /* readable when frames may be there; -1: ask at any time */
    bool ended;       /* END was seen */
    uint64_t refused; /* frames */
    char why[256];    /* the last error, a sentence */
};

/* False with a sentence in `why`. */
bool sim_port_open(const char *spec, struct sim_port **port, char *why, size_t why_len);
bool sim_port_close(struct sim_port *port); /* NULL is fine */

static inline enum sim_port_got sim_port_receive(struct sim_port *port, uint8_t *frame, size_t cap,
                                                 size_t *len)
{
    return port->ops->receive(port, frame, cap, len);
}

static inline void sim_port_send(struct sim_port *port, const uint8_t *frame, size_t len)
{
    if (!port->ops->send(port, frame, len))
        port->refused++;
}

/* One a kind; `rest` is what stands after the colon. */
bool sim_port_open_tap(const char *rest, struct sim_port **port, char *why, size_t why_len);
bool sim_port_open_unix(const char *rest, struct sim_port **port, char *why, size_t why_len);
bool sim_port_open_pcap(const char *rest, struct sim_port **port, char *why, size_t why_len);

#endif
