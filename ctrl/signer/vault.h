/* SPDX-License-Identifier: Apache-2.0 */
/* What the signer holds: vault.c has the private keys, secrets.c the shared secrets, held.c what
 * is neither yet, text.c a file on its way. Each of these is one question of wire.h: r is what it
 * says, `out` what is answered. */
#ifndef CTRL_SIGNER_VAULT_H
#define CTRL_SIGNER_VAULT_H

#include "ctrl/config/files.h"
#include "ctrl/signer/held.h"
#include "ctrl/signer/wire.h"

struct vault_key {
    uint8_t id[SIGN_KEYID_LEN];
    EVP_PKEY *pkey; /* owned */
    struct vault_key *next;
};

struct vault {
    struct vault_key *keys;        /* owned */
    struct config_secret *secrets; /* owned */
    struct held held;              /* of which nobody has said yet whose they are */
    int files;                     /* whence files come, with tickets; -1: nowhere */
    struct files_text text;        /* being handed on, without its secrets */
    size_t text_at;
};

/* The file with this ticket, the caller's; -1: it did not come. */
int vault_claim(const struct vault *v, uint32_t ticket);
/* A secret: it stands there, or is held under the number that does. It may be empty. */
struct piece get_secret(const struct vault *v, struct rd *r, uint32_t *number);

enum signer_err vault_text(struct vault *v, struct rd *r, struct wr *out);

bool vault_drop_secrets(struct vault *v, const char *name); /* NULL: all; false: there was none */
enum signer_err vault_load_secret(struct vault *v, struct rd *r);
enum signer_err vault_unload_secret(struct vault *v, struct rd *r);
enum signer_err vault_psk(struct vault *v, struct rd *r, struct wr *out);
enum signer_err vault_ppk(struct vault *v, struct rd *r, struct wr *out);
enum signer_err vault_mschap(struct vault *v, struct rd *r, struct wr *out);

#endif
