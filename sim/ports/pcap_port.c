/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A port made of capture files: what comes in is read from one as fast as the card takes it, what
 * goes out is written to another with the time of day. Either may be missing.
 */
#include "sim/ports/port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/ports/pcap.h"

struct pcap_port {
    struct sim_port port;
    struct pcap_reader in;
    struct pcap_writer out;
    char in_name[256];
};

static enum sim_port_got file_receive(struct sim_port *port, uint8_t *frame, size_t cap,
                                      size_t *len)
{
    struct pcap_port *p = (struct pcap_port *)port;
    char why[160];
    long n = p->in.file ? pcap_read(&p->in, frame, cap, why, sizeof why) : 0;

    if (n > 0) {
        *len = (size_t)n;
        return SIM_PORT_FRAME;
    }
    if (n == 0)
        return SIM_PORT_END;
    snprintf(port->why, sizeof port->why, "%.80s: %s", p->in_name, why);
    return SIM_PORT_ERROR;
}

static bool file_send(struct sim_port *port, const uint8_t *frame, size_t len)
{
    struct pcap_port *p = (struct pcap_port *)port;
    struct timespec now;

    if (!p->out.file)
        return true;
    clock_gettime(CLOCK_REALTIME, &now);
    return pcap_write(&p->out, (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec, frame,
                      len);
}

static void file_flush(struct sim_port *port)
{
    struct pcap_port *p = (struct pcap_port *)port;
    if (p->out.file)
        (void)fflush(p->out.file); /* a failure shows in pcap_finish */
}

static bool file_close(struct sim_port *port)
{
    struct pcap_port *p = (struct pcap_port *)port;
    bool ok = pcap_finish(&p->out);

    pcap_close(&p->in);
    free(p);
    return ok;
}

bool sim_port_open_pcap(const char *rest, struct sim_port **port, char *why, size_t why_len)
{
    static const struct sim_port_ops ops = {file_receive, file_send, file_flush, file_close};
    const char *comma = strchr(rest, ','), *name = rest;
    size_t n = comma ? (size_t)(comma - rest) : 0;
    struct pcap_port *p = calloc(1, sizeof *p);
    char reason[160];

    if (!p || !comma || strchr(comma + 1, ',') || n >= sizeof p->in_name) {
        snprintf(why, why_len, p ? "pcap:%s: wanted is pcap:IN,OUT" : "out of memory", rest);
        free(p);
        return false;
    }
    p->port.ops = &ops;
    p->port.fd = -1;
    memcpy(p->in_name, rest, n);
    name = p->in_name;
    if (n && !pcap_open(&p->in, name, reason, sizeof reason))
        goto fail;
    name = comma + 1;
    if (*name && !pcap_create(&p->out, name, reason, sizeof reason))
        goto fail;
    *port = &p->port;
    return true;
fail:
    snprintf(why, why_len, "%s: %s", name, reason);
    (void)file_close(&p->port);
    return false;
}
