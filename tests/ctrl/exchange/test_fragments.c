/* SPDX-License-Identifier: Apache-2.0 */
/* IKE fragmentation (RFC 7383): made, put together again, on a bad network, and by one who means
 * harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "ctrl/sa/state.h"
#include "ctrl/wire/sk.h"
#include "tests/ctrl/exchange/lab.h"

#define SMALL 200u /* bytes of IP packet: IKE_AUTH and CREATE_CHILD_SA need several */
#define SK_AT 16u  /* Next Payload in the header */

static struct lab lab;
static const struct lab_conf small = {.fragment_size = SMALL};
static unsigned fragments[2]; /* of each side */
static size_t longest;

static bool watch(struct lab *l, unsigned from, uint8_t *data, size_t *len)
{
    (void)l;
    if (data[SK_AT] == PAYLOAD_SKF)
        fragments[from]++;
    if (data[SK_AT] != PAYLOAD_SA && *len > longest) /* IKE_SA_INIT is never cut */
        longest = *len;
    return true;
}

static void begin(const struct lab_conf *a, const struct lab_conf *b)
{
    lab_init(&lab, a, b);
    lab.tap = watch;
    fragments[0] = fragments[1] = 0;
    longest = 0;
}

static void test_up_and_rekeyed_in_fragments(void **state)
{
    (void)state;
    begin(&small, &small);
    lab_up(&lab);
    assert_int_equal(ike_manager_rekey_child(lab.side[1].m, "net"), 0);
    assert_true(lab_until(&lab, IKE_EVENT_CHILD_REKEYED, 1, 5000));
    lab_assert_tunnel(&lab);
    assert_true(fragments[0] >= 4 && fragments[1] >= 4);
    assert_true(longest + 20 + 8 + 4 <= SMALL);
    lab_free(&lab);
}

static void test_cbc_in_fragments(void **state)
{
    const struct lab_conf c = {.proposals = "aes256-sha512-modp2048", .fragment_size = SMALL};
    (void)state;
    begin(&c, &c);
    lab_up(&lab);
    assert_true(fragments[0] >= 2 && longest + 32 <= SMALL);
    lab_free(&lab);
}

static void test_words(void **state)
{
    const struct lab_conf accept = {.fragment_size = SMALL, .conn = "fragmentation = accept"},
                          no = {.fragment_size = SMALL, .conn = "fragmentation = no"},
                          force = {.fragment_size = SMALL, .conn = "fragmentation = force"};
    (void)state;
    begin(&accept, &force);
    lab_up(&lab);
    assert_int_equal(fragments[0], 0);
    assert_true(fragments[1] >= 2);
    lab_free(&lab);
    begin(&small, &no);
    lab_up(&lab);
    assert_int_equal(fragments[0] + fragments[1], 0);
    lab_free(&lab);
}

static void test_bad_network(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 30; seed++) {
        const struct lab_conf c = {.conn = "keyingtries = 0", .fragment_size = SMALL};
        begin(&c, &c);
        lab.seed = seed * 2246822519u | 1;
        lab.loss = lab.dup = 15;
        lab.delay_min = 1;
        lab.delay_max = 3000;
        assert_int_equal(ike_manager_initiate(lab.side[0].m, "net", "net"), 0);
        lab_run(&lab, 600000);
        lab_assert_tunnel(&lab);
        ike_manager_terminate(lab.side[1].m, "net");
        lab_run(&lab, 400000);
        assert_int_equal(fakedp_count(&lab.side[0].dp) + fakedp_count(&lab.side[1].dp), 0);
        lab_free(&lab);
    }
}

/* ---------------------------------------------------------------- one who has A's keys */

static const struct endpoint a = {{ESPL_IPV4, {10, 99, 0, 1}}, 4500},
                             b = {{ESPL_IPV4, {10, 99, 0, 2}}, 4500};

