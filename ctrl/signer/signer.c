/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the signer: a question is written, its answer is read. See signer.h. */
#include "ctrl/signer/signer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/crypto.h>
#include <openssl/x509.h>

#include "ctrl/log/log.h"
#include "ctrl/signer/link.h"

const char *signer_err_text(enum signer_err err)
{
    switch (err) {
    case SIGNER_OK:
        return "ok";
    case SIGNER_GONE:
        return "the signer does not answer";
    case SIGNER_NO_KEY:
        return "there is no such key or secret";
    case SIGNER_BAD_KEY:
        return "it is no private key, or of a kind that is not taken (RSA of 2048 to 8192 bits, "
               "ECDSA on P-256, P-384 and P-521, and Ed25519 are)";
    case SIGNER_LOCKED:
        return "it is encrypted, and there is no right passphrase for it";
    case SIGNER_FAILED:
        return "the signer failed";
    }
    return "?";
}

/* ---------------------------------------------------------------- one question, one answer */

struct talk {
    struct signer *s;
    struct wr ask;
    struct rd answer;
    size_t len; /* of the answer */
};

static void begin(struct talk *t, struct signer *s, enum signer_ask ask)
{
    *t = (struct talk){.s = s, .ask = wr_over(s->out, SIGNER_MESSAGE)};
    wr_u32(&t->ask, ++s->number);
    wr_u8(&t->ask, ask);
}

static enum signer_err ask_file(struct talk *t, int fd)
{
    struct signer *s = t->s;
    enum signer_err err = SIGNER_FAILED;
    if (!t->ask.bad)
        err = s->gone ? SIGNER_GONE : link_round(s, t->ask.len, fd, &t->len);
    OPENSSL_cleanse(s->out, t->ask.len);
    if (err == SIGNER_GONE && !s->gone) {
        log_info("%s", signer_err_text(err));
        s->gone = true;
        if (s->fd >= 0)
            (void)shutdown(s->fd, SHUT_RDWR); /* who watches it hears of this, too */
    }
    if (err != SIGNER_OK)
        return err;
    t->answer = rd_over(s->in, t->len);
    rd_u32(&t->answer); /* link_round has compared it */
    err = rd_u8(&t->answer);
    return t->answer.bad || err > SIGNER_FAILED ? SIGNER_FAILED : err;
}

static enum signer_err ask(struct talk *t)
{
    return ask_file(t, -1);
}

/* The rest of an answer, which must be as long as it should be. */
static enum signer_err take(struct talk *t, void *out, size_t len)
{
    struct piece p = get_bytes(&t->answer);
    if (t->answer.bad || p.n != len)
        return SIGNER_FAILED;
    memcpy(out, p.p, len);
    return SIGNER_OK;
}

/* ---------------------------------------------------------------- private keys */

const struct signer_key *signer_keys(const struct signer *s)
{
    return s->keys;
}

const struct signer_key *signer_find_key(const struct signer *s, const EVP_PKEY *public)
{
    for (const struct signer_key *k = s->keys; k; k = k->next)
        if (EVP_PKEY_eq(k->public, public) == 1)
            return k;
    return NULL;
}

static void drop_key(struct signer *s, const uint8_t *id)
{
    for (struct signer_key **at = &s->keys; *at;) {
        struct signer_key *k = *at;
        if (id && memcmp(k->id, id, SIGN_KEYID_LEN) != 0) {
            at = &k->next;
            continue;
        }
        *at = k->next;
        EVP_PKEY_free(k->public);
        free(k);
    }
}

/* The answer to ASK_LOAD_KEY is the public key. */
static enum signer_err note_key(struct talk *t, const struct signer_key **key)
{
    struct piece der = get_bytes(&t->answer);
    const unsigned char *at = der.p;
    struct signer_key *k = calloc(1, sizeof *k);
    if (!k || t->answer.bad || !(k->public = d2i_PUBKEY(NULL, &at, (long)der.n)) ||
        !sign_keyid(k->public, k->id)) {
        if (k)
            EVP_PKEY_free(k->public);
        free(k);
        return SIGNER_FAILED;
    }
    drop_key(t->s, k->id);
    k->next = t->s->keys;
    t->s->keys = k;
    *key = k;
    return SIGNER_OK;
}

/* Its bytes, or the number under which the signer holds them. */
static void put_secret(struct wr *w, const struct config_secret *s)
{
    put_bytes(w, s ? s->data : NULL, s && !s->number ? s->len : 0);
    wr_u32(w, s ? s->number : 0);
}

static enum signer_err load_key(struct signer *s, const struct config_secret *data,
                                const struct config_secret *passphrase, int fd, uint32_t ticket,
                                const struct signer_key **key)
{
    struct talk t;
    *key = NULL;
    begin(&t, s, ASK_LOAD_KEY);
    put_secret(&t.ask, data);
    put_secret(&t.ask, passphrase);
    wr_u32(&t.ask, ticket);
    enum signer_err err = ask_file(&t, fd);
    return err == SIGNER_OK ? note_key(&t, key) : err;
}

