/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the tree of settings to struct config. A section's words stand in a table of struct key;
 * what stands in no table is an error, and so is a value that asks for what is not here.
 */
#ifndef CTRL_CONFIG_READER_H
#define CTRL_CONFIG_READER_H

#include "ctrl/config/config.h"
#include "ctrl/config/settings.h"

#define TIME_UNSET UINT32_MAX

struct reader {
    struct config *config;
    const char *dir; /* of swanctl.conf, and of the folders beside it; NULL: there is none */
    char path[512]; /* of the section being read: "connections.gw" */
    char *why;
    size_t why_len;
};

enum key_kind {
    KEY_UNSUPPORTED, /* a word of swanctl.conf that is not here, whatever its value */
    KEY_ONLY,        /* taken with one value: `only` */
    KEY_CALL,
    KEY_TIME,   /* uint32_t, seconds */
    KEY_NUMBER, /* uint32_t */
    KEY_COUNT,  /* uint64_t, with k, m or g behind it */
    KEY_PORT,   /* uint16_t */
    KEY_BOOL,
    KEY_WORD, /* an enum or unsigned: the value of one of `words` */
};

struct word_value {
    const char *word; /* NULL: the end of the table */
    unsigned value;
};

struct key {
    const char *name;
    enum key_kind kind;
    size_t offset; /* in the struct that the section fills */
    const char *only;
    const struct word_value *words;
    int (*call)(struct reader *r, const struct setting *s, void *into);
};

/* clang-format off */
#define KEY_FIELD(n, k, type, field) {.name = n, .kind = k, .offset = offsetof(type, field)}
#define KEY_ONE_OF(n, w, type, field) \
    {.name = n, .kind = KEY_WORD, .words = w, .offset = offsetof(type, field)}
#define KEY_WITH(n, f) {.name = n, .kind = KEY_CALL, .call = f}
#define KEY_MUST(n, v) {.name = n, .kind = KEY_ONLY, .only = v}
#define KEY_NOT(n) {.name = n, .kind = KEY_UNSUPPORTED}
/* clang-format on */

/* reader.c: all return 0, or -1 with r->why. */
int read_keys(struct reader *r, const struct section *s, const struct key *keys, size_t count,
              void *into);
int reader_complain(struct reader *r, const struct setting *s, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int reader_complain_section(struct reader *r, const struct section *s, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Calls `each` for every item of a comma-separated list, blanks around it removed. */
int read_list(struct reader *r, const struct setting *s, void *into,
              int (*each)(struct reader *r, const struct setting *s, const char *item, void *into));
/* Goes down: r->path becomes PATH.NAME; `leave` takes what `enter` returned. */
size_t reader_enter(struct reader *r, const char *name);
void reader_leave(struct reader *r, size_t mark);

/* values.c: pure. false: not understood. */
bool value_bool(const char *text, bool *out);
bool value_time(const char *text, uint32_t *seconds); /* "4h", "30m", "90" */
bool value_number(const char *text, uint32_t max, uint32_t *out);
bool value_count(const char *text, uint64_t *out);             /* "500m" is 500 * 2^20 */
bool value_addr(const char *text, struct espl_addr *addr);
bool value_prefix(const char *text, struct espl_prefix *prefix);
/* "10.1.0.0/24", "10.1.0.0/24[tcp/443]", "10.1.0.0/24[udp/1000-2000]"; NULL, or why not */
const char *value_selector(const char *text, struct espl_selector *selector);

/* proposal.c */
int read_ike_proposals(struct reader *r, const struct setting *s, void *conn);
int read_esp_proposals(struct reader *r, const struct setting *s, void *child);
void default_ike_proposals(struct config_conn *conn);
void default_esp_proposals(struct config_child *child);

/* auth.c */
int read_auth(struct reader *r, const struct section *s, bool local, struct config_conn *conn);
int check_auth(struct reader *r, const struct section *s, struct config_conn *conn);
/* creds.c: a file below r->dir (its name, or a path), or "0s" and base64, as DER. */
int read_blob(struct reader *r, const struct setting *s, const char *item, const char *folder,
              enum config_blob_kind kind, struct config_blob **into);
bool blob_subject(const struct config_blob *cert, struct config_id *id);
/* What lies in the folders x509, x509ca, x509crl, private, rsa, ecdsa, pkcs8 beside swanctl.conf. */
int read_folders(struct reader *r, const struct section *root);
int read_authorities(struct reader *r, const struct section *s);

/* address.c */
int read_vips(struct reader *r, const struct setting *s, void *conn);
int read_conn_pools(struct reader *r, const struct setting *s, void *conn);

/* conn.c, child.c, secret.c, pool.c */
int read_connections(struct reader *r, const struct section *s);
int read_pools(struct reader *r, const struct section *s);
int read_children(struct reader *r, const struct section *s, struct config_conn *conn);
int read_secrets(struct reader *r, const struct section *s);
bool secret_is_passphrase(const char *section); /* private<name>, rsa<name> .. */
struct config_secret *read_passphrase(struct reader *r, const struct setting *s); /* NULL: said */

#endif