static struct ike_header header(unsigned exchange)
{
    const struct ike_sa *sa = lab.side[0].m->sas;
    return (struct ike_header){.spi_i = sa->spi_own,
                               .spi_r = sa->spi_peer,
                               .exchange = (uint8_t)exchange,
                               .flags = IKE_FLAG_INITIATOR,
                               .id = lab.side[1].m->sas->next_in};
}

/* One fragment with whatever is said of it, behind `outer` bytes of other payloads. */
static void send_fragment(uint16_t number, uint16_t total, unsigned first, const uint8_t *text,
                          size_t len, const struct chain *outer)
{
    struct cipher_key *key = &lab.side[0].m->sas->keys.from_i;
    uint8_t out[IKE_MESSAGE_MAX];
    struct ike_header h = header(INFORMATIONAL);
    struct wr w = wr_over(out, sizeof out);
    size_t front = outer ? outer->w.len : 0;
    size_t aad = IKE_HEADER_LEN + front + 8;
    h.next = outer ? outer->first : PAYLOAD_SKF;
    h.length = (uint32_t)(aad + cipher_iv_len(key) + len + 1 + cipher_icv_len(key));
    header_write(&w, &h);
    if (outer)
        wr_bytes(&w, outer->w.data, front);
    wr_u8(&w, first);
    wr_u8(&w, 0);
    wr_u16(&w, (unsigned)(h.length - IKE_HEADER_LEN - front));
    wr_u16(&w, number);
    wr_u16(&w, total);
    w.len += cipher_iv_len(key);
    wr_bytes(&w, text, len);
    wr_u8(&w, 0);
    assert_int_equal(cipher_seal(key, out, aad, len + 1), CRYPTO_OK);
    lab_inject(&lab, 1, &a, &b, out, h.length);
    lab_run(&lab, 15);
}

static unsigned answers(void)
{
    return lab.side[1].sent;
}

static void test_numbers_that_make_no_sense(void **state)
{
    const uint8_t text[4] = {0};
    (void)state;
    begin(&small, &small);
    lab_up(&lab);
    unsigned before = answers();
    send_fragment(0, 2, 0, text, 0, NULL);
    send_fragment(3, 2, 0, text, 0, NULL);
    send_fragment(1, 0, 0, text, 0, NULL);
    send_fragment(1, FRAGMENTS_MAX + 1, 0, text, 0, NULL);
    assert_null(lab.side[1].m->sas->reassembly);
    assert_int_equal(answers(), before);
    send_fragment(2, 2, 0, text, 0, NULL); /* an empty INFORMATIONAL, whole in two */
    send_fragment(2, 2, 0, text, 0, NULL);
    assert_int_equal(answers(), before);
    send_fragment(1, 2, PAYLOAD_NONE, text, 0, NULL);
    assert_int_equal(answers(), before + 1);
    assert_null(lab.side[1].m->sas->reassembly);
    lab.side[0].m->sas->next_out++;
    lab_free(&lab);
}

/* What fragments of one message may hold is bounded, in number and in sum; the next message finds
 * nothing left of it. */
static void test_sum_is_bounded(void **state)
{
    static uint8_t text[4000];
    (void)state;
    begin(&small, &small);
    lab_up(&lab);
    for (uint16_t i = 1; i <= 20; i++)
        send_fragment(i, 20, PAYLOAD_VENDOR, text, sizeof text, NULL);
    const struct reassembly *r = lab.side[1].m->sas->reassembly;
    assert_non_null(r);
    assert_true(r->bytes <= IKE_MESSAGE_MAX);
    /* RFC 7383 2.6: cut into more, it begins anew; into fewer, it is old */
    send_fragment(1, 21, PAYLOAD_NONE, text, 0, NULL);
    assert_int_equal(lab.side[1].m->sas->reassembly->have, 1);
    send_fragment(1, 20, PAYLOAD_NONE, text, 0, NULL);
    assert_int_equal(lab.side[1].m->sas->reassembly->total, 21);
    assert_int_equal(ike_manager_rekey_child(lab.side[0].m, "net"), 0);
    assert_true(lab_until(&lab, IKE_EVENT_CHILD_REKEYED, 1, 5000));
    assert_null(lab.side[1].m->sas->reassembly);
    lab_free(&lab);
}

