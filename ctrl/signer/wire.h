/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the daemon and its signer: one question and one answer a datagram (SOCK_SEQPACKET). Both
 * begin with a number that pairs them; then comes the question's kind, or the answer's error.
 */
#ifndef CTRL_SIGNER_WIRE_H
#define CTRL_SIGNER_WIRE_H

#include "ctrl/signer/signer.h"
#include "ctrl/wire/cursor.h"

#define SIGNER_MESSAGE (96u * 1024) /* the longest: an IKE_SA_INIT message to be signed, and more  \
                                     */

enum signer_ask {
    ASK_LOAD_KEY, /* key, passphrase, ticket; an empty key: it is in the file that comes along, or
                   * that has come from the parent with that ticket. A secret is its bytes, or none
                   * and the number under which it is held */
    ASK_UNLOAD_KEY,
    ASK_SIGN,
    ASK_LOAD_SECRET,
    ASK_UNLOAD_SECRET,
    ASK_CLEAR,
    ASK_PSK, /* both names, PRF, octets of one AUTH or of several: as many MACs are the answer */
    ASK_PSK_LOT, /* several of these, each behind its length: of each the error, and the MACs */
    ASK_PPK,
    ASK_MSCHAP,
    ASK_TEXT,   /* ticket, name; 0: what follows of the last one */
    ASK_FORGET, /* what files brought and nobody has asked for is wiped */
};

/* The answer to ASK_TEXT: which, and bytes. */
enum signer_text {
    TEXT_MORE,       /* of the text: there is more */
    TEXT_LAST,       /* of the text */
    TEXT_WRONG,      /* a sentence: what is wrong with it */
    TEXT_UNREADABLE, /* errno, 4 bytes */
};

/* Bytes with their length before them. */
void put_bytes(struct wr *w, const void *p, size_t n);
struct piece get_bytes(struct rd *r);
void put_id(struct wr *w, const struct config_id *id);
void get_id(struct rd *r, struct config_id *id);
/* With a NUL behind it; "" and a bad cursor when it is longer or holds a NUL. */
void get_text(struct rd *r, char *text, size_t size);

/* vault.c: what the signer holds. */
struct vault;
struct vault *vault_new(void);
void vault_free(struct vault *v); /* wipes everything */
void vault_take_files(struct vault *v, int fd); /* the caller's: see signer_give_file */
/* One question; fd: the file that came along, or -1. The answer goes to `out`. */
void vault_answer(struct vault *v, const uint8_t *ask, size_t len, int fd, struct wr *out);

/* confine.c: the last thing before the signer answers: another user, no capabilities, no files, no
 * network, a list of system calls. 0, or -1. */
int signer_confine(int fd, int files, int door);

/* process.c: all of the process. */
_Noreturn void signer_process(int fd, int files, int door);

#endif
