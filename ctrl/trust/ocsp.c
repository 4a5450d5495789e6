/* SPDX-License-Identifier: Apache-2.0 */
/* OCSP (RFC 6960): a question about one certificate, and what an answer is worth. */
#include <openssl/ocsp.h>
#include <string.h>
#include <time.h>

#include "ctrl/trust/store.h"

#define SKEW 300       /* seconds that clocks may differ */
#define ANSWER_AGE 600 /* how long an answer is kept that does not say until when it is true */

static OCSP_CERTID *cert_id(X509 *cert, X509 *issuer)
{
    return OCSP_cert_to_id(EVP_sha1(), cert, issuer); /* RFC 6960 4.3: every responder knows it */
}

bool ocsp_request(X509 *cert, X509 *issuer, unsigned char **der, size_t *len)
{
    OCSP_REQUEST *req = OCSP_REQUEST_new();
    OCSP_CERTID *id = cert_id(cert, issuer);
    int n = -1;
    if (req && id && OCSP_request_add0_id(req, id)) {
        id = NULL;
        n = i2d_OCSP_REQUEST(req, der);
    }
    OCSP_CERTID_free(id);
    OCSP_REQUEST_free(req);
    *len = n > 0 ? (size_t)n : 0;
    return n > 0;
}

/* Signed by the issuer, or by one to whom the issuer gave a certificate for it: so the only
 * certificate that is trusted here is the issuer's. */
static bool signature_right(OCSP_BASICRESP *basic, X509 *issuer)
{
    STACK_OF(X509) *certs = sk_X509_new_null();
    X509_STORE *store = X509_STORE_new();
    bool ok = certs && store && sk_X509_push(certs, issuer) > 0 &&
              X509_STORE_add_cert(store, issuer) == 1 &&
              X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN) == 1 &&
              OCSP_basic_verify(basic, certs, store, 0) == 1;
    X509_STORE_free(store);
    sk_X509_free(certs);
    return ok;
}

static time_t until(const ASN1_GENERALIZEDTIME *next, time_t now)
{
    int days, seconds;
    if (!next || ASN1_TIME_diff(&days, &seconds, NULL, next) != 1)
        return now + ANSWER_AGE;
    return now + (time_t)days * 86400 + seconds + SKEW;
}

static bool status(OCSP_BASICRESP *basic, X509 *cert, X509 *issuer, struct trust_answer *answer)
{
    OCSP_CERTID *id = cert_id(cert, issuer);
    ASN1_GENERALIZEDTIME *revoked_at, *this_update, *next_update;
    int what, reason;
    bool ok =
        id &&
        OCSP_resp_find_status(basic, id, &what, &reason, &revoked_at, &this_update, &next_update) ==
            1 &&
        OCSP_check_validity(this_update, next_update, SKEW, next_update ? -1 : ANSWER_AGE) == 1 &&
        what != V_OCSP_CERTSTATUS_UNKNOWN;
    if (ok) {
        answer->good = what == V_OCSP_CERTSTATUS_GOOD;
        answer->revoked = what == V_OCSP_CERTSTATUS_REVOKED;
        answer->until = until(next_update, time(NULL));
    }
    OCSP_CERTID_free(id);
    return ok;
}

bool ocsp_read(X509 *cert, X509 *issuer, const uint8_t *data, size_t len,
               struct trust_answer *answer)
{
    const unsigned char *at = data;
    OCSP_RESPONSE *resp = d2i_OCSP_RESPONSE(NULL, &at, (long)len);
    OCSP_BASICRESP *basic = NULL;
    bool ok = false;
    if (resp && at == data + len && OCSP_response_status(resp) == OCSP_RESPONSE_STATUS_SUCCESSFUL)
        basic = OCSP_response_get1_basic(resp);
    if (basic)
        ok = signature_right(basic, issuer) && status(basic, cert, issuer, answer);
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(resp);
    return ok;
}
