/* SPDX-License-Identifier: Apache-2.0 */
/* `aes256gcm16-prfsha384-ecp384`: the words of proposals, and which may stand together. */
#include <stdio.h>
#include <string.h>

#include "ctrl/config/reader.h"

/* IANA, "IKEv2 Parameters": transform types and ids */
enum { ENCR = 1, PRF = 2, INTEG = 3, KE = 4, ESN = 5 };
enum { ENCR_AES_CBC = 12, ENCR_AES_GCM_16 = 20, ENCR_CHACHA20_POLY1305 = 28 };

static const struct word {
    const char *name;
    uint8_t type;
    uint16_t id, key_bits;
} words[] = {
    {"aes128gcm16", ENCR, ENCR_AES_GCM_16, 128},
    {"aes128gcm128", ENCR, ENCR_AES_GCM_16, 128},
    {"aes256gcm16", ENCR, ENCR_AES_GCM_16, 256},
    {"aes256gcm128", ENCR, ENCR_AES_GCM_16, 256},
    {"aes128", ENCR, ENCR_AES_CBC, 128},
    {"aes", ENCR, ENCR_AES_CBC, 128},
    {"aes256", ENCR, ENCR_AES_CBC, 256},
    {"chacha20poly1305", ENCR, ENCR_CHACHA20_POLY1305, 0},
    {"prfsha256", PRF, 5, 0},
    {"prfsha384", PRF, 6, 0},
    {"prfsha512", PRF, 7, 0},
    {"sha256", INTEG, 12, 0},
    {"sha2_256", INTEG, 12, 0},
    {"sha384", INTEG, 13, 0},
    {"sha2_384", INTEG, 13, 0},
    {"sha512", INTEG, 14, 0},
    {"sha2_512", INTEG, 14, 0},
    {"modp2048", KE, 14, 0},
    {"modp3072", KE, 15, 0},
    {"modp4096", KE, 16, 0},
    {"ecp256", KE, 19, 0},
    {"ecp384", KE, 20, 0},
    {"ecp521", KE, 21, 0},
    {"x25519", KE, 31, 0},
    {"curve25519", KE, 31, 0},
    {"esn", ESN, 1, 0},
    {"noesn", ESN, 0, 0},
};
#define PRF_OF_INTEG 7u /* AUTH_HMAC_SHA2_256_128 is 12, PRF_HMAC_SHA2_256 is 5, and so on */

static int add_id(uint16_t ids[CONFIG_TRANSFORMS], size_t *count, uint16_t id)
{
    for (size_t i = 0; i < *count; i++)
        if (ids[i] == id)
            return 0;
    if (*count >= CONFIG_TRANSFORMS)
        return -1;
    ids[(*count)++] = id;
    return 0;
}

static int add_word(struct config_proposal *p, const struct word *w)
{
    switch (w->type) {
    case ENCR:
        for (size_t i = 0; i < p->encr_count; i++)
            if (p->encr[i].id == w->id && p->encr[i].key_bits == w->key_bits)
                return 0;
        if (p->encr_count >= CONFIG_TRANSFORMS)
            return -1;
        p->encr[p->encr_count++] = (struct config_encr){w->id, w->key_bits};
        return 0;
    case PRF: return add_id(p->prf, &p->prf_count, w->id);
    case INTEG: return add_id(p->integ, &p->integ_count, w->id);
    case KE: return add_id(p->ke, &p->ke_count, w->id);
    default: return add_id(p->esn, &p->esn_count, w->id);
    }
}

/* The words of one proposal; NULL, or the name of the word that is not here. */
static const char *parse_words(const char *text, struct config_proposal *p, char bad[64])
{
    memset(p, 0, sizeof(*p));
    for (;;) {
        size_t len = strcspn(text, "-"), i = 0;
        while (i < sizeof(words) / sizeof(*words) &&
               (strlen(words[i].name) != len || strncmp(words[i].name, text, len) != 0))
            i++;
        if (i == sizeof(words) / sizeof(*words) || add_word(p, &words[i]) != 0) {
            (void)snprintf(bad, 64, "%.*s", (int)(len < 63 ? len : 63), text);
            return bad;
        }
        text += len;
        if (*text++ == '\0')
            return NULL;
    }
}

static bool has_cipher(const struct config_proposal *p, uint16_t id)
{
    for (size_t i = 0; i < p->encr_count; i++)
        if (p->encr[i].id == id)
            return true;
    return false;
}

/* NULL, or what is wrong. RFC 7296 3.3.3: an IKE proposal has a cipher, a prf, a key exchange
 * method, and an integrity algorithm unless the cipher is an AEAD one (RFC 5282 8). */
