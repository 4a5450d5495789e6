/* SPDX-License-Identifier: Apache-2.0 */
/* EAP: RFC 2759's own numbers, server and client with each other, and what a hostile one may send.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "ctrl/eap/packet.h"
#include "ctrl/signer/mschap.h"

static struct signer *signer;

static struct config_id name(const char *text)
{
    struct config_id id;
    assert_true(config_id_parse(text, &id));
    return id;
}

static void give_secret(const char *who, const char *password)
{
    struct config_secret s = {.kind = SECRET_EAP, .name = (char *)(uintptr_t) "eap", .id_count = 1};
    s.ids[0] = name(who);
    s.data = (uint8_t *)(uintptr_t)password;
    s.len = strlen(password);
    assert_int_equal(signer_load_secret(signer, &s), SIGNER_OK);
}

static int set_up(void **state)
{
    (void)state;
    signer = signer_here();
    assert_non_null(signer);
    give_secret("carol", "pass word");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    signer_free(signer);
    return 0;
}

/* RFC 2759 9.2 */
static void numbers_of_the_rfc(void **state)
{
    static const uint8_t server[] = {0x5B, 0x5D, 0x7C, 0x7D, 0x7B, 0x3F, 0x2F, 0x3E,
                                     0x3C, 0x2C, 0x60, 0x21, 0x32, 0x26, 0x26, 0x28};
    static const uint8_t peer[] = {0x21, 0x40, 0x23, 0x24, 0x25, 0x5E, 0x26, 0x2A,
                                   0x28, 0x29, 0x5F, 0x2B, 0x3A, 0x33, 0x7C, 0x7E};
    static const uint8_t response[] = {0x82, 0x30, 0x9E, 0xCD, 0x8D, 0x70, 0x8B, 0x5E,
                                       0xA0, 0x8F, 0xAA, 0x39, 0x81, 0xCD, 0x83, 0x54,
                                       0x42, 0x33, 0x11, 0x4A, 0x3D, 0x85, 0xD6, 0xDF};
    static const uint8_t proof[] = {0x40, 0x7A, 0x55, 0x89, 0x11, 0x5F, 0xD0, 0xD6, 0x20, 0x9F,
                                    0x51, 0x0F, 0xE9, 0xC0, 0x45, 0x66, 0x93, 0x2C, 0xDA, 0x56};
    struct mschap m = {.user = "User"};
    const struct piece password = {(const uint8_t *)"clientPass", 10};
    (void)state;
    memcpy(m.server, server, sizeof server);
    memcpy(m.peer, peer, sizeof peer);
    assert_true(mschap_compute(password, &m));
    assert_memory_equal(m.response, response, sizeof response);
    assert_memory_equal(m.proof, proof, sizeof proof);
    for (size_t i = 32; i < MSCHAP_MSK; i++)
        assert_int_equal(m.msk[i], 0);
}

/* RFC 3079 3.5.3, the same user and password: its session keys come from these */
static void passwords_that_are_none(void **state)
{
    struct mschap m = {.user = "User"};
    char longest[257];
    (void)state;
    memset(longest, 'x', sizeof longest);
    assert_true(mschap_compute((struct piece){(uint8_t *)longest, 256}, &m));
    assert_false(mschap_compute((struct piece){(uint8_t *)longest, 257}, &m));
    assert_false(mschap_compute((struct piece){(const uint8_t *)"\xff", 1}, &m));
    assert_false(mschap_compute((struct piece){(const uint8_t *)"a\xc3", 2}, &m));
    assert_true(mschap_compute((struct piece){(const uint8_t *)"Gr\xc3\xbc\xc3\x9f", 6}, &m));
}

/* ---------------------------------------------------------------- the two with each other */

struct talk {
    struct eap *server, *client;
    uint8_t packet[EAP_PACKET_MAX];
    size_t len;
    enum eap_result server_says, client_says;
};

static void talk(struct talk *t, const char *who, const char *server_thinks, bool ask)
{
    struct config_id id = name(who), expected = name(server_thinks);
    *t = (struct talk){.server = eap_server_new(signer, &expected, ask, "gate.example"),
                       .client = eap_client_new(signer, &id)};
    t->server_says = eap_begin(t->server, t->packet, &t->len);
    for (unsigned turn = 0; turn < 10 && t->server_says == EAP_GOES_ON; turn++) {
        uint8_t answer[EAP_PACKET_MAX];
        size_t len;
        t->client_says = eap_input(t->client, (struct piece){t->packet, t->len}, answer, &len);
        if (t->client_says != EAP_GOES_ON)
            return;
        t->server_says = eap_input(t->server, (struct piece){answer, len}, t->packet, &t->len);
    }
    uint8_t nothing[EAP_PACKET_MAX];
    size_t none;
    t->client_says = eap_input(t->client, (struct piece){t->packet, t->len}, nothing, &none);
}

static void end(struct talk *t)
{
    eap_free(t->server);
    eap_free(t->client);
}

static void both_make_one_key(void **state)
{
    (void)state;
    for (int ask = 0; ask < 2; ask++) {
        struct talk t;
        talk(&t, "carol", ask ? "whoever@ike.example" : "carol", ask);
        assert_int_equal(t.server_says, EAP_SUCCESS);
        assert_int_equal(t.client_says, EAP_SUCCESS);
        assert_string_equal(eap_identity(t.server), "carol");
        assert_memory_equal(eap_msk(t.server).p, eap_msk(t.client).p, MSCHAP_MSK);
        static const uint8_t zero[32];
        assert_memory_not_equal(eap_msk(t.server).p, zero, 32);
        end(&t);
    }
}

