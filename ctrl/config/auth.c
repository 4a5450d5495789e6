/* SPDX-License-Identifier: Apache-2.0 */
/* connections.<name>.local and .remote: how each side proves who it is. */
#include <stdlib.h>
#include <string.h>

#include "ctrl/config/reader.h"

/* One section while it is read. */
struct auth_reader {
    struct config_auth *auth;
    struct config_id *id;
    bool local;
};

void config_auth_clear(struct config_auth *a)
{
    config_blobs_free(a->certs);
    config_blobs_free(a->cacerts);
    config_blobs_free(a->pubkeys);
    free(a->eap_id);
    *a = (struct config_auth){.kind = CONFIG_AUTH_NONE};
}

/* ---------------------------------------------------------------- auth = rsa/pss-3072-sha256 */

static const struct key_word {
    const char *word;
    uint8_t keys;
    bool pss;
} key_words[] = {
    {"pubkey", 0, false},         {"rsa/pss", SIGN_RSA, true},      {"rsa", SIGN_RSA, false},
    {"ecdsa", SIGN_ECDSA, false}, {"ed25519", SIGN_ED25519, false},
};

static const struct hash_word {
    const char *word;
    uint8_t hash;
} hash_words[] = {
    {"sha1", SIGN_SHA1},     {"sha256", SIGN_SHA256},     {"sha384", SIGN_SHA384},
    {"sha512", SIGN_SHA512}, {"identity", SIGN_IDENTITY},
};

/* The next of the words between hyphens; NULL: too long, or none where one has to be. */
static const char *next_word(const char *at, char word[32])
{
    size_t len = strcspn(at, "-");
    if (len == 0 || len >= 32 || (at[len] && !at[len + 1]))
        return NULL;
    memcpy(word, at, len);
    word[len] = '\0';
    return at + len + (at[len] == '-');
}

static const struct key_word *find_key_word(const char *word)
{
    for (size_t i = 0; i < sizeof(key_words) / sizeof(*key_words); i++)
        if (strcmp(key_words[i].word, word) == 0)
            return &key_words[i];
    return NULL;
}

/* A hash, or the least size of the kind of key that was named last. */
static bool add_limit(struct sign_rule *rule, uint8_t last, const char *word)
{
    uint32_t bits;
    for (size_t i = 0; i < sizeof(hash_words) / sizeof(*hash_words); i++)
        if (strcmp(hash_words[i].word, word) == 0) {
            rule->hashes = (uint8_t)(rule->hashes | SIGN_HASH_BIT(hash_words[i].hash));
            return true;
        }
    if (!value_number(word, 16384, &bits))
        return false;
    if (last == SIGN_ECDSA)
        rule->ecdsa_bits = (uint16_t)bits;
    else if (last == SIGN_RSA)
        rule->rsa_bits = (uint16_t)bits;
    return last == SIGN_ECDSA || last == SIGN_RSA;
}

/* The first word names a kind of key. */
static bool parse_rule(const char *text, struct sign_rule *rule)
{
    char word[32];
    uint8_t last = 0;
    bool first = true;
    if (strncmp(text, "ike:", 4) == 0) /* strongSwan's: of IKE only, not of certificates */
        text += 4;
    for (const char *at = text; (first || *at); first = false) {
        at = next_word(at, word);
        const struct key_word *key = at ? find_key_word(word) : NULL;
        if (!at || (!key && (first || !add_limit(rule, last, word))))
            return false;
        if (!key)
            continue;
        last = key->keys;
        rule->keys = (uint8_t)(rule->keys | key->keys);
        rule->pss |= key->pss;
    }
    return true;
}

static int read_method(struct reader *r, const struct setting *s, void *into)
{
    struct auth_reader *a = into;
    a->auth->rule = (struct sign_rule){.keys = 0};
    a->auth->kind = CONFIG_AUTH_PUBKEY;
    if (strcmp(s->value, "psk") == 0)
        a->auth->kind = CONFIG_AUTH_PSK;
    else if (strcmp(s->value, "eap") == 0 || strcmp(s->value, "eap-mschapv2") == 0)
        a->auth->kind = CONFIG_AUTH_EAP;
    else if (!parse_rule(s->value, &a->auth->rule))
        return reader_complain(r, s,
                               "%s is not supported here; psk, pubkey (rsa, rsa/pss, ecdsa, "
                               "ed25519, with key sizes and hashes) and eap-mschapv2 are",
                               s->value);
    return 0;
}

/* ---------------------------------------------------------------- the other words */

static int read_id(struct reader *r, const struct setting *s, void *into)
{
    struct auth_reader *a = into;
    if (!config_id_parse(s->value, a->id))
        return reader_complain(r, s, "%s is no identity supported here", s->value);
    return a->local && config_id_is_pattern(a->id)
               ? reader_complain(r, s, "%s names many, and this side is one", s->value)
               : 0;
}

