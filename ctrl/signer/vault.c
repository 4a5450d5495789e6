/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys, and what the daemon asks: signatures here, the rest of secrets.c. See vault.h. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/decoder.h>
#include <openssl/x509.h>

#include "ctrl/privilege/packet.h"
#include "ctrl/signer/vault.h"

struct vault *vault_new(void)
{
    struct vault *v = calloc(1, sizeof(*v));
    if (v)
        v->files = -1;
    return v;
}

/* ---------------------------------------------------------------- private keys */

/* id NULL: all of them. */
static bool drop_keys(struct vault *v, const uint8_t *id)
{
    bool found = false;
    for (struct vault_key **at = &v->keys; *at;) {
        struct vault_key *k = *at;
        if (id && memcmp(k->id, id, SIGN_KEYID_LEN) != 0) {
            at = &k->next;
            continue;
        }
        *at = k->next;
        EVP_PKEY_free(k->pkey); /* OpenSSL wipes it */
        free(k);
        found = true;
    }
    return found;
}

/* No terminal is ever asked: an empty passphrase is one that is wrong. */
static EVP_PKEY *decode(struct piece data, struct piece passphrase)
{
    EVP_PKEY *key = NULL;
    const unsigned char *at = data.p;
    size_t left = data.n;
    OSSL_DECODER_CTX *ctx = OSSL_DECODER_CTX_new_for_pkey(
        &key, NULL, NULL, NULL, OSSL_KEYMGMT_SELECT_PRIVATE_KEY, NULL, NULL);
    bool ok =
        ctx &&
        OSSL_DECODER_CTX_set_passphrase(
            ctx, passphrase.n ? passphrase.p : (const unsigned char *)"", passphrase.n) == 1 &&
        OSSL_DECODER_from_data(ctx, &at, &left) == 1;
    OSSL_DECODER_CTX_free(ctx);
    if (!ok) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    return key;
}

static bool has(struct piece data, const char *word)
{
    return memmem(data.p, data.n, word, strlen(word)) != NULL;
}

/* PEM says that it is encrypted, PKCS#8 by its form: a sequence that begins with a sequence. */
static bool looks_encrypted(struct piece d)
{
    if (has(d, "-----BEGIN"))
        return has(d, "ENCRYPTED");
    size_t header = d.n > 1 && d.p[1] & 0x80 ? 2 + (size_t)(d.p[1] & 0x7f) : 2;
    return d.n > header && d.p[0] == 0x30 && d.p[header] == 0x30;
}

/* Keeps it and writes its public part. */
static enum signer_err keep_key(struct vault *v, EVP_PKEY *pkey, struct wr *out)
{
    unsigned char *der = NULL;
    struct vault_key *k = calloc(1, sizeof *k);
    int len = i2d_PUBKEY(pkey, &der);
    enum signer_err err = SIGNER_FAILED;
    if (k && len > 0 && sign_keyid(pkey, k->id)) {
        drop_keys(v, k->id);
        k->pkey = pkey;
        k->next = v->keys;
        v->keys = k;
        put_bytes(out, der, (size_t)len);
        err = SIGNER_OK;
    }
    if (err != SIGNER_OK) {
        EVP_PKEY_free(pkey);
        free(k);
    }
    OPENSSL_free(der);
    return err;
}

static size_t read_file(int fd, uint8_t *buf, size_t cap)
{
    size_t len = 0;
    ssize_t n;
    while (len < cap && (n = read(fd, buf + len, cap - len)) > 0)
        len += (size_t)n;
    return len;
}

void vault_take_files(struct vault *v, int fd)
{
    v->files = fd;
}

/* Those before it nobody has asked for. */
int vault_claim(const struct vault *v, uint32_t ticket)
{
    uint8_t number[4];
    struct packet_files files;
    ssize_t n;
    while (v->files >= 0 &&
           (n = packet_receive(v->files, number, sizeof number, &files, MSG_DONTWAIT)) > 0) {
        struct rd r = rd_over(number, (size_t)n);
        if (rd_u32(&r) == ticket && files.count == 1)
            return files.fd[0];
        packet_close(&files);
    }
    return -1;
}

struct piece get_secret(const struct vault *v, struct rd *r, uint32_t *number)
{
    struct piece data = get_bytes(r);
    *number = rd_u32(r);
    if (*number && !held_get(&v->held, *number, &data))
        r->bad = true;
    return data;
}

