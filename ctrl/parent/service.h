/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the network-facing process may ask for (ctrl/privilege/request.h), and what is done then.
 * This stands between strangers and root: every field is checked before anything is done, and a
 * request that a sound network-facing process can't make ends espalierd.
 */
#ifndef CTRL_PARENT_SERVICE_H
#define CTRL_PARENT_SERVICE_H

#include "ctrl/config/files.h"
#include "ctrl/privilege/packet.h"
#include "ctrl/privilege/request.h"

#define SERVICE_VIPS 64u /* virtual addresses at a time */

struct service_env {
    void *user;
    struct files files; /* with its own user; text and key are not used */
    bool (*give_key)(void *user, uint32_t ticket, int fd); /* to the signer; false: no room */
    /* The answer to START, its files included; true: done, and dp is there from now on. */
    bool (*start)(void *user, struct wr *out, struct packet_files *files, struct dataplane **dp);
    void (*ready)(void *user);
    void (*alive)(void *user);
    int (*log)(void *user); /* opened again: a descriptor that becomes the caller's; -1: errno */
    bool (*source)(void *user, const struct espl_addr *remote, struct espl_addr *local);
    size_t (*addresses)(void *user, struct espl_addr *list, size_t max);
    int (*vip)(void *user, const struct espl_addr *addr, bool add); /* -1: errno */
    void (*keys)(void *user, const char *file, const char *line);   /* NULL: none is ever saved */
    size_t (*events)(void *user, struct parent_event *list, size_t max);
};

struct service {
    struct service_env env;
    struct dataplane *dp; /* NULL: START has not been asked for */
    bool reading;         /* files may be asked for */
    uint32_t tickets;     /* of private keys: the last */
    struct espl_addr vips[SERVICE_VIPS];
    size_t vip_count;
};

/* Files for the answer go to `files`; they are the caller's. false: this is no request. */
bool service_answer(struct service *s, const uint8_t *ask, size_t len, struct wr *out,
                    struct packet_files *files);

/* dataplane.c: SPIS .. TRAP. */
bool service_dataplane(struct service *s, enum request_kind kind, struct rd *r, struct wr *out);

/* files.c: a path below the folder of the configuration, as it is written there. */
bool files_path_allowed(const char *config, const char *path);
/* Is it in one of the folders of certificates? All else is for the signer only. */
bool files_path_is_public(const char *config, const char *path);
/* To be read; -1: errno. Regular files only; user: the path of the configuration (char *), as in
 * all of `struct files`. */
extern const struct files parent_files;

#endif
