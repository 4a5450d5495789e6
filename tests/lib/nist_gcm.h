/* SPDX-License-Identifier: Apache-2.0 */
/* NIST's GCM vectors, record by record: CAVS files of Debian's python3-cryptography-vectors. */
#ifndef TESTS_LIB_NIST_GCM_H
#define TESTS_LIB_NIST_GCM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define NIST_GCM_DIR "/usr/lib/python3/dist-packages/cryptography_vectors/ciphers/AES/GCM/"
#define NIST_GCM_MAX 128 /* bytes, of any field; IVs of 1024 bits are the longest */

struct nist_field {
    uint8_t bytes[NIST_GCM_MAX];
    size_t len;
};

struct nist_gcm {
    struct nist_field key, iv, pt, aad, ct, tag;
    bool fail; /* the tag is wrong; pt is empty */
};

/* The next record of the file; false at its end. Fails the running test on a malformed line. */
bool nist_gcm_next(FILE *f, struct nist_gcm *r);

#endif