static const char *complete_ike(struct config_proposal *p)
{
    bool aead = has_cipher(p, ENCR_AES_GCM_16) || has_cipher(p, ENCR_CHACHA20_POLY1305);
    if (p->encr_count == 0)
        return "has no cipher";
    if (p->esn_count > 1 || (p->esn_count == 1 && p->esn[0]))
        return "has esn, which only ESP proposals have";
    if (aead && has_cipher(p, ENCR_AES_CBC))
        return "mixes AES-GCM and AES-CBC; write two proposals, separated by a comma";
    if (p->prf_count == 0)
        for (size_t i = 0; i < p->integ_count; i++)
            p->prf[p->prf_count++] = (uint16_t)(p->integ[i] - PRF_OF_INTEG);
    if (p->prf_count == 0)
        return aead ? "has no prf (as in aes256gcm16-prfsha384-ecp384)"
                   : "has no integrity algorithm (as in aes256-sha256-ecp256)";
    if (aead)
        p->integ_count = 0;
    else if (p->integ_count == 0)
        return "has no integrity algorithm (as in aes256-sha256-ecp256)";
    return p->ke_count == 0 ? "has no key exchange method (as ecp384 or x25519)" : NULL;
}

static const char *complete_esp(struct config_proposal *p)
{
    if (p->encr_count == 0)
        return "has no cipher";
    if (has_cipher(p, ENCR_AES_CBC))
        return "asks for AES-CBC, which the card does not have; write aes128gcm16 or aes256gcm16";
    if (has_cipher(p, ENCR_CHACHA20_POLY1305))
        return "asks for ChaCha20-Poly1305, which the card does not have; write aes128gcm16 or "
               "aes256gcm16";
    if (p->integ_count > 0)
        return "has an integrity algorithm beside AES-GCM";
    return p->prf_count > 0 ? "has a prf, which only IKE proposals have" : NULL;
}

struct target {
    struct config_proposal *list;
    size_t *count;
    const char *(*complete)(struct config_proposal *p);
    const char *const *defaults;
};

static const char *const ike_defaults[] = {
    "aes128gcm16-aes256gcm16-chacha20poly1305-prfsha256-prfsha384-prfsha512-"
    "x25519-ecp256-ecp384-ecp521-modp2048-modp3072-modp4096",
    "aes128-aes256-sha256-sha384-sha512-x25519-ecp256-ecp384-ecp521-modp2048-modp3072-modp4096",
    NULL,
};
static const char *const esp_defaults[] = {"aes128gcm16-aes256gcm16-esn-noesn", NULL};

static int add_defaults(const struct target *t)
{
    for (const char *const *d = t->defaults; *d; d++) {
        char bad[64];
        if (*t->count >= CONFIG_PROPOSALS)
            return -1;
        struct config_proposal *p = &t->list[*t->count];
        if (parse_words(*d, p, bad) || t->complete(p))
            return -1;
        (*t->count)++;
    }
    return 0;
}

static int read_one(struct reader *r, const struct setting *s, const char *item, void *into)
{
    const struct target *t = into;
    char bad[64];
    const char *why;
    if (strcmp(item, "default") == 0 ? add_defaults(t) != 0 : *t->count >= CONFIG_PROPOSALS)
        return reader_complain(r, s, "has more than %d proposals", CONFIG_PROPOSALS);
    if (strcmp(item, "default") == 0)
        return 0;
    struct config_proposal *p = &t->list[*t->count];
    if (parse_words(item, p, bad))
        return reader_complain(r, s, "%s: \"%s\" is not an algorithm supported here", item, bad);
    if ((why = t->complete(p)))
        return reader_complain(r, s, "%s: %s", item, why);
    (*t->count)++;
    return 0;
}

static struct target ike_target(struct config_conn *c)
{
    return (struct target){c->proposals, &c->proposal_count, complete_ike, ike_defaults};
}

static struct target esp_target(struct config_child *c)
{
    return (struct target){c->proposals, &c->proposal_count, complete_esp, esp_defaults};
}

int read_ike_proposals(struct reader *r, const struct setting *s, void *conn)
{
    struct target t = ike_target(conn);
    return read_list(r, s, &t, read_one);
}

int read_esp_proposals(struct reader *r, const struct setting *s, void *child)
{
    struct target t = esp_target(child);
    return read_list(r, s, &t, read_one);
}

void default_ike_proposals(struct config_conn *conn)
{
    struct target t = ike_target(conn);
    (void)add_defaults(&t); /* an empty list has room */
}

void default_esp_proposals(struct config_child *child)
{
    struct target t = esp_target(child);
    (void)add_defaults(&t);
}
