/* SPDX-License-Identifier: Apache-2.0 */
/* A CA, and for each side of the lab a certificate with its key. Freed by pki_free. */
#ifndef TESTS_LAB_PKI_H
#define TESTS_LAB_PKI_H

#include "tests/ctrl/exchange/lab.h"
#include "tests/ctrl/trust/pki.h"

struct lab_pki {
    EVP_PKEY *root_key, *keys[2];
    X509 *root, *certs[2]; /* a.example, b.example */
};

/* crl: where the CRL of both is; NULL: nowhere. */
void lab_pki_make(struct lab_pki *p, const char *kind, const char *crl);
/* Both sides get their own certificate and key, and the CA. */
void lab_pki_equip(const struct lab_pki *p, struct lab *lab);

#endif
