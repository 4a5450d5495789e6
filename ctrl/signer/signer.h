/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whoever needs a private key or a shared secret asks the signer: "sign this", "MAC this". Secrets
 * go in and never come out. It is a process of its own (signer_start) that can only read and write
 * its one socket, or, for tests, lives in this process (signer_here).
 *
 * A question is asked and waited for: the signer is another process of this machine that does
 * nothing else, so an answer takes the time of the signature that the state machine needs before it
 * can go on. On a machine that is too busy it takes longer, and what comes meanwhile waits at the
 * sockets. After SIGNER_TURNS without an answer the signer is taken for dead: everything fails from
 * then on, and signer_fd is at its end.
 */
#ifndef CTRL_SIGNER_H
#define CTRL_SIGNER_H

#include <sys/types.h>

#include "ctrl/config/config.h"
#include "ctrl/crypto/keys.h"
#include "ctrl/crypto/sign.h"

#define SIGNER_TURN_MS 1000
#define SIGNER_SLOW 2          /* turns after which the log says so */
#define SIGNER_TURNS 20        /* less than the watchdog of espalierd.service */
#define SIGNER_DER_MAX 8192    /* a private key, a public key */
#define SIGNER_SHARED_MAX 8190 /* bytes of a shared secret */

enum signer_err {
    SIGNER_OK = 0,
    SIGNER_GONE,    /* no answer: it ended, or is stuck */
    SIGNER_NO_KEY,  /* no such key or secret */
    SIGNER_BAD_KEY, /* this is no private key, or none of a type and size that is taken */
    SIGNER_LOCKED,  /* the private key is encrypted, and the passphrase is wrong or missing */
    SIGNER_FAILED,  /* the cryptographic operation, or memory */
};
#define SIGNER_MUST __attribute__((warn_unused_result))

const char *signer_err_text(enum signer_err err);

/* What is known of a private key here. */
struct signer_key {
    uint8_t id[SIGN_KEYID_LEN]; /* sign_keyid */
    EVP_PKEY *public;           /* owned */
    struct signer_key *next;
};

struct signer;
struct confinement;
extern const struct confinement signer_confinement; /* what the process gives up */

/* A process: forked here, so call it before anything is open that it must not have. As root it
 * becomes the user `espalier-signer`, or `nobody` when there is none. NULL: errno. */
struct signer *signer_start(void);
/* For a child that was forked after it and asks from now on: its end isn't waited for here. */
void signer_inherit(struct signer *s);
/* For the process that started it, when such a child asks: it goes on, and ends with that child.
 * files, door: for signer_give_*, the caller's; NULL is fine: -1 */
void signer_hand_over(struct signer *s, int *files, int *door);
/* A file with secrets in it goes to the signer past the one that asks, who says its number only
 * (signer_load_key_ticket, signer_text). Numbers go up, from 1. */
bool signer_give_file(int files, uint32_t ticket, int fd);
/* The control socket, which listens: its clients come to the signer first (door.h). */
bool signer_give_door(int door, int fd);
struct signer *signer_here(void);   /* without a process. NULL: no memory */
void signer_free(struct signer *s); /* it ends, and wipes what it has; NULL is fine */
/* The socket, to be watched for a hang-up; -1: in this process. */
int signer_fd(const struct signer *s);
/* Whence clients of the control socket come: packets with one file each; -1: in this process. */
int signer_door(const struct signer *s);
pid_t signer_pid(const struct signer *s); /* 0: in this process */

/* ---------------------------------------------------------------- private keys */

/* PEM or DER (PKCS#8, PKCS#1, SEC1), perhaps encrypted. *key: of what is known of it now. */
SIGNER_MUST enum signer_err signer_load_key(struct signer *s, struct piece data,
                                            struct piece passphrase, const struct signer_key **key);
/* The same of what the signer has already: this process never sees it. */
SIGNER_MUST enum signer_err signer_load_key_held(struct signer *s, uint32_t number,
                                                 const struct signer_key **key);
/* And of an open file; passphrase: NULL for none. */
SIGNER_MUST enum signer_err signer_load_key_file(struct signer *s, int fd,
                                                 const struct config_secret *passphrase,
                                                 const struct signer_key **key);
