/* SPDX-License-Identifier: Apache-2.0 */
/* Pre-shared keys, PPKs and EAP's passwords, and what is computed with them. See vault.h. */
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "ctrl/signer/mschap.h"
#include "ctrl/signer/vault.h"

bool vault_drop_secrets(struct vault *v, const char *name)
{
    bool found = false;
    for (struct config_secret **at = &v->secrets; *at;) {
        struct config_secret *s = *at;
        if (name && strcmp(s->name, name) != 0) {
            at = &s->next;
            continue;
        }
        *at = s->next;
        config_secret_free(s);
        found = true;
    }
    return found;
}

/* NULL: malformed, or no memory. */
static struct config_secret *read_secret(struct vault *v, struct rd *r)
{
    uint32_t number;
    struct config_secret *s = calloc(1, sizeof *s);
    char name[512];
    unsigned kind = rd_u8(r);
    get_text(r, name, sizeof name);
    if (!s || kind > SECRET_PPK || !(s->name = strdup(name)))
        goto bad;
    s->kind = kind;
    s->id_count = rd_u8(r);
    if (s->id_count > sizeof s->ids / sizeof *s->ids)
        goto bad;
    for (size_t i = 0; i < s->id_count; i++)
        get_id(r, &s->ids[i]);
    struct piece data = get_secret(v, r, &number);
    if (r->bad || data.n == 0 || !(s->data = malloc(data.n)))
        goto bad;
    memcpy(s->data, data.p, data.n);
    s->len = data.n;
    held_used(&v->held, number);
    return s;
bad:
    if (s)
        config_secret_free(s);
    return NULL;
}

enum signer_err vault_load_secret(struct vault *v, struct rd *r)
{
    struct config_secret **end = &v->secrets, *s = read_secret(v, r);
    if (!s)
        return SIGNER_FAILED;
    if (*s->name)
        vault_drop_secrets(v, s->name);
    while (*end)
        end = &(*end)->next;
    *end = s;
    return SIGNER_OK;
}

enum signer_err vault_unload_secret(struct vault *v, struct rd *r)
{
    char name[512];
    get_text(r, name, sizeof name);
    return !r->bad && vault_drop_secrets(v, name) ? SIGNER_OK : SIGNER_NO_KEY;
}

static struct piece of_secret(const struct config_secret *s)
{
    return (struct piece){s->data, s->len};
}

enum signer_err vault_psk(struct vault *v, struct rd *r, struct wr *out)
{
    struct config_id local, remote;
    uint8_t mac[HASH_MAX];
    get_id(r, &local);
    get_id(r, &remote);
    uint16_t prf = rd_u16(r);
    if (r->bad || !alg_prf(prf))
        return SIGNER_FAILED;
    const struct config_secret *s = config_find_secret(v->secrets, SECRET_IKE, &local, &remote);
    if (!s)
        return SIGNER_NO_KEY;
    do {
        struct piece octets = get_bytes(r);
        if (r->bad || auth_shared(prf, of_secret(s), octets, mac) != CRYPTO_OK)
            return SIGNER_FAILED;
        put_bytes(out, mac, alg_prf(prf)->len);
    } while (rd_left(r));
    OPENSSL_cleanse(mac, sizeof mac);
    return SIGNER_OK;
}

/* RFC 8784 5.1: a PPK_ID is a name without structure */
static const struct config_secret *find_ppk(const struct vault *v, const char *name)
{
    for (const struct config_secret *s = v->secrets; s; s = s->next)
        for (size_t i = 0; i < s->id_count && s->kind == SECRET_PPK; i++)
            if (strcmp(s->ids[i].text, name) == 0 ||
                (s->ids[i].len == strlen(name) && memcmp(s->ids[i].data, name, s->ids[i].len) == 0))
                return s;
    return NULL;
}

/* RFC 8784 3: SK_x = prf+ (PPK, SK_x') */
enum signer_err vault_ppk(struct vault *v, struct rd *r, struct wr *out)
{
    char name[512];
    uint8_t mixed[SECRET_MAX];
    get_text(r, name, sizeof name);
    const struct alg_hash *prf = alg_prf(rd_u16(r));
    const struct config_secret *s = find_ppk(v, name);
    enum signer_err err = s ? SIGNER_OK : SIGNER_NO_KEY;
    for (int i = 0; i < 3 && err == SIGNER_OK; i++) {
        struct piece old = get_bytes(r);
        if (r->bad || !prf || old.n > sizeof mixed ||
            prf_plus(prf, of_secret(s), &old, 1, mixed, old.n) != CRYPTO_OK)
            err = SIGNER_FAILED;
        else
            put_bytes(out, mixed, old.n);
    }
    OPENSSL_cleanse(mixed, sizeof mixed);
    return err;
}

enum signer_err vault_mschap(struct vault *v, struct rd *r, struct wr *out)
{
    struct config_id owner, nobody = {.type = 0};
    struct mschap m = {.user = ""};
    get_id(r, &owner);
    get_text(r, m.user, sizeof m.user);
    const uint8_t *server = rd_take(r, MSCHAP_CHALLENGE), *peer = rd_take(r, MSCHAP_CHALLENGE);
    if (r->bad)
        return SIGNER_FAILED;
    memcpy(m.server, server, MSCHAP_CHALLENGE);
    memcpy(m.peer, peer, MSCHAP_CHALLENGE);
    const struct config_secret *s = config_find_secret(v->secrets, SECRET_EAP, &nobody, &owner);
    if (!s)
        return SIGNER_NO_KEY;
    bool ok = mschap_compute(of_secret(s), &m);
    if (ok) {
        put_bytes(out, m.response, sizeof m.response);
        put_bytes(out, m.proof, sizeof m.proof);
        put_bytes(out, m.msk, sizeof m.msk);
    }
    OPENSSL_cleanse(&m, sizeof m);
    return ok ? SIGNER_OK : SIGNER_FAILED;
}