/* The class of CVE-2026-12413: payloads in front of SKF that nobody knows fill a fixed table. */
static void test_skf_behind_unknown_outer_payloads(void **state)
{
    static uint8_t buf[4096];
    (void)state;
    for (unsigned known = 0; known < 2; known++)
        for (unsigned count = MESSAGE_PAYLOADS - 2; count <= MESSAGE_PAYLOADS + 200;
             count += count < MESSAGE_PAYLOADS + 2 ? 1 : 199) {
            struct chain c;
            begin(&small, &small);
            lab_up(&lab);
            chain_begin(&c, buf, sizeof buf);
            for (unsigned i = 0; i < count; i++)
                chain_close(&c, chain_open(&c, known ? PAYLOAD_VENDOR : 200));
            wr_patch_u8(&c.w, c.next_at, PAYLOAD_SKF);
            unsigned before = answers();
            send_fragment(1, 1, PAYLOAD_NONE, buf, 0, &c);
            assert_int_equal(answers() - before, !known || count < MESSAGE_PAYLOADS);
            lab.side[0].m->sas->next_out = lab.side[1].m->sas->next_in;
            assert_int_equal(ike_manager_rekey_child(lab.side[0].m, "net"), 0);
            assert_true(lab_until(&lab, IKE_EVENT_CHILD_REKEYED, 1, 5000));
            lab_free(&lab);
        }
}

/* RFC 7383 2.6.1: of a request that was answered, only the first fragment asks again. */
static void test_answer_is_repeated_once(void **state)
{
    const uint8_t text[4] = {0};
    (void)state;
    begin(&small, &small);
    lab_up(&lab);
    unsigned before = answers();
    send_fragment(2, 2, 0, text, 0, NULL);
    send_fragment(1, 2, PAYLOAD_NONE, text, 0, NULL);
    assert_int_equal(answers(), before + 1);
    lab.side[1].m->sas->next_in--; /* what header() takes: the same id again */
    uint32_t id = lab.side[1].m->sas->next_in;
    struct ike_header h = header(INFORMATIONAL);
    assert_int_equal(h.id, id);
    lab.side[1].m->sas->next_in++;
    for (uint16_t i = 2; i >= 1; i--) {
        uint8_t out[256];
        struct cipher_key *key = &lab.side[0].m->sas->keys.from_i;
        struct wr w = wr_over(out, sizeof out);
        h.next = PAYLOAD_SKF;
        h.length = (uint32_t)(IKE_HEADER_LEN + 8 + cipher_iv_len(key) + 1 + cipher_icv_len(key));
        header_write(&w, &h);
        wr_u32(&w, h.length - IKE_HEADER_LEN);
        wr_u16(&w, i);
        wr_u16(&w, 2);
        w.len += cipher_iv_len(key);
        wr_u8(&w, 0);
        assert_int_equal(cipher_seal(key, out, IKE_HEADER_LEN + 8, 1), CRYPTO_OK);
        lab_inject(&lab, 1, &a, &b, out, h.length);
        lab_run(&lab, 15);
        assert_int_equal(answers(), before + (i == 2 ? 1 : 2));
    }
    lab.side[0].m->sas->next_out++;
    lab_free(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_up_and_rekeyed_in_fragments),
        cmocka_unit_test(test_cbc_in_fragments),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_bad_network),
        cmocka_unit_test(test_numbers_that_make_no_sense),
        cmocka_unit_test(test_sum_is_bounded),
        cmocka_unit_test(test_skf_behind_unknown_outer_payloads),
        cmocka_unit_test(test_answer_is_repeated_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
