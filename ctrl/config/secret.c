/* SPDX-License-Identifier: Apache-2.0 */
/* secrets.ike<name>, eap<name>, ppk<name>: shared secrets, whose they are, and which one is used. */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "ctrl/config/reader.h"

static bool set_hex(struct config_secret *secret, const char *text)
{
    size_t len = strlen(text);
    if (len == 0 || len % 2 || strspn(text, "0123456789abcdefABCDEF") != len)
        return false;
    for (size_t i = 0; i < len; i += 2) {
        char pair[3] = {text[i], text[i + 1], '\0'};
        secret->data[secret->len++] = (uint8_t)strtoul(pair, NULL, 16);
        OPENSSL_cleanse(pair, sizeof(pair));
    }
    return true;
}

static bool set_base64(struct config_secret *secret, const char *text)
{
    size_t len = strlen(text);
    if (len == 0 || len % 4)
        return false;
    int n = EVP_DecodeBlock(secret->data, (const unsigned char *)text, (int)len);
    size_t pad = (size_t)(text[len - 1] == '=') + (size_t)(text[len - 2] == '=');
    if (n < 0 || (size_t)n < pad)
        return false;
    secret->len = (size_t)n - pad;
    return secret->len > 0;
}

const char *config_secret_decode(struct config_secret *secret, const char *text)
{
    size_t len = strlen(text);
    secret->data = malloc(len + 4);
    if (!secret->data)
        return "out of memory";
    memset(secret->data, 0, len + 4);
    secret->len = 0;
    if (strncmp(text, "0x", 2) == 0)
        return set_hex(secret, text + 2) ? NULL : "what follows 0x is not hexadecimal";
    if (strncmp(text, "0s", 2) == 0)
        return set_base64(secret, text + 2) ? NULL : "what follows 0s is not base64";
    memcpy(secret->data, text, len);
    secret->len = len;
    return NULL;
}

/* The signer has it already, or it is here. */
static int read_secret_data(struct reader *r, const struct setting *s, void *into)
{
    struct config_secret *secret = into;
    if (*s->value == SECRET_HELD) {
        secret->number = (uint32_t)strtoul(s->value + 1, NULL, 10);
        return 0;
    }
    const char *wrong = config_secret_decode(secret, s->value);
    return wrong ? reader_complain(r, s, "%s", wrong) : 0;
}

static int read_id(struct reader *r, const struct setting *s, struct config_secret *secret)
{
    if (secret->id_count >= sizeof(secret->ids) / sizeof(*secret->ids))
        return reader_complain(r, s, "has more than %zu identities",
                               sizeof(secret->ids) / sizeof(*secret->ids));
    struct config_id *id = &secret->ids[secret->id_count];
    if (!config_id_parse(s->value, id))
        return reader_complain(r, s, "%s is no identity supported here", s->value);
    if (id->type != 0) /* %any: says nothing */
        secret->id_count++;
    return 0;
}

static int read_secret(struct reader *r, const struct section *section,
                       struct config_secret *secret)
{
    for (const struct setting *s = section->settings; s; s = s->next) {
        if (!*s->value)
            continue;
        int rc = strcmp(s->key, "secret") == 0 ? read_secret_data(r, s, secret)
                 : strncmp(s->key, "id", 2) == 0
                     ? read_id(r, s, secret)
                     : reader_complain(r, s, "is not a word of swanctl.conf");
        if (rc != 0)
            return -1;
    }
    if (section->sections)
        return reader_complain_section(r, section->sections, "%s: is not a section of swanctl.conf",
                                       section->sections->name);
    return secret->len > 0 || secret->number
               ? 0
               : reader_complain_section(r, section, "secret is missing");
}

void config_secret_free(struct config_secret *secret)
{
    if (secret->data)
        OPENSSL_cleanse(secret->data, secret->len);
    free(secret->data);
    free(secret->name);
    free(secret);
}

static bool secret_kind(const char *name, enum config_secret_kind *kind)
{
    static const char *const words[] = {[SECRET_IKE] = "ike", [SECRET_EAP] = "eap",
                                        [SECRET_PPK] = "ppk"};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (strncmp(name, words[i], 3) == 0) {
            *kind = (enum config_secret_kind)i;
            return true;
        }
    return false;
}

bool secret_is_passphrase(const char *section)
{
    static const char *const words[] = {"private", "rsa", "ecdsa", "pkcs8"};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (strncmp(section, words[i], strlen(words[i])) == 0)
            return true;
    return false;
}

struct config_secret *read_passphrase(struct reader *r, const struct setting *s)
{
    struct config_secret *secret = calloc(1, sizeof(*secret));
    if (secret && read_secret_data(r, s, secret) == 0)
        return secret;
    if (secret)
        config_secret_free(secret);
    else
        reader_complain(r, s, "out of memory");
    return NULL;
}

int read_secrets(struct reader *r, const struct section *section)
{
    struct config_secret **end = &r->config->secrets;
    if (section->settings)
        return reader_complain(r, section->settings, "is not a word of swanctl.conf");
    for (const struct section *s = section->sections; s; s = s->next) {
        size_t mark = reader_enter(r, s->name);
        enum config_secret_kind kind;
        if (secret_is_passphrase(s->name)) { /* creds.c gives it to its file */
            reader_leave(r, mark);
            continue;
        }
        if (!secret_kind(s->name, &kind))
            return reader_complain_section(
                r, s, "secrets of this kind are not supported here; ike, eap, ppk and private are");
        struct config_secret *secret = calloc(1, sizeof(*secret));
        if (!secret || !(secret->name = strdup(s->name))) {
            free(secret);
            return reader_complain_section(r, s, "out of memory");
        }
        secret->kind = kind;
        *end = secret;
        end = &secret->next;
        if (read_secret(r, s, secret) != 0)
            return -1;
        reader_leave(r, mark);
    }
    return 0;
}

static bool names(const struct config_secret *secret, const struct config_id *id)
{
    for (size_t i = 0; i < secret->id_count; i++)
        if (config_id_equal(&secret->ids[i], id))
            return true;
    return false;
}

/* A secret shared with others only is nobody else's: one that names us and a third party fits
 * nobody here. */
static int fitness(const struct config_secret *secret, const struct config_id *local,
                   const struct config_id *remote)
{
    bool here = names(secret, local), there = names(secret, remote);
    if (there)
        return here ? 4 : 3;
    if (here && secret->id_count == 1)
        return 2;
    return secret->id_count == 0 ? 1 : 0;
}

const struct config_secret *config_find_secret(const struct config_secret *secrets,
                                               enum config_secret_kind kind,
                                               const struct config_id *local,
                                               const struct config_id *remote)
{
    const struct config_secret *best = NULL;
    int best_fit = 0;
    for (const struct config_secret *s = secrets; s; s = s->next) {
        int fit = s->kind == kind ? fitness(s, local, remote) : 0;
        if (fit > best_fit) {
            best = s;
            best_fit = fit;
        }
    }
    return best;
}