static struct config_secret as_secret(struct piece p)
{
    return (struct config_secret){.data = (uint8_t *)(uintptr_t)p.p, .len = p.n};
}

enum signer_err signer_load_key(struct signer *s, struct piece data, struct piece passphrase,
                                const struct signer_key **key)
{
    const struct config_secret d = as_secret(data), p = as_secret(passphrase);
    return load_key(s, &d, &p, -1, 0, key);
}

enum signer_err signer_load_key_held(struct signer *s, uint32_t number,
                                     const struct signer_key **key)
{
    const struct config_secret d = {.number = number};
    return load_key(s, &d, NULL, -1, 0, key);
}

enum signer_err signer_load_key_file(struct signer *s, int fd,
                                     const struct config_secret *passphrase,
                                     const struct signer_key **key)
{
    return load_key(s, NULL, passphrase, fd, 0, key);
}

enum signer_err signer_load_key_ticket(struct signer *s, uint32_t ticket,
                                       const struct config_secret *passphrase,
                                       const struct signer_key **key)
{
    return load_key(s, NULL, passphrase, -1, ticket, key);
}

enum signer_err signer_unload_key(struct signer *s, const uint8_t id[SIGN_KEYID_LEN])
{
    struct talk t;
    begin(&t, s, ASK_UNLOAD_KEY);
    wr_bytes(&t.ask, id, SIGN_KEYID_LEN);
    enum signer_err err = ask(&t);
    if (err == SIGNER_OK)
        drop_key(s, id);
    return err;
}

enum signer_err signer_sign(struct signer *s, const struct signer_key *key,
                            const struct sign_scheme *scheme, struct piece octets,
                            uint8_t out[SIGN_MAX], size_t *len)
{
    struct talk t;
    *len = 0;
    begin(&t, s, ASK_SIGN);
    wr_bytes(&t.ask, key->id, SIGN_KEYID_LEN);
    wr_u8(&t.ask, scheme->method);
    wr_u8(&t.ask, scheme->key);
    wr_u8(&t.ask, scheme->hash);
    wr_u8(&t.ask, scheme->pss);
    put_bytes(&t.ask, octets.p, octets.n);
    enum signer_err err = ask(&t);
    struct piece sig = err == SIGNER_OK ? get_bytes(&t.answer) : (struct piece){0};
    if (err == SIGNER_OK && (t.answer.bad || sig.n == 0 || sig.n > SIGN_MAX))
        err = SIGNER_FAILED;
    if (err == SIGNER_OK)
        memcpy(out, sig.p, *len = sig.n);
    return err;
}

/* ---------------------------------------------------------------- shared secrets */

enum signer_err signer_load_secret(struct signer *s, const struct config_secret *secret)
{
    struct talk t;
    begin(&t, s, ASK_LOAD_SECRET);
    wr_u8(&t.ask, secret->kind);
    put_bytes(&t.ask, secret->name, strlen(secret->name));
    wr_u8(&t.ask, (unsigned)secret->id_count);
    for (size_t i = 0; i < secret->id_count; i++)
        put_id(&t.ask, &secret->ids[i]);
    put_secret(&t.ask, secret);
    return ask(&t);
}

enum signer_err signer_unload_secret(struct signer *s, const char *name)
{
    struct talk t;
    begin(&t, s, ASK_UNLOAD_SECRET);
    put_bytes(&t.ask, name, strlen(name));
    return ask(&t);
}

enum signer_err signer_clear(struct signer *s, bool keys, bool secrets)
{
    struct talk t;
    begin(&t, s, ASK_CLEAR);
    wr_u8(&t.ask, keys);
    wr_u8(&t.ask, secrets);
    if (keys)
        drop_key(s, NULL);
    return ask(&t);
}

static void put_psk(struct wr *w, const struct config_id *local, const struct config_id *remote,
                    uint16_t prf, const struct piece *octets, size_t count)
{
    put_id(w, local);
    put_id(w, remote);
    wr_u16(w, prf);
    for (size_t i = 0; i < count; i++)
        put_bytes(w, octets[i].p, octets[i].n);
}

static enum signer_err psk(struct signer *s, const struct config_id *local,
                           const struct config_id *remote, uint16_t prf, const struct piece *octets,
                           size_t count, uint8_t (*macs)[HASH_MAX])
{
    struct talk t;
    const struct alg_hash *hash = alg_prf(prf);
    if (!hash)
        return SIGNER_FAILED;
    begin(&t, s, ASK_PSK);
    put_psk(&t.ask, local, remote, prf, octets, count);
    enum signer_err err = ask(&t);
    for (size_t i = 0; i < count && err == SIGNER_OK; i++)
        err = take(&t, macs[i], hash->len);
    OPENSSL_cleanse(s->in, t.len);
    return err;
}

enum signer_err signer_psk(struct signer *s, const struct config_id *local,
                           const struct config_id *remote, uint16_t prf, struct piece octets,
                           uint8_t mac[HASH_MAX])
{
    return psk(s, local, remote, prf, &octets, 1, (uint8_t(*)[HASH_MAX])mac);
}

