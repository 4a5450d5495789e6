/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What swanctl.conf says, parsed and checked. Built by config_load (parse.c); read by everything
 * else; nothing points into it across a reload but through config_ref.
 */
#ifndef CTRL_CONFIG_H
#define CTRL_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctrl/crypto/sign.h"
#include "driver/card.h"

#define CONFIG_PROPOSALS 8  /* most proposals in one list */
#define CONFIG_TRANSFORMS 8 /* most transforms of one type in one proposal */
#define CONFIG_TS 8         /* most traffic selectors on one side */
#define CONFIG_VIPS 4       /* most virtual addresses that a connection asks for */
#define CONFIG_POOLS 8      /* most pools of a connection */
#define CONFIG_ATTRS 16     /* most attributes of a pool */

/* Transform ids are IANA's (IKEv2 parameters). Key lengths in bits. */
struct config_encr {
    uint16_t id, key_bits;
};

struct config_proposal {
    struct config_encr encr[CONFIG_TRANSFORMS];
    size_t encr_count;
    uint16_t prf[CONFIG_TRANSFORMS], integ[CONFIG_TRANSFORMS], ke[CONFIG_TRANSFORMS];
    size_t prf_count, integ_count, ke_count; /* ESP: prf_count is 0; ke_count 0 = no PFS */
    uint16_t esn[CONFIG_TRANSFORMS]; /* ESP: 1 = extended sequence numbers, 0 = none; best first */
    size_t esn_count;                /* 0: as one 0 */
};

struct config_id {
    uint8_t type;      /* ID_IPV4_ADDR .. as in RFC 7296 3.5; 0 = any */
    uint8_t data[256];
    size_t len;
    char text[264];    /* as it is written and logged */
};

/* What is done at the start, when the peer closes a CHILD_SA, when the peer is dead. */
enum config_start {
    CONFIG_START_NONE = 0,
    CONFIG_START_START = 1,
    CONFIG_START_TRAP = 2, /* a packet that the policy protects starts it; with START, too, bits */
};
enum config_mode { CONFIG_MODE_TUNNEL, CONFIG_MODE_TRANSPORT };
enum config_fragmentation {
    CONFIG_FRAGMENTATION_YES,
    CONFIG_FRAGMENTATION_ACCEPT, /* take, but don't make, fragments */
    CONFIG_FRAGMENTATION_NO,
};
enum config_childless {
    CONFIG_CHILDLESS_ALLOW,  /* when the peer begins so */
    CONFIG_CHILDLESS_PREFER, /* begin so when the peer can */
    CONFIG_CHILDLESS_FORCE,
    CONFIG_CHILDLESS_NEVER,
};
/* Several IKE_SAs with one identity. */
enum config_unique {
    CONFIG_UNIQUE_NO,      /* as many as it likes, until it says INITIAL_CONTACT */
    CONFIG_UNIQUE_NEVER,   /* INITIAL_CONTACT is not obeyed either */
    CONFIG_UNIQUE_KEEP,    /* the first stays */
    CONFIG_UNIQUE_REPLACE, /* the last stays */
};

struct config_child {
    char *name;
    struct config_proposal proposals[CONFIG_PROPOSALS]; /* ESP */
    size_t proposal_count;
    struct espl_selector local_ts[CONFIG_TS], remote_ts[CONFIG_TS]; /* only src / sport / proto are used */
    size_t local_ts_count, remote_ts_count; /* 0: dynamic, the IKE_SA's own address */
    enum config_mode mode;
    unsigned start_action, dpd_action, close_action; /* bits of enum config_start */
    uint32_t rekey_time, life_time, rand_time; /* seconds; 0 = never */
    /* soft and hard, of each SA; 0 = none. A random part of rand_* is taken off the soft ones. */
    uint64_t rekey_bytes, life_bytes, rand_bytes, rekey_packets, life_packets, rand_packets;
    uint32_t replay_window;                    /* packets */
    bool retired; /* out of the configuration; kept for the SAs that were made with it */
    struct config_child *next;
};

