/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes in CERT and AUTH payloads before anybody is known: certificates, AlgorithmIdentifiers
 * (RFC 7427), ECDSA's two forms. Input: the first byte chooses which. A stranger's certificate never
 * makes a chain.
 */
#include <assert.h>
#include <string.h>

#include "ctrl/crypto/sigalg.h"
#include "ctrl/log/log.h"
#include "ctrl/trust/trust.h"
#include "tests/fuzz/fuzz.h"

static void certificate(struct piece in, unsigned count)
{
    char why[TRUST_WHY];
    struct config_auth conf = {.kind = CONFIG_AUTH_PUBKEY};
    struct config_id id = {.type = 2, .len = 9, .data = "a.example"};
    struct trust_peer peer = {.conf = &conf, .id = &id};
    struct trust *t = trust_new();
    assert(t);
    for (unsigned i = 0; i < count && i < TRUST_CERTS; i++) {
        peer.certs[i].p = in.p;
        peer.certs[i].n = in.n;
        peer.count++;
    }
    assert(!trust_chain(t, &peer, why));
    trust_free(t);
}

static void of_files(struct piece in)
{
    static const enum config_blob_kind kinds[] = {BLOB_CERT, BLOB_CRL, BLOB_PUBKEY};
    static const enum config_cred_kind creds[] = {CRED_CERT, CRED_CRL, CRED_CA};
    struct trust *t = trust_new();
    assert(t);
    for (size_t i = 0; i < 3; i++) {
        struct config_blob *blob = config_blob_new(kinds[i], in.p, in.n);
        if (blob)
            (void)trust_add(t, creds[i], blob);
        config_blobs_free(blob);
    }
    trust_free(t);
}

static void signature(struct piece in)
{
    struct sign_scheme scheme;
    struct piece rest;
    if (sigalg_read(in, &scheme, &rest)) {
        uint8_t again[256];
        size_t n = sigalg_write(&scheme, again, sizeof again);
        /* DER has one form for everything: what was read is what would be written */
        assert(n == in.n - rest.n && memcmp(again, in.p, n) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct feed f = {data, len};
    uint8_t what = feed_u8(&f);
    const struct piece in = {f.data, f.len};
    log_init(NULL, false);
    switch (what & 3) {
    case 0:
        certificate(in, 1u + (what >> 2));
        break;
    case 1:
        of_files(in);
        break;
    default:
        signature(in);
    }
    return 0;
}
