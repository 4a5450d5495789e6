/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files beside swanctl.conf, in the folders that swanctl knows: certificates and CRLs are read,
 * private keys are opened and left to the signer.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "ctrl/config/files.h"
#include "ctrl/config/reader.h"

#define CRED_BYTES (4u * 1024 * 1024) /* the longest file: a CRL */

/* ---------------------------------------------------------------- PEM or DER to DER */

void config_blobs_free(struct config_blob *list)
{
    while (list) {
        struct config_blob *next = list->next;
        free(list->data);
        free(list);
        list = next;
    }
}

/* An object of OpenSSL from PEM or from DER with nothing behind it, as DER; the length, < 0: none.
 */
static int to_der(enum config_blob_kind kind, const uint8_t *data, size_t len, unsigned char **der)
{
    const unsigned char *at = data;
    BIO *bio = BIO_new_mem_buf(data, (int)len);
    int n = -1;
    bool pem = len > 11 && memmem(data, len, "-----BEGIN ", 11);
    if (bio && kind == BLOB_CERT) {
        X509 *x = pem ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : d2i_X509(NULL, &at, (long)len);
        n = x && (pem || at == data + len) ? i2d_X509(x, der) : -1;
        X509_free(x);
    } else if (bio && kind == BLOB_CRL) {
        X509_CRL *x =
            pem ? PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL) : d2i_X509_CRL(NULL, &at, (long)len);
        n = x && (pem || at == data + len) ? i2d_X509_CRL(x, der) : -1;
        X509_CRL_free(x);
    } else if (bio) {
        EVP_PKEY *x =
            pem ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : d2i_PUBKEY(NULL, &at, (long)len);
        n = x && (pem || at == data + len) ? i2d_PUBKEY(x, der) : -1;
        EVP_PKEY_free(x);
    }
    BIO_free(bio);
    return n;
}

struct config_blob *config_blob_new(enum config_blob_kind kind, const uint8_t *data, size_t len)
{
    unsigned char *der = NULL;
    int n = len && len <= CRED_BYTES ? to_der(kind, data, len, &der) : -1;
    struct config_blob *b = n > 0 ? calloc(1, sizeof(*b)) : NULL;
    if (b && (b->data = malloc((size_t)n))) {
        memcpy(b->data, der, (size_t)n);
        b->len = (size_t)n;
    } else {
        free(b);
        b = NULL;
    }
    OPENSSL_free(der);
    return b;
}

/* The subject of a certificate; false: too long to be an identity. */
bool blob_subject(const struct config_blob *cert, struct config_id *id)
{
    const unsigned char *at = cert->data;
    unsigned char *der = NULL;
    X509 *x = d2i_X509(NULL, &at, (long)cert->len);
    int len = x ? i2d_X509_NAME(X509_get_subject_name(x), &der) : -1;
    bool ok = len > 0 && config_id_of_dn(der, (size_t)len, id);
    OPENSSL_free(der);
    X509_free(x);
    return ok;
}

/* ---------------------------------------------------------------- files */

/* The whole of an open file on the heap; NULL with errno. */
static uint8_t *read_whole(int fd, size_t *len)
{
    off_t size = lseek(fd, 0, SEEK_END);
    uint8_t *buf = NULL;
    *len = 0;
    if (size < 0 || lseek(fd, 0, SEEK_SET) < 0)
        return NULL;
    if (size > CRED_BYTES) {
        errno = EFBIG;
        return NULL;
    }
    buf = malloc((size_t)size + 1);
    for (ssize_t n = 1; buf && n > 0 && *len < (size_t)size;) {
        n = read(fd, buf + *len, (size_t)size - *len);
        *len += n > 0 ? (size_t)n : 0;
    }
    return buf;
}

/* A certificate, CRL or public key of a file; NULL: a sentence is in `why`. */
static struct config_blob *blob_of_file(const char *path, enum config_blob_kind kind, char *why,
                                        size_t why_len)
{
    static const char *const what[] = {
        [BLOB_CERT] = "certificate", [BLOB_CRL] = "CRL", [BLOB_PUBKEY] = "public key"};
    size_t len = 0;
    int fd = files_open(path);
    uint8_t *data = fd >= 0 ? read_whole(fd, &len) : NULL;
    if (!data)
        (void)snprintf(why, why_len, "%s can't be read: %s", path, strerror(errno));
    struct config_blob *b = data ? config_blob_new(kind, data, len) : NULL;
    if (data && !b)
        (void)snprintf(why, why_len, "%s is no %s", path, what[kind]);
    free(data);
    if (fd >= 0)
        close(fd);
    return b;
}

static struct config_blob *blob_of_base64(const char *text, enum config_blob_kind kind)
{
    size_t len = strlen(text);
    uint8_t *data = malloc(len + 4);
    struct config_blob *b = NULL;
    int n = data && len && len % 4 == 0
                ? EVP_DecodeBlock(data, (const unsigned char *)text, (int)len)
                : -1;
    for (const char *pad = text + len; n > 0 && pad > text && pad[-1] == '='; pad--)
        n--;
    if (n > 0)
        b = config_blob_new(kind, data, (size_t)n);
    free(data);
    return b;
}

