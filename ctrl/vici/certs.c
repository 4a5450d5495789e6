/* SPDX-License-Identifier: Apache-2.0 */
/* load-cert, load-key, authorities: certificates go to the store of trust; private keys the
 * signer has already, by a number, and only their names come back. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>

#include "ctrl/exchange/credentials.h"
#include "ctrl/sa/state.h"
#include "ctrl/signer/signer.h"
#include "ctrl/vici/commands.h"

#define KEYID_TEXT (2 * SIGN_KEYID_LEN + 1)

static struct trust *trust_of(const struct vici_request *r)
{
    return r->vici->env.ike->trust;
}

/* ---------------------------------------------------------------- certificates */

bool vici_load_cert(struct vici_request *r)
{
    char type[32], flag[16];
    struct vici_element data;
    if (!vici_text(r->message, "type", type, sizeof(type)) ||
        !vici_text(r->message, "flag", flag, sizeof(flag)) ||
        !vici_value(r->message, "data", &data))
        return vici_refuse(r, "type, flag and data are needed");
    bool crl = strcasecmp(type, "x509_crl") == 0;
    if (strcasecmp(type, "pubkey") == 0) /* it comes again with the connection that names it */
        return vici_succeed(r);
    if (!crl && strcasecmp(type, "x509") != 0)
        return vici_refuse(r, "type: %s is not supported by espalierd", type);
    struct config_blob *b = config_blob_new(crl ? BLOB_CRL : BLOB_CERT, data.value, data.len);
    enum config_cred_kind kind = crl ? CRED_CRL : strcasecmp(flag, "ca") == 0 ? CRED_CA : CRED_CERT;
    bool ok = b && trust_add(trust_of(r), kind, b);
    config_blobs_free(b);
    return ok ? vici_succeed(r) : vici_refuse(r, "data: it is no %s", crl ? "CRL" : "certificate");
}

bool vici_flush_certs(struct vici_request *r)
{
    trust_flush(trust_of(r));
    return vici_succeed(r);
}

struct listing {
    struct vici_request *r;
    char type[32], flag[16];
};

static bool has_key(const struct vici_request *r, const uint8_t *der, size_t len)
{
    X509 *cert = d2i_X509(NULL, &der, (long)len);
    EVP_PKEY *key = cert ? X509_get0_pubkey(cert) : NULL;
    bool found = key && signer_find_key(r->vici->env.ike->env.signer, key);
    X509_free(cert);
    return found;
}

static void list_cert(void *user, enum config_cred_kind kind, const uint8_t *der, size_t len)
{
    const struct listing *l = user;
    struct vici_out o;
    const char *type = kind == CRED_CRL ? "X509_CRL" : "X509";
    const char *flag = kind == CRED_CA ? "CA" : "NONE";
    if ((*l->type && strcasecmp(l->type, "any") != 0 && strcasecmp(l->type, type) != 0) ||
        (*l->flag && strcasecmp(l->flag, "any") != 0 && strcasecmp(l->flag, flag) != 0))
        return;
    vici_out_begin(&o, VICI_EVENT, vici_event_names[VICI_LIST_CERT]);
    vici_add(&o, "type", "%s", type);
    vici_add(&o, "flag", "%s", flag);
    if (kind == CRED_CERT && has_key(l->r, der, len))
        vici_add(&o, "has_privkey", "yes");
    vici_put(&o, "data", der, len);
    vici_send(l->r->client, &o);
}

bool vici_list_certs(struct vici_request *r)
{
    struct listing l = {.r = r};
    if (!vici_text(r->message, "type", l.type, sizeof(l.type)) ||
        !vici_text(r->message, "flag", l.flag, sizeof(l.flag)))
        return vici_refuse(r, "type or flag is too long");
    if (r->client->events & 1u << VICI_LIST_CERT)
        trust_each(trust_of(r), list_cert, &l);
    return true;
}

/* ---------------------------------------------------------------- private keys */

static void keyid_text(const struct signer_key *key, char text[KEYID_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < SIGN_KEYID_LEN; i++) {
        text[2 * i] = digits[key->id[i] >> 4];
        text[2 * i + 1] = digits[key->id[i] & 15];
    }
    text[2 * SIGN_KEYID_LEN] = '\0';
}

