/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EAP packets from the other side: a client in front of our server, a server in front of our client.
 * Input: flags (0: we are the client, 1: the server asks for the identity), then packets, each behind
 * its length in units of 2. Nobody without the secret may be told that it worked.
 */
#include <assert.h>
#include <string.h>

#include "ctrl/eap/eap.h"
#include "ctrl/log/log.h"
#include "tests/fuzz/fuzz.h"

#define PACKETS 8

static void name(struct config_id *id, const char *text)
{
    memset(id, 0, sizeof *id);
    id->type = 2; /* ID_FQDN */
    id->len = strlen(text);
    memcpy(id->data, text, id->len);
    (void)strcpy(id->text, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const uint8_t secret[] = "only the two of us";
    struct feed f = {data, len};
    uint8_t flags = feed_u8(&f), out[EAP_PACKET_MAX];
    size_t out_len;
    struct config_id id;
    enum eap_result result = EAP_GOES_ON;
    log_init(NULL, false);
    name(&id, "carol");
    struct signer *signer = signer_here();
    struct config_secret mine = {.kind = SECRET_EAP, .ids = {id}, .id_count = 1};
    mine.data = (uint8_t *)(uintptr_t)secret;
    mine.len = sizeof secret - 1;
    mine.name = (char *)(uintptr_t)"eap-carol";
    assert(signer && signer_load_secret(signer, &mine) == SIGNER_OK);
    struct eap *e = flags & 1 ? eap_client_new(signer, &id)
                              : eap_server_new(signer, &id, flags & 2, "gateway");
    assert(e);
    if (!(flags & 1))
        result = eap_begin(e, out, &out_len);
    for (unsigned i = 0; i < PACKETS && f.len && result == EAP_GOES_ON; i++) {
        struct feed packet = {NULL, 0};
        size_t n = (size_t)feed_u8(&f) * 2;
        packet.data = f.data;
        packet.len = n < f.len ? n : f.len;
        f.data += packet.len;
        f.len -= packet.len;
        result = eap_input(e, (struct piece){packet.data, packet.len}, out, &out_len);
        assert(out_len <= EAP_PACKET_MAX || result == EAP_SUCCESS);
    }
    assert(result != EAP_SUCCESS); /* RFC 3748 4.2: not before a method has ended */
    eap_free(e);
    signer_free(signer);
    return 0;
}
