/* SPDX-License-Identifier: Apache-2.0 */
/* See lab_pki.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ctrl/sa/state.h"
#include "ctrl/trust/trust.h"
#include "tests/ctrl/exchange/lab_pki.h"

void lab_pki_make(struct lab_pki *p, const char *kind, const char *crl)
{
    const struct pki_cert r = {.name = "root", .ca = true};
    const struct pki_cert hosts[] = {{.name = "a.example", .crl = crl},
                                     {.name = "b.example", .crl = crl}};
    p->root_key = pki_key("EC:P-256");
    p->root = pki_cert(p->root_key, &r, NULL, NULL);
    for (int i = 0; i < 2; i++) {
        p->keys[i] = pki_key(kind);
        p->certs[i] = pki_cert(p->keys[i], &hosts[i], p->root, p->root_key);
    }
}

static void equip(const struct lab_pki *p, struct lab_side *s)
{
    struct config_blob *b = pki_blob(p->certs[s->index]), *ca = pki_blob(p->root);
    unsigned char *der = NULL;
    const struct signer_key *loaded;
    int len = i2d_PrivateKey(p->keys[s->index], &der);
    assert_true(trust_add(s->m->trust, CRED_CERT, b) && trust_add(s->m->trust, CRED_CA, ca));
    assert_int_equal(
        signer_load_key(s->signer, (struct piece){der, (size_t)len}, (struct piece){0}, &loaded),
        SIGNER_OK);
    OPENSSL_free(der);
    config_blobs_free(b);
    config_blobs_free(ca);
}

void lab_pki_equip(const struct lab_pki *p, struct lab *lab)
{
    for (unsigned i = 0; i < 2; i++)
        equip(p, &lab->side[i]);
}