bool vici_load_key(struct vici_request *r)
{
    char id[KEYID_TEXT], number[16];
    const struct signer_key *key;
    if (!vici_text(r->message, "data", number, sizeof(number)) || !*number)
        return vici_refuse(r, "data: it is missing, or longer than %d bytes", SIGNER_DER_MAX);
    enum signer_err err = signer_load_key_held(r->vici->env.ike->env.signer,
                                               (uint32_t)strtoul(number, NULL, 10), &key);
    if (err != SIGNER_OK)
        return vici_refuse(r, "%s", signer_err_text(err));
    keyid_text(key, id);
    vici_add(&r->out, "success", "yes");
    vici_add(&r->out, "id", "%s", id);
    return true;
}

bool vici_unload_key(struct vici_request *r)
{
    struct signer *s = r->vici->env.ike->env.signer;
    char id[KEYID_TEXT + 8], text[KEYID_TEXT];
    if (!vici_text(r->message, "id", id, sizeof(id)))
        return vici_refuse(r, "id: it is too long");
    for (const struct signer_key *k = signer_keys(s); k; k = k->next) {
        keyid_text(k, text);
        if (strcasecmp(text, id) != 0)
            continue;
        return signer_unload_key(s, k->id) == SIGNER_OK ? vici_succeed(r)
                                                        : vici_refuse(r, "the signer failed");
    }
    return vici_refuse(r, "there is no private key of that id");
}

bool vici_get_keys(struct vici_request *r)
{
    vici_list(&r->out, "keys");
    for (const struct signer_key *k = signer_keys(r->vici->env.ike->env.signer); k; k = k->next) {
        char id[KEYID_TEXT];
        keyid_text(k, id);
        vici_item(&r->out, id);
    }
    vici_list_end(&r->out);
    return true;
}

/* ---------------------------------------------------------------- authorities */

bool vici_load_authority(struct vici_request *r)
{
    struct config *config = vici_read_config(r, "authorities");
    if (config) {
        credentials_take(r->vici->env.ike, config);
        vici_succeed(r);
    }
    config_unref(config);
    return true;
}

bool vici_unload_authority(struct vici_request *r)
{
    char name[VICI_NAME];
    if (!vici_text(r->message, "name", name, sizeof(name)) ||
        !trust_remove_authority(trust_of(r), name))
        return vici_refuse(r, "there is no authority of that name");
    return vici_succeed(r);
}

bool vici_get_authorities(struct vici_request *r)
{
    vici_list(&r->out, "authorities");
    for (const struct config_authority *a = trust_authorities(trust_of(r)); a; a = a->next)
        vici_item(&r->out, a->name);
    vici_list_end(&r->out);
    return true;
}

static void put_uris(struct vici_out *o, const char *key, char *const uris[CONFIG_URIS])
{
    vici_list(o, key);
    for (size_t i = 0; i < CONFIG_URIS && uris[i]; i++)
        vici_item(o, uris[i]);
    vici_list_end(o);
}

bool vici_list_authorities(struct vici_request *r)
{
    char name[VICI_NAME];
    if (!vici_text(r->message, "name", name, sizeof(name)))
        return vici_refuse(r, "the name to choose by is too long");
    if (!(r->client->events & 1u << VICI_LIST_AUTHORITY))
        return true;
    for (const struct config_authority *a = trust_authorities(trust_of(r)); a; a = a->next) {
        const unsigned char *at = a->cacert->data;
        X509 *ca = d2i_X509(NULL, &at, (long)a->cacert->len);
        char *subject = ca ? X509_NAME_oneline(X509_get_subject_name(ca), NULL, 0) : NULL;
        struct vici_out o;
        X509_free(ca);
        if (*name && strcmp(name, a->name) != 0) {
            OPENSSL_free(subject);
            continue;
        }
        vici_out_begin(&o, VICI_EVENT, vici_event_names[VICI_LIST_AUTHORITY]);
        vici_section(&o, a->name);
        vici_add(&o, "cacert", "%s", subject ? subject : "");
        put_uris(&o, "crl_uris", a->crl_uris);
        put_uris(&o, "ocsp_uris", a->ocsp_uris);
        vici_section_end(&o);
        vici_send(r->client, &o);
        OPENSSL_free(subject);
    }
    return true;
}