/* A certificate, or a public key, as DER. */
struct config_blob {
    uint8_t *data; /* owned */
    size_t len;
    struct config_blob *next;
};

enum config_auth_kind {
    CONFIG_AUTH_NONE, /* nothing was said */
    CONFIG_AUTH_PSK,
    CONFIG_AUTH_PUBKEY,
    CONFIG_AUTH_EAP, /* MS-CHAPv2 */
};
/* What a certificate needs beside its chain (strongSwan's words). */
enum config_revocation {
    CONFIG_REVOCATION_RELAXED, /* fails when it is known to be revoked */
    CONFIG_REVOCATION_IFURI,   /* and when its CA says where to ask, and there is no answer */
    CONFIG_REVOCATION_STRICT,  /* must be known to be good */
};
enum config_send_cert { CONFIG_SEND_CERT_IFASKED, CONFIG_SEND_CERT_ALWAYS, CONFIG_SEND_CERT_NEVER };

/* How one side proves who it is. */
struct config_auth {
    enum config_auth_kind kind;
    struct sign_rule rule;                         /* of signatures in AUTH */
    struct config_blob *certs, *cacerts, *pubkeys; /* owned */
    enum config_revocation revocation;
    char *eap_id; /* owned; client: NULL is the identity of IKE; server: NULL, too, or it is asked */
};

struct config_conn {
    char *name;
    struct espl_addr local_addr, remote_addr; /* family 0: any */
    uint16_t local_port, remote_port;         /* 500 unless said */
    struct config_proposal proposals[CONFIG_PROPOSALS]; /* IKE */
    size_t proposal_count;
    struct config_id local_id;  /* type 0: the local address */
    struct config_id remote_id; /* type 0: any that has a secret, as swanctl's default %any */
    bool encap;          /* force UDP encapsulation */
    uint32_t dpd_delay;  /* seconds of silence before a liveness check; 0 = none */
    uint32_t rekey_time, over_time, rand_time; /* seconds, of the IKE_SA; 0 = never */
    uint32_t reauth_time;  /* seconds; 0 = never */
    uint32_t keyingtries; /* 0 = for ever */
    enum config_fragmentation fragmentation;
    enum config_childless childless;
    enum config_unique unique;
    bool mobike;
    struct espl_addr vips[CONFIG_VIPS]; /* asked for as client; all zero: any of the family */
    size_t vip_count;
    char *pools[CONFIG_POOLS]; /* owned: names, in the order in which they are tried */
    size_t pool_count;
    struct config_auth local, remote;
    enum config_send_cert send_cert;
    bool no_certreq;
    char *ppk_id; /* owned; NULL: none (RFC 8784) */
    bool ppk_required;
    struct config_child *children; /* owned */
    bool retired;                  /* as of a child */
    struct config_conn *next;
};

enum config_secret_kind { SECRET_IKE, SECRET_EAP, SECRET_PPK };

/* In the place of a secret's text stands this byte, which nobody types, and the number under which
 * the signer has what it says: so it is with everything that the network-facing process reads. */
#define SECRET_HELD '\1'

/* Held by the signer (ctrl/signer); what the rest of the daemon keeps of it has no data. */
struct config_secret {
    enum config_secret_kind kind;
    char *name; /* owned: of its section, as VICI tells them apart */
    struct config_id ids[8];
    size_t id_count;    /* 0: for anybody */
    uint8_t *data;      /* owned, wiped when freed */
    size_t len;
    uint32_t number; /* 0: the data is here */
    struct config_secret *next;
};

/* What a configuration payload tells a client beside its address (RFC 7296 3.15.1). */
struct config_attr {
    uint16_t type;
    uint8_t data[17], len;
};

struct config_pool {
    char *name;
    struct espl_addr first;
    uint64_t size; /* addresses */
    struct config_attr attrs[CONFIG_ATTRS];
    size_t attr_count;
    char *text; /* owned: addrs, as it was written */
    struct config_pool *next;
};

