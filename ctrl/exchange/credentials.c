/* SPDX-License-Identifier: Apache-2.0 */
/* See credentials.h. */
#include "ctrl/exchange/credentials.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "ctrl/log/log.h"
#include "ctrl/sa/state.h"
#include "ctrl/signer/signer.h"

#define ROUNDS 16 /* of what can't be fetched at all; more than any chain has addresses */

/* ---------------------------------------------------------------- secrets */

/* Takes those with this name off the list. */
static bool forget(struct ike_manager *m, const char *name)
{
    bool found = false;
    for (struct config_secret **at = &m->config->secrets; *at;) {
        struct config_secret *s = *at;
        if (strcmp(s->name, name) != 0) {
            at = &s->next;
            continue;
        }
        *at = s->next;
        config_secret_free(s);
        found = true;
    }
    return found;
}

bool ike_manager_unload_secret(struct ike_manager *m, const char *name)
{
    enum signer_err err = signer_unload_secret(m->env.signer, name);
    return forget(m, name) && err == SIGNER_OK;
}

bool ike_manager_load_secret(struct ike_manager *m, struct config_secret *secret)
{
    struct config_secret **end = &m->config->secrets;
    enum signer_err err = signer_load_secret(m->env.signer, secret);
    if (err != SIGNER_OK)
        log_info("secret %s: %s", secret->name, signer_err_text(err));
    if (secret->data)
        OPENSSL_cleanse(secret->data, secret->len);
    secret->len = 0;
    if (*secret->name)
        (void)forget(m, secret->name);
    while (*end)
        end = &(*end)->next;
    *end = secret;
    secret->next = NULL;
    return err == SIGNER_OK;
}

/* ---------------------------------------------------------------- files */

static void take_key(struct ike_manager *m, struct config_cred *c)
{
    const struct signer_key *key;
    enum signer_err err =
        c->ticket ? signer_load_key_ticket(m->env.signer, c->ticket, c->passphrase, &key)
                  : signer_load_key_file(m->env.signer, c->fd, c->passphrase, &key);
    if (err != SIGNER_OK)
        log_info("%s: %s", c->path, signer_err_text(err));
    else
        log_debug("%s: %s key", c->path, sign_key_word(sign_key_type(key->public)));
}

static void take_creds(struct ike_manager *m, struct config *config)
{
    while (config->creds) {
        struct config_cred *c = config->creds;
        config->creds = c->next;
        if (c->kind == CRED_KEY)
            take_key(m, c);
        else if (!trust_add(m->trust, c->kind, c->data))
            log_info("%s: it can't be used", c->path);
        config_cred_free(c);
    }
}

void credentials_take(struct ike_manager *m, struct config *config)
{
    struct config_secret *secrets = config->secrets;
    config->secrets = NULL;
    while (secrets) {
        struct config_secret *s = secrets;
        secrets = s->next;
        (void)ike_manager_load_secret(m, s);
    }
    take_creds(m, config);
    while (config->authorities) {
        struct config_authority *a = config->authorities;
        config->authorities = a->next;
        trust_add_authority(m->trust, a);
    }
}

void credentials_clear(struct ike_manager *m)
{
    if (signer_clear(m->env.signer, true, true) != SIGNER_OK)
        log_info("the signer may still have keys and secrets");
    while (m->config->secrets) {
        struct config_secret *s = m->config->secrets;
        m->config->secrets = s->next;
        config_secret_free(s);
    }
    trust_clear(m->trust);
}

/* ---------------------------------------------------------------- revocation */

/* true: something failed at once, so the verdict may be another one now. */
static bool begin_fetches(struct ike_manager *m)
{
    const struct trust_fetch *f;
    bool failed = false;
    while ((f = trust_next_fetch(m->trust))) {
        log_debug("fetching %s", f->url);
        if (m->env.fetch && m->env.fetch(m->env.user, f->number, f->url, f->post, f->post_len))
            continue;
        trust_fetched(m->trust, f->number, NULL, 0);
        failed = true;
    }
    return failed;
}

enum trust_verdict credentials_revoked(struct ike_manager *m, STACK_OF(X509) * chain,
                                       enum config_revocation policy, char why[TRUST_WHY])
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        enum trust_verdict v = trust_revoked(m->trust, chain, policy, why);
        if (v != TRUST_WAIT || !begin_fetches(m))
            return v;
    }
    return TRUST_BAD;
}