static enum signer_err load_key(struct vault *v, struct rd *r, int fd, struct wr *out)
{
    uint8_t file[SIGNER_DER_MAX];
    uint32_t key, pass;
    struct piece data = get_secret(v, r, &key), passphrase = get_secret(v, r, &pass);
    uint32_t ticket = rd_u32(r);
    enum signer_err err = SIGNER_BAD_KEY;
    if (r->bad)
        return SIGNER_FAILED;
    int claimed = ticket ? vault_claim(v, ticket) : -1;
    if (fd >= 0 || claimed >= 0)
        data = (struct piece){file, read_file(claimed >= 0 ? claimed : fd, file, sizeof file)};
    if (claimed >= 0)
        close(claimed);
    EVP_PKEY *pkey = data.n ? decode(data, passphrase) : NULL;
    if (!pkey && data.n && looks_encrypted(data))
        err = SIGNER_LOCKED;
    if (pkey && sign_key_type(pkey))
        err = keep_key(v, pkey, out);
    else
        EVP_PKEY_free(pkey);
    OPENSSL_cleanse(file, sizeof file);
    held_used(&v->held, key);
    held_used(&v->held, pass);
    return err;
}

static enum signer_err unload_key(struct vault *v, struct rd *r)
{
    const uint8_t *id = rd_take(r, SIGN_KEYID_LEN);
    return id && drop_keys(v, id) ? SIGNER_OK : SIGNER_NO_KEY;
}

static enum signer_err sign(struct vault *v, struct rd *r, struct wr *out)
{
    uint8_t auth[SIGN_MAX];
    size_t len;
    const uint8_t *id = rd_take(r, SIGN_KEYID_LEN);
    struct sign_scheme s = {.method = rd_u8(r)};
    s.key = rd_u8(r);
    s.hash = rd_u8(r);
    s.pss = rd_u8(r);
    struct piece octets = get_bytes(r);
    const struct vault_key *k = v->keys;
    while (!r->bad && k && memcmp(k->id, id, SIGN_KEYID_LEN) != 0)
        k = k->next;
    if (r->bad || !k)
        return r->bad ? SIGNER_FAILED : SIGNER_NO_KEY;
    if (sign_make(k->pkey, &s, octets, auth, &len) != CRYPTO_OK)
        return SIGNER_FAILED;
    put_bytes(out, auth, len);
    return SIGNER_OK;
}

void vault_free(struct vault *v)
{
    if (!v)
        return;
    drop_keys(v, NULL);
    vault_drop_secrets(v, NULL);
    held_clear(&v->held);
    files_text_clear(&v->text);
    free(v);
}

/* ---------------------------------------------------------------- questions */

static enum signer_err clear(struct vault *v, struct rd *r)
{
    bool keys = rd_u8(r), secrets = rd_u8(r);
    if (r->bad)
        return SIGNER_FAILED;
    if (keys)
        drop_keys(v, NULL);
    if (secrets)
        vault_drop_secrets(v, NULL);
    return SIGNER_OK;
}

/* What was written behind the error at `at` stands only when there is none. */
static void end_answer(struct wr *out, size_t at, enum signer_err err)
{
    if (out->bad) /* an answer that does not fit */
        err = SIGNER_FAILED;
    out->bad = false;
    if (err != SIGNER_OK) {
        OPENSSL_cleanse(out->data + at + 1, out->len - at - 1);
        out->len = at + 1;
    }
    wr_patch_u8(out, at, err);
}

static enum signer_err psk_lot(struct vault *v, struct rd *r, struct wr *out)
{
    while (rd_left(r)) {
        struct rd question = rd_sub(r, rd_u32(r));
        size_t at = out->len;
        wr_u8(out, SIGNER_OK);
        if (r->bad || out->bad)
            return SIGNER_FAILED;
        end_answer(out, at, vault_psk(v, &question, out));
    }
    return SIGNER_OK;
}

static enum signer_err run(struct vault *v, struct rd *r, int fd, struct wr *out)
{
    switch (rd_u8(r)) {
    case ASK_LOAD_KEY:
        return load_key(v, r, fd, out);
    case ASK_UNLOAD_KEY:
        return unload_key(v, r);
    case ASK_SIGN:
        return sign(v, r, out);
    case ASK_LOAD_SECRET:
        return vault_load_secret(v, r);
    case ASK_UNLOAD_SECRET:
        return vault_unload_secret(v, r);
    case ASK_CLEAR:
        return clear(v, r);
    case ASK_TEXT:
        return vault_text(v, r, out);
    case ASK_FORGET:
        held_forget(&v->held, HELD_FILES);
        return SIGNER_OK;
    case ASK_PSK:
        return vault_psk(v, r, out);
    case ASK_PSK_LOT:
        return psk_lot(v, r, out);
    case ASK_PPK:
        return vault_ppk(v, r, out);
    case ASK_MSCHAP:
        return vault_mschap(v, r, out);
    default:
        return SIGNER_FAILED;
    }
}

void vault_answer(struct vault *v, const uint8_t *ask, size_t len, int fd, struct wr *out)
{
    struct rd r = rd_over(ask, len);
    wr_u32(out, rd_u32(&r));
    size_t at = out->len;
    wr_u8(out, SIGNER_OK);
    end_answer(out, at, run(v, &r, fd, out));
}
