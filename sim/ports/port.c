/* SPDX-License-Identifier: Apache-2.0 */
/* From a port's specification to the port (see port.h). */
#include "sim/ports/port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum sim_port_got none_receive(struct sim_port *port, uint8_t *frame, size_t cap,
                                      size_t *len)
{
    (void)port, (void)frame, (void)cap, (void)len;
    return SIM_PORT_END;
}

static bool none_send(struct sim_port *port, const uint8_t *frame, size_t len)
{
    (void)port, (void)frame, (void)len;
    return true;
}

static bool none_close(struct sim_port *port)
{
    free(port);
    return true;
}

static bool open_none(const char *rest, struct sim_port **port, char *why, size_t why_len)
{
    static const struct sim_port_ops ops = {none_receive, none_send, NULL, none_close};

    if (*rest) {
        snprintf(why, why_len, "none takes no argument");
        return false;
    }
    *port = calloc(1, sizeof **port);
    if (!*port) {
        snprintf(why, why_len, "out of memory");
        return false;
    }
    (*port)->ops = &ops;
    (*port)->fd = -1;
    (*port)->ended = true;
    return true;
}

bool sim_port_open(const char *spec, struct sim_port **port, char *why, size_t why_len)
{
    static const struct {
        const char *name;
        bool (*open)(const char *, struct sim_port **, char *, size_t);
    } kinds[] = {
        {"tap:", sim_port_open_tap},
        {"unix:", sim_port_open_unix},
        {"pcap:", sim_port_open_pcap},
        {"none", open_none},
    };

    *port = NULL;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t n = strlen(kinds[i].name);
        if (strncmp(spec, kinds[i].name, n) == 0)
            return kinds[i].open(spec + n, port, why, why_len);
    }
    snprintf(why, why_len, "`%s' is none of tap:NAME[@NETNS], unix:LOCAL,REMOTE, pcap:IN,OUT, none",
             spec);
    return false;
}

bool sim_port_close(struct sim_port *port)
{
    return !port || port->ops->close(port);
}
