/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of Wireshark's ikev2_decryption_table and esp_sa. See keylog.h. */
#include "ctrl/sa/keylog.h"

#include <arpa/inet.h>
#include <stdio.h>

#include <openssl/crypto.h>

#include "ctrl/sa/text.h"

#define KEY_TEXT (2 * SECRET_MAX + 1)
#define LINE_BYTES (4 * KEY_TEXT + 512)

static void hex(const uint8_t *data, size_t len, char text[KEY_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        text[2 * i] = digits[data[i] >> 4];
        text[2 * i + 1] = digits[data[i] & 15];
    }
    text[2 * len] = '\0';
}

/* Wireshark's names; NULL: it can't decrypt that. */
static const char *encr_name(const struct suite *s)
{
    static char name[64];
    int n = -1;
    if (s->encr == ENCR_AES_GCM_16)
        n = snprintf(name, sizeof name, "AES-GCM-%u with 16 octet ICV [RFC5282]", s->key_bits);
    else if (s->encr == ENCR_AES_CBC)
        n = snprintf(name, sizeof name, "AES-CBC-%u [RFC3602]", s->key_bits);
    return n > 0 ? name : NULL;
}

static const char *integ_name(const struct suite *s)
{
    switch (s->integ) {
    case AUTH_HMAC_SHA2_256_128:
        return "HMAC_SHA2_256_128 [RFC4868]";
    case AUTH_HMAC_SHA2_384_192:
        return "HMAC_SHA2_384_192 [RFC4868]";
    case AUTH_HMAC_SHA2_512_256:
        return "HMAC_SHA2_512_256 [RFC4868]";
    default:
        return "NONE [RFC4306]";
    }
}

void keylog_ike(const struct ike_sa *sa)
{
    char ei[KEY_TEXT], er[KEY_TEXT], ai[KEY_TEXT], ar[KEY_TEXT], line[LINE_BYTES];
    const struct ike_keys *k = &sa->keys;
    const char *encr = encr_name(&sa->suite);
    if (!sa->m->env.keys || !encr)
        return;
    hex(k->from_i.enc.data, k->from_i.enc.len, ei);
    hex(k->from_r.enc.data, k->from_r.enc.len, er);
    hex(k->from_i.auth.data, k->from_i.auth.len, ai);
    hex(k->from_r.auth.data, k->from_r.auth.len, ar);
    int n = snprintf(line, sizeof line, "%016llx,%016llx,%s,%s,\"%s\",%s,%s,\"%s\"",
                     (unsigned long long)(sa->initiator ? sa->spi_own : sa->spi_peer),
                     (unsigned long long)(sa->initiator ? sa->spi_peer : sa->spi_own), ei, er, encr,
                     ai, ar, integ_name(&sa->suite));
    if (n > 0 && (size_t)n < sizeof line)
        sa->m->env.keys(sa->m->env.user, "ikev2_decryption_table", line);
    OPENSSL_cleanse(line, sizeof line);
    OPENSSL_cleanse(ei, sizeof ei);
    OPENSSL_cleanse(er, sizeof er);
    OPENSSL_cleanse(ai, sizeof ai);
    OPENSSL_cleanse(ar, sizeof ar);
}

static void one_way(const struct ike_sa *sa, const struct dp_child *dp, bool in)
{
    char src[INET6_ADDRSTRLEN] = "?", dst[INET6_ADDRSTRLEN] = "?", key[KEY_TEXT], line[LINE_BYTES];
    const struct espl_addr *from = in ? &dp->remote : &dp->local,
                           *to = in ? &dp->local : &dp->remote;
    bool v6 = from->family == ESPL_IPV6;
    inet_ntop(v6 ? AF_INET6 : AF_INET, from->bytes, src, sizeof src);
    inet_ntop(v6 ? AF_INET6 : AF_INET, to->bytes, dst, sizeof dst);
    hex(in ? dp->key_in : dp->key_out, dp->key_len, key);
    int n = snprintf(line, sizeof line,
                     "\"%s\",\"%s\",\"%s\",\"0x%08x\",\"AES-GCM with 16 octet ICV "
                     "[RFC4106]\",\"0x%s\",\"NULL\",\"\","
                     "\"%s\"",
                     v6 ? "IPv6" : "IPv4", src, dst, in ? dp->spi_in : dp->spi_out, key,
                     dp->esn ? "64-bit" : "32-bit");
    if (n > 0 && (size_t)n < sizeof line)
        sa->m->env.keys(sa->m->env.user, "esp_sa", line);
    OPENSSL_cleanse(line, sizeof line);
    OPENSSL_cleanse(key, sizeof key);
}

void keylog_child(const struct ike_sa *sa, const struct child_sa *child)
{
    if (!sa->m->env.keys)
        return;
    one_way(sa, &child->dp, true);
    one_way(sa, &child->dp, false);
}