enum config_cred_kind { CRED_CERT, CRED_CA, CRED_CRL, CRED_KEY };

/* A file of swanctl's folders. Private keys are opened and never read here: the signer does. */
struct config_cred {
    enum config_cred_kind kind;
    char *path;                      /* owned, for messages */
    struct config_blob *data;        /* owned; not of keys */
    int fd;                          /* owned; of keys; -1: the signer has the file already, */
    uint32_t ticket;                 /* under this number */
    struct config_secret *passphrase; /* owned; NULL: none */
    struct config_cred *next;
};

#define CONFIG_URIS 4

/* authorities.<name>: where to ask about what a CA has issued. */
struct config_authority {
    char *name;
    struct config_blob *cacert; /* owned */
    char *crl_uris[CONFIG_URIS], *ocsp_uris[CONFIG_URIS]; /* owned */
    struct config_authority *next;
};

struct config {
    struct config_conn *conns;     /* owned, in file order */
    struct config_cred *creds;     /* owned */
    struct config_authority *authorities; /* owned */
    struct config_pool *pools;     /* owned */
    struct config_secret *secrets; /* owned */
    unsigned refs;
};

/* 0, or -1 with `why` = "FILE:LINE: sentence" (at least 512 bytes). Also follows `include`. */
int config_load(const char *path, struct config **config, char *why, size_t why_len);
/* The same of settings that did not come from a file: `why` names the word, but no place. */
struct settings;
int config_of_settings(const struct settings *settings, struct config **config, char *why,
                       size_t why_len);
struct config *config_ref(struct config *config);
void config_unref(struct config *config); /* NULL is fine; wipes secrets with the last reference */

/* Do they say the same? Without name, children and retired. */
bool config_conn_equal(const struct config_conn *a, const struct config_conn *b);
bool config_child_equal(const struct config_child *a, const struct config_child *b);
void config_conn_free(struct config_conn *conn); /* one, with its children */
void config_child_free(struct config_child *child);
bool config_auth_equal(const struct config_auth *a, const struct config_auth *b);
void config_auth_clear(struct config_auth *auth);
void config_cred_free(struct config_cred *cred);
void config_authority_free(struct config_authority *authority);
void config_blobs_free(struct config_blob *list);
/* PEM or DER of a certificate, a CRL, a public key, to DER. NULL: it is none (or no memory). */
enum config_blob_kind { BLOB_CERT, BLOB_CRL, BLOB_PUBKEY };
struct config_blob *config_blob_new(enum config_blob_kind kind, const uint8_t *data, size_t len);
bool config_pool_equal(const struct config_pool *a, const struct config_pool *b);
void config_pool_free(struct config_pool *pool);
void config_secret_free(struct config_secret *secret); /* wiped */
/* Text, 0x.., 0s..: into data, of the heap, and len. NULL, or what is wrong with it. */
const char *config_secret_decode(struct config_secret *secret, const char *text);

/* The secret for this pair of identities: the one that names most of them; NULL if none fits. */
const struct config_secret *config_find_secret(const struct config_secret *secrets,
                                               enum config_secret_kind kind,
                                               const struct config_id *local,
                                               const struct config_id *remote);
bool config_id_equal(const struct config_id *a, const struct config_id *b);
uint64_t config_id_hash(const struct config_id *id, uint64_t seed); /* of equal ones, the same */
/* Does an identity fit a pattern: the same, or with `*` in front of a name or as parts of a DN? */
bool config_id_fits(const struct config_id *pattern, const struct config_id *id);
bool config_id_is_pattern(const struct config_id *id); /* names no one */
/* "C=CH, CN=moon" of a DER-encoded name; false: it is none. */
bool config_id_of_dn(const uint8_t *der, size_t len, struct config_id *id);
/* "moon.example", "10.0.0.1", "user@example", "%any": as swanctl reads identities. false: too long. */
bool config_id_parse(const char *text, struct config_id *id);

#endif