/* Another one who is known, under a name that IKE knows him not by. */
static void somebody_else(void **state)
{
    struct talk t;
    (void)state;
    give_secret("mallory", "his own");
    talk(&t, "mallory", "carol", false);
    assert_int_equal(t.server_says, EAP_FAILED);
    assert_int_equal(t.client_says, EAP_FAILED);
    end(&t);
}

static void nobody_of_that_name(void **state)
{
    struct talk t;
    (void)state;
    talk(&t, "dave", "dave", true);
    assert_int_not_equal(t.server_says, EAP_SUCCESS);
    assert_int_equal(t.client_says, EAP_FAILED);
    assert_string_equal(eap_why(t.client), "no secret for this identity");
    end(&t);
}

/* ---------------------------------------------------------------- a hostile server */

static enum eap_result client_gets(struct eap *e, const uint8_t *p, size_t n)
{
    uint8_t out[EAP_PACKET_MAX];
    size_t len;
    uint8_t *copy = malloc(n ? n : 1); /* so that an overrun is seen */
    assert_non_null(copy);
    memcpy(copy, p, n);
    enum eap_result r = eap_input(e, (struct piece){copy, n}, out, &len);
    free(copy);
    return r;
}

static struct eap *client(void)
{
    struct config_id id = name("carol");
    struct eap *e = eap_client_new(signer, &id);
    assert_non_null(e);
    return e;
}

static const uint8_t success[] = {3, 1, 0, 4};
static const uint8_t challenge[] = {1, 7, 0, 31, 26, 1,  9,  0,  26, 16, 1,   2,   3,   4,   5,   6,
                                    7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 'g', 'a', 't', 'e', 0x2e};

/* CVE-2021-45079: EAP-Success before the server has shown anything */
static void early_eap_success(void **state)
{
    static const uint8_t identity[] = {1, 1, 0, 5, 1};
    (void)state;
    for (int when = 0; when < 3; when++) {
        struct eap *e = client();
        if (when > 0)
            assert_int_equal(client_gets(e, identity, sizeof identity), EAP_GOES_ON);
        if (when > 1)
            assert_int_equal(client_gets(e, challenge, sizeof challenge), EAP_GOES_ON);
        assert_int_equal(client_gets(e, success, sizeof success), EAP_FAILED);
        assert_string_equal(eap_why(e), "a success before it was earned");
        /* and nothing revives it */
        assert_int_equal(client_gets(e, challenge, sizeof challenge), EAP_FAILED);
        eap_free(e);
    }
}

/* CVE-2025-62291: a Failure Request whose message is shorter, or longer, than it may be */
static void failure_request_of_any_length(void **state)
{
    uint8_t packet[5 + 4 + 2000] = {1, 8, 0, 0, 26, 4, 9};
    (void)state;
    for (size_t n = 0; n < 2000; n = n < 70 ? n + 1 : n * 3) {
        struct eap *e = client();
        assert_int_equal(client_gets(e, challenge, sizeof challenge), EAP_GOES_ON);
        memset(packet + 9, 'E', n);
        packet[2] = (uint8_t)((9 + n) >> 8);
        packet[3] = (uint8_t)(9 + n);
        packet[7] = (uint8_t)((4 + n) >> 8);
        packet[8] = (uint8_t)(4 + n);
        assert_int_equal(client_gets(e, packet, 9 + n), EAP_GOES_ON);
        assert_int_equal(client_gets(e, success, sizeof success), EAP_FAILED);
        eap_free(e);
    }
}

/* A server that does not know the password can't show that it does. */
static void a_wrong_proof(void **state)
{
    uint8_t packet[5 + 4 + 42] = {1, 8, 0, sizeof packet, 26, 3, 9, 0, 4 + 42, 'S', '='};
    (void)state;
    memset(packet + 11, '0', 40);
    struct eap *e = client();
    assert_int_equal(client_gets(e, challenge, sizeof challenge), EAP_GOES_ON);
    assert_int_equal(client_gets(e, packet, sizeof packet), EAP_FAILED);
    assert_string_equal(eap_why(e), "the server does not know the password");
    eap_free(e);
}

static void cut_anywhere(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof challenge; n++)
        for (int fix = 0; fix < 3; fix++) {
            uint8_t packet[sizeof challenge];
            struct eap *e = client();
            memcpy(packet, challenge, sizeof challenge);
            if (fix > 0 && n > 3)
                packet[3] = (uint8_t)n;
            if (fix > 1 && n > 9)
                packet[8] = (uint8_t)(n - 5);
            enum eap_result r = client_gets(e, packet, n);
            assert_true(r == EAP_FAILED || n >= 26);
            eap_free(e);
        }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(numbers_of_the_rfc), TEST(passwords_that_are_none),       TEST(both_make_one_key),
        TEST(somebody_else),      TEST(nobody_of_that_name),           TEST(early_eap_success),
        TEST(a_wrong_proof),      TEST(failure_request_of_any_length), TEST(cut_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
