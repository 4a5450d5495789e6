/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates that connections name are decoded once. See store.h. */
#include <string.h>

#include "ctrl/trust/store.h"

void named_clear(struct trust *t)
{
    for (size_t i = 0; i < STORE_NAMED; i++) {
        X509_free(t->named[i].cert);
        t->named[i].cert = NULL;
    }
}

X509 *store_named(struct trust *t, const struct config_blob *blob)
{
    uint8_t hash[sizeof t->named->hash];
    const unsigned char *at = blob->data;
    if (EVP_Digest(blob->data, blob->len, hash, NULL, EVP_sha256(), NULL) != 1)
        return NULL;
    for (size_t i = 0; i < STORE_NAMED; i++)
        if (t->named[i].cert && memcmp(t->named[i].hash, hash, sizeof hash) == 0)
            return X509_up_ref(t->named[i].cert) == 1 ? t->named[i].cert : NULL;
    X509 *cert = d2i_X509(NULL, &at, (long)blob->len);
    if (!cert || X509_up_ref(cert) != 1)
        return cert;
    struct trust_named *n = &t->named[t->next_named++ % STORE_NAMED]; /* the oldest goes */
    X509_free(n->cert);
    n->cert = cert;
    memcpy(n->hash, hash, sizeof hash);
    return cert;
}
