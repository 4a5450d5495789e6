/* SPDX-License-Identifier: Apache-2.0 */
/* The network-facing process asks its parent; each call is one request and its answer (request.h).
 */
#ifndef CTRL_PRIVILEGE_ASK_H
#define CTRL_PRIVILEGE_ASK_H

#include "ctrl/config/files.h"
#include "ctrl/privilege/packet.h"
#include "ctrl/privilege/request.h"

struct asker {
    int fd;                    /* the caller's */
    bool gone;                 /* no answer came: every question fails from then on, with EPIPE */
    struct packet_files files; /* of the last answer, until they are taken */
    char error[320];           /* of the data plane: a sentence */
    struct files configuration;
    /* Of settings: the file that went to the signer with this number, as the signer hands it on. */
    int (*text)(void *user, uint32_t number, const char *path, struct files_text *text);
    void *text_user;
    uint8_t out[REQUEST_BYTES], in[ANSWER_BYTES];
};

void asker_init(struct asker *a, int fd);
/* For files_ask: what is opened is opened by the parent. */
const struct files *asker_files(struct asker *a);

/* All: 0, or an errno. */
int ask_simple(struct asker *a, enum request_kind kind);
/* Reopened; *fd: the caller's. */
int ask_log(struct asker *a, int *fd);
int ask_source(struct asker *a, const struct espl_addr *remote, struct espl_addr *local);
size_t ask_addresses(struct asker *a, struct espl_addr *list, size_t max); /* how many */
int ask_vip(struct asker *a, const struct espl_addr *addr, bool add);
int ask_keys(struct asker *a, const char *file, const char *line);
size_t ask_events(struct asker *a, struct parent_event *list, size_t max); /* how many */

struct start_socket {
    int fd;
    enum espl_family family;
    uint16_t port;
};
struct started {
    struct dp_caps caps;
    size_t count; /* of UDP sockets */
    struct start_socket sockets[4];
    bool vici;  /* there is a control socket: its clients come from the signer */
    int events; /* -1: none */
};
/* All files are the caller's. */
int ask_start(struct asker *a, struct started *s);

/* proxy.c: a data plane that is the parent's. `a` and `caps` must outlive it. NULL: no memory. */
struct dataplane *proxy_dp_new(struct asker *a, const struct dp_caps *caps);
void proxy_dp_free(struct dataplane *dp); /* NULL is fine */

/* For both: begins a request, asks it. The first number of the answer, or EPIPE. */
struct wr ask_begin(struct asker *a, enum request_kind kind);
unsigned ask_round(struct asker *a, const struct wr *request, struct rd *answer);

#endif