static int read_eap_id(struct reader *r, const struct setting *s, void *into)
{
    struct auth_reader *a = into;
    free(a->auth->eap_id);
    a->auth->eap_id = strdup(s->value);
    return a->auth->eap_id ? 0 : reader_complain(r, s, "out of memory");
}

static int add_cert(struct reader *r, const struct setting *s, const char *item, void *into)
{
    struct auth_reader *a = into;
    return read_blob(r, s, item, "x509", BLOB_CERT, &a->auth->certs);
}

static int add_cacert(struct reader *r, const struct setting *s, const char *item, void *into)
{
    struct auth_reader *a = into;
    return read_blob(r, s, item, "x509ca", BLOB_CERT, &a->auth->cacerts);
}

static int add_pubkey(struct reader *r, const struct setting *s, const char *item, void *into)
{
    struct auth_reader *a = into;
    return read_blob(r, s, item, "pubkey", BLOB_PUBKEY, &a->auth->pubkeys);
}

static int read_certs(struct reader *r, const struct setting *s, void *into)
{
    return read_list(r, s, into, add_cert);
}

static int read_cacerts(struct reader *r, const struct setting *s, void *into)
{
    return read_list(r, s, into, add_cacert);
}

static int read_pubkeys(struct reader *r, const struct setting *s, void *into)
{
    return read_list(r, s, into, add_pubkey);
}

static int read_revocation(struct reader *r, const struct setting *s, void *into)
{
    struct auth_reader *a = into;
    if (strcmp(s->value, "relaxed") == 0)
        a->auth->revocation = CONFIG_REVOCATION_RELAXED;
    else if (strcmp(s->value, "ifuri") == 0)
        a->auth->revocation = CONFIG_REVOCATION_IFURI;
    else if (strcmp(s->value, "strict") == 0)
        a->auth->revocation = CONFIG_REVOCATION_STRICT;
    else
        return reader_complain(r, s, "%s is none of relaxed, ifuri, strict", s->value);
    return 0;
}

static const struct key auth_keys[] = {
    KEY_WITH("auth", read_method),
    KEY_WITH("id", read_id),
    KEY_WITH("eap_id", read_eap_id),
    KEY_WITH("certs", read_certs),
    KEY_WITH("cacerts", read_cacerts),
    KEY_WITH("pubkeys", read_pubkeys),
    KEY_WITH("revocation", read_revocation),
    KEY_MUST("round", "0"),
    KEY_NOT("cert_policy"),
    KEY_NOT("ca_id"),
    KEY_NOT("aaa_id"),
    KEY_NOT("xauth_id"),
    KEY_NOT("groups"),
};

int read_auth(struct reader *r, const struct section *s, bool local, struct config_conn *c)
{
    struct auth_reader a = {local ? &c->local : &c->remote, local ? &c->local_id : &c->remote_id,
                            local};
    a.auth->kind = CONFIG_AUTH_PUBKEY; /* as in swanctl.conf */
    if (read_keys(r, s, auth_keys, sizeof(auth_keys) / sizeof(*auth_keys), &a) != 0)
        return -1;
    if (s->sections)
        return reader_complain_section(r, s->sections, "%s: is not a section of swanctl.conf",
                                       s->sections->name);
    return 0;
}

/* ---------------------------------------------------------------- both sides together */

int check_auth(struct reader *r, const struct section *s, struct config_conn *c)
{
    if (c->local.kind == CONFIG_AUTH_NONE || c->remote.kind == CONFIG_AUTH_NONE)
        return reader_complain_section(r, s, "the section %s is missing",
                                       c->local.kind == CONFIG_AUTH_NONE ? "local" : "remote");
    /* RFC 7296 2.16: EAP is for one side only, and the other one has a certificate */
    if ((c->local.kind == CONFIG_AUTH_EAP && c->remote.kind != CONFIG_AUTH_PUBKEY) ||
        (c->remote.kind == CONFIG_AUTH_EAP && c->local.kind != CONFIG_AUTH_PUBKEY))
        return reader_complain_section(r, s,
                                       "auth = eap-mschapv2 needs auth = pubkey at the other "
                                       "side");
    if (c->local.kind == CONFIG_AUTH_PUBKEY && c->local_id.type == 0 && c->local.certs &&
        !blob_subject(c->local.certs, &c->local_id))
        return reader_complain_section(r, s,
                                       "id is missing, and the subject of the certificate is "
                                       "too long to be it");
    if (c->ppk_id && (c->local.kind == CONFIG_AUTH_EAP || c->remote.kind == CONFIG_AUTH_EAP))
        return reader_complain_section(r, s, "ppk_id with EAP is not supported here");
    if (c->ppk_required && !c->ppk_id)
        return reader_complain_section(r, s, "ppk_required = yes without ppk_id");
    return 0;
}