SIGNER_MUST enum signer_err signer_load_key_ticket(struct signer *s, uint32_t ticket,
                                                   const struct config_secret *passphrase,
                                                   const struct signer_key **key);
SIGNER_MUST enum signer_err signer_unload_key(struct signer *s, const uint8_t id[SIGN_KEYID_LEN]);
const struct signer_key *signer_keys(const struct signer *s);
/* The one with this public key; NULL: none. */
const struct signer_key *signer_find_key(const struct signer *s, const EVP_PKEY *public);

/* AUTH data of these octets: see sign_make. */
SIGNER_MUST enum signer_err signer_sign(struct signer *s, const struct signer_key *key,
                                        const struct sign_scheme *scheme, struct piece octets,
                                        uint8_t out[SIGN_MAX], size_t *len);

/* ---------------------------------------------------------------- files of settings */

/* The file that the signer was given with this number, its secrets replaced by theirs
 * (SECRET_HELD). For `struct files`: 0, or -1 with errno; name: for what it says. */
struct files_text;
SIGNER_MUST int signer_text(struct signer *s, uint32_t ticket, const char *name,
                            struct files_text *text);
/* The settings were read: secrets of theirs that nobody has asked for are wiped. */
void signer_forget(struct signer *s);

/* ---------------------------------------------------------------- shared secrets */

/* In the place of those with its name, unless that is empty. The caller's copy stays the caller's.
 */
SIGNER_MUST enum signer_err signer_load_secret(struct signer *s,
                                               const struct config_secret *secret);
SIGNER_MUST enum signer_err signer_unload_secret(struct signer *s, const char *name);
SIGNER_MUST enum signer_err signer_clear(struct signer *s, bool keys, bool secrets);

/* AUTH with the pre-shared key of these two (RFC 7296 2.15). */
SIGNER_MUST enum signer_err signer_psk(struct signer *s, const struct config_id *local,
                                       const struct config_id *remote, uint16_t prf,
                                       struct piece octets, uint8_t mac[HASH_MAX]);
/* Of both sides, in one question. */
SIGNER_MUST enum signer_err signer_psk_both(struct signer *s, const struct config_id *local,
                                            const struct config_id *remote, uint16_t prf,
                                            const struct piece octets[2],
                                            uint8_t macs[2][HASH_MAX]);
/* The same of many pairs: what a question costs is the way there and back, not what is computed.
 * count of octets: 1, or 2 for both sides. false: there is no room, it has to be asked by itself.
 */
#define SIGNER_LOT 32
SIGNER_MUST bool signer_lot_add(struct signer *s, const struct config_id *local,
                                const struct config_id *remote, uint16_t prf,
                                const struct piece *octets, size_t count);
/* Asks what was added, and forgets it. each: of the Nth question, in order, unless it has no
 * answer; it asks nothing itself, and the MACs are wiped behind it. */
void signer_lot_ask(struct signer *s,
                    void (*each)(void *user, size_t n, const uint8_t (*macs)[HASH_MAX],
                                 size_t count),
                    void *user);
/* RFC 8784 3: SK_d, SK_pi and SK_pr are mixed with the PPK of that name. */
SIGNER_MUST enum signer_err signer_ppk(struct signer *s, const char *ppk_id, uint16_t prf,
                                       struct secret *d, struct secret *pi, struct secret *pr);

#define MSCHAP_CHALLENGE 16
#define MSCHAP_RESPONSE 24
#define MSCHAP_PROOF 20 /* what the server shows: "S=" and this in hexadecimal */
#define MSCHAP_MSK 64

struct mschap {
    char user[256]; /* in the challenge hash: without a domain */
    uint8_t server[MSCHAP_CHALLENGE], peer[MSCHAP_CHALLENGE];
    uint8_t response[MSCHAP_RESPONSE], proof[MSCHAP_PROOF], msk[MSCHAP_MSK]; /* results */
};
/* RFC 2759 8, RFC 3079 3.3: with the EAP secret of `owner`. */
SIGNER_MUST enum signer_err signer_mschap(struct signer *s, const struct config_id *owner,
                                          struct mschap *m);

#endif
