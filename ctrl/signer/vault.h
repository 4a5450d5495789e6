/* SPDX-License-Identifier: Apache-2.0 */
/* What the signer holds: vault.c has the private keys, secrets.c the shared secrets. Each of these
 * is one question of wire.h: r is what it says, `out` what is answered. */
#ifndef CTRL_SIGNER_VAULT_H
#define CTRL_SIGNER_VAULT_H

#include "ctrl/signer/wire.h"

struct vault_key {
    uint8_t id[SIGN_KEYID_LEN];
    EVP_PKEY *pkey; /* owned */
    struct vault_key *next;
};

struct vault {
    struct vault_key *keys;        /* owned */
    struct config_secret *secrets; /* owned */
    int files;                     /* whence files of private keys come, with tickets; -1: nowhere */
};

bool vault_drop_secrets(struct vault *v, const char *name); /* NULL: all; false: there was none */
enum signer_err vault_load_secret(struct vault *v, struct rd *r);
enum signer_err vault_unload_secret(struct vault *v, struct rd *r);
enum signer_err vault_psk(struct vault *v, struct rd *r, struct wr *out);
enum signer_err vault_ppk(struct vault *v, struct rd *r, struct wr *out);
enum signer_err vault_mschap(struct vault *v, struct rd *r, struct wr *out);

#endif