int read_blob(struct reader *r, const struct setting *s, const char *item, const char *folder,
              enum config_blob_kind kind, struct config_blob **into)
{
    char path[1024], why[1200] = "";
    struct config_blob *b = NULL;
    if (strncmp(item, "0s", 2) == 0) {
        if (!(b = blob_of_base64(item + 2, kind)))
            return reader_complain(r, s, "it is no %s",
                                   kind == BLOB_PUBKEY ? "public key" : "certificate");
    } else if (!r->dir) {
        return reader_complain(r, s, "the name of a file says nothing here");
    } else {
        int n = *item == '/' ? snprintf(path, sizeof(path), "%s", item)
                             : snprintf(path, sizeof(path), "%s/%s/%s", r->dir, folder, item);
        if (n < 0 || (size_t)n >= sizeof(path))
            return reader_complain(r, s, "the path is too long");
        if (!(b = blob_of_file(path, kind, why, sizeof(why))))
            return reader_complain(r, s, "%s", why);
    }
    while (*into)
        into = &(*into)->next;
    *into = b;
    return 0;
}

/* ---------------------------------------------------------------- folders */

void config_cred_free(struct config_cred *cred)
{
    config_blobs_free(cred->data);
    if (cred->fd >= 0)
        close(cred->fd);
    if (cred->passphrase)
        config_secret_free(cred->passphrase);
    free(cred->path);
    free(cred);
}

static int add_file(struct reader *r, enum config_cred_kind kind, const char *path)
{
    static const enum config_blob_kind kinds[] = {
        [CRED_CERT] = BLOB_CERT, [CRED_CA] = BLOB_CERT, [CRED_CRL] = BLOB_CRL};
    struct config_cred *c = calloc(1, sizeof(*c));
    if (c)
        c->fd = -1;
    if (!c || !(c->path = strdup(path))) {
        (void)snprintf(r->why, r->why_len, "out of memory");
        goto bad;
    }
    c->kind = kind;
    if (kind == CRED_KEY) {
        if (files_key(path, &c->fd, &c->ticket) != 0) {
            (void)snprintf(r->why, r->why_len, "%s can't be read: %s", path, strerror(errno));
            goto bad;
        }
    } else if (!(c->data = blob_of_file(path, kinds[kind], r->why, r->why_len))) {
        goto bad;
    }
    struct config_cred **end = &r->config->creds; /* in order: tickets go up */
    while (*end)
        end = &(*end)->next;
    *end = c;
    return 0;
bad:
    if (c)
        config_cred_free(c);
    return -1;
}

struct folder {
    struct reader *r;
    enum config_cred_kind kind;
};

static int add_found(void *user, const char *path)
{
    const struct folder *f = user;
    return add_file(f->r, f->kind, path);
}

static int read_folder(struct reader *r, enum config_cred_kind kind, const char *folder)
{
    char path[1024];
    struct folder into = {r, kind};
    int n = snprintf(path, sizeof(path), "%s/%s", r->dir, folder);
    if (n < 0 || (size_t)n >= sizeof(path))
        return 0;
    int rc = files_folder(path, add_found, &into);
    if (rc == FILES_UNREADABLE)
        (void)snprintf(r->why, r->why_len, "%s can't be read: %s", path, strerror(errno));
    return rc;
}

/* secrets.private<name> { file, secret } and its older forms: the passphrase of a file */
static int give_passphrases(struct reader *r, const struct section *secrets)
{
    for (const struct section *s = secrets->sections; s; s = s->next) {
        const struct setting *file = settings_find(s, "file"), *secret = settings_find(s, "secret");
        if (!secret_is_passphrase(s->name) || !file || !secret)
            continue;
        struct config_cred *c = r->config->creds;
        for (const char *slash; c; c = c->next)
            if (c->kind == CRED_KEY &&
                (strcmp(c->path, file->value) == 0 ||
                 ((slash = strrchr(c->path, '/')) && strcmp(slash + 1, file->value) == 0)))
                break;
        if (!c)
            return reader_complain(r, file, "there is no private key %s", file->value);
        if (!c->passphrase && !(c->passphrase = read_passphrase(r, secret)))
            return -1;
    }
    return 0;
}

int read_folders(struct reader *r, const struct section *root)
{
    static const struct {
        const char *folder;
        enum config_cred_kind kind;
    } folders[] = {{"x509", CRED_CERT},   {"x509ca", CRED_CA}, {"x509crl", CRED_CRL},
                   {"private", CRED_KEY}, {"rsa", CRED_KEY},   {"ecdsa", CRED_KEY},
                   {"pkcs8", CRED_KEY}};
    for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
        if (read_folder(r, folders[i].kind, folders[i].folder) != 0)
            return -1;
    const struct section *secrets = settings_find_section(root, "secrets");
    return secrets ? give_passphrases(r, secrets) : 0;
}