enum signer_err signer_psk_both(struct signer *s, const struct config_id *local,
                                const struct config_id *remote, uint16_t prf,
                                const struct piece octets[2], uint8_t macs[2][HASH_MAX])
{
    return psk(s, local, remote, prf, octets, 2, macs);
}

bool signer_lot_add(struct signer *s, const struct config_id *local, const struct config_id *remote,
                    uint16_t prf, const struct piece *octets, size_t count)
{
    const struct alg_hash *hash = alg_prf(prf);
    size_t n = s->lot.count, before = s->lot.w.len;
    if (!hash || n == SIGNER_LOT)
        return false;
    if (n == 0)
        s->lot.w = wr_over(s->lot.data, sizeof s->lot.data);
    struct wr *w = &s->lot.w;
    size_t at = w->len;
    wr_u32(w, 0);
    put_psk(w, local, remote, prf, octets, count);
    if (w->bad) {
        w->bad = false;
        w->len = before;
        return false;
    }
    wr_patch_u32(w, at, (uint32_t)(w->len - at - 4));
    s->lot.forms[s->lot.count++] = (struct signer_lot_form){(uint8_t)count, (uint8_t)hash->len};
    return true;
}

void signer_lot_ask(struct signer *s,
                    void (*each)(void *user, size_t n, const uint8_t (*macs)[HASH_MAX],
                                 size_t count),
                    void *user)
{
    struct talk t;
    uint8_t macs[2][HASH_MAX];
    if (s->lot.count == 0)
        return;
    begin(&t, s, ASK_PSK_LOT);
    wr_bytes(&t.ask, s->lot.data, s->lot.w.len);
    OPENSSL_cleanse(s->lot.data, s->lot.w.len);
    bool good = ask(&t) == SIGNER_OK;
    for (size_t i = 0; i < s->lot.count && good; i++) {
        const struct signer_lot_form *f = &s->lot.forms[i];
        if (rd_u8(&t.answer) != SIGNER_OK)
            continue;
        for (size_t k = 0; k < f->macs && good; k++)
            good = take(&t, macs[k], f->len) == SIGNER_OK;
        if (good)
            each(user, i, (const uint8_t(*)[HASH_MAX])macs, f->macs);
    }
    OPENSSL_cleanse(macs, sizeof macs);
    OPENSSL_cleanse(s->in, t.len);
    s->lot.count = 0;
}

enum signer_err signer_ppk(struct signer *s, const char *ppk_id, uint16_t prf, struct secret *d,
                           struct secret *pi, struct secret *pr)
{
    struct secret *const keys[] = {d, pi, pr};
    struct talk t;
    begin(&t, s, ASK_PPK);
    put_bytes(&t.ask, ppk_id, strlen(ppk_id));
    wr_u16(&t.ask, prf);
    for (size_t i = 0; i < 3; i++)
        put_bytes(&t.ask, keys[i]->data, keys[i]->len);
    enum signer_err err = ask(&t);
    for (size_t i = 0; i < 3 && err == SIGNER_OK; i++)
        err = take(&t, keys[i]->data, keys[i]->len);
    OPENSSL_cleanse(s->in, t.len);
    return err;
}

enum signer_err signer_mschap(struct signer *s, const struct config_id *owner, struct mschap *m)
{
    struct talk t;
    begin(&t, s, ASK_MSCHAP);
    put_id(&t.ask, owner);
    put_bytes(&t.ask, m->user, strlen(m->user));
    wr_bytes(&t.ask, m->server, sizeof m->server);
    wr_bytes(&t.ask, m->peer, sizeof m->peer);
    enum signer_err err = ask(&t);
    if (err == SIGNER_OK)
        err = take(&t, m->response, sizeof m->response);
    if (err == SIGNER_OK)
        err = take(&t, m->proof, sizeof m->proof);
    if (err == SIGNER_OK)
        err = take(&t, m->msk, sizeof m->msk);
    OPENSSL_cleanse(s->in, t.len);
    return err;
}

enum signer_err link_text(struct signer *s, uint32_t ticket, const char *name, unsigned *what,
                          struct piece *part)
{
    struct talk t;
    begin(&t, s, ASK_TEXT);
    wr_u32(&t.ask, ticket);
    put_bytes(&t.ask, name, strlen(name));
    enum signer_err err = ask(&t);
    if (err != SIGNER_OK)
        return err;
    *what = rd_u8(&t.answer);
    *part = get_bytes(&t.answer);
    return t.answer.bad || *what > TEXT_UNREADABLE ? SIGNER_FAILED : SIGNER_OK;
}

void signer_forget(struct signer *s)
{
    struct talk t;
    begin(&t, s, ASK_FORGET);
    (void)ask(&t); /* without a signer there is nothing to forget */
}

void signer_free(struct signer *s)
{
    if (!s)
        return;
    drop_key(s, NULL);
    link_close(s);
    OPENSSL_cleanse(s, sizeof *s);
    free(s);
}
