/* SPDX-License-Identifier: Apache-2.0 */
/* A peer that has the keys and sends what it likes: payloads of every kind, changed, in
 * any order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "ctrl/sa/state.h"
#include "ctrl/wire/proposal.h"
#include "ctrl/wire/sk.h"
#include "tests/ctrl/exchange/lab.h"

static struct lab lab;

static void random_body(struct wr *w, size_t max)
{
    for (size_t n = lab_random(&lab) % (max + 1); n; n--)
        wr_u8(w, lab_random(&lab) & 0xff);
}

/* A payload that is right, of a random kind. */
static void right_payload(struct chain *c, const struct child_sa *child)
{
    const uint8_t noise[64] = {1, 2, 3};
    const struct bytes b = {noise, 32};
    const struct ts ts = {ESPL_IPV4, 0, 0, UINT16_MAX, {10, 1}, {10, 1, 0, 255}};
    struct sa_payload sa = {.count = 1};
    uint32_t spi = child && lab_random(&lab) % 2 ? child->dp.spi_in : lab_random(&lab);
    switch (lab_random(&lab) % 10) {
    case 0:
        sa.proposals[0] = (struct proposal){
            .number = 1, .protocol = PROTO_ESP, .spi = spi, .spi_len = 4, .count = 2};
        sa.proposals[0].transforms[0] =
            (struct transform){.type = TRANSFORM_ENCR, .id = ENCR_AES_GCM_16, .key_bits = 256};
        sa.proposals[0].transforms[1] = (struct transform){.type = TRANSFORM_ESN};
        sa_write(c, &sa);
        break;
    case 1:
        ke_write(c, KE_ECP384, b);
        break;
    case 2:
        nonce_write(c, b);
        break;
    case 3:
        notify_write_esp(c, REKEY_SA, spi);
        break;
    case 4:
        notify_write(c, lab_random(&lab) % 50, b);
        break;
    case 5:
        delete_write_esp(c, &spi, 1);
        break;
    case 6:
        if (lab_random(&lab) % 8 == 0)
            delete_write_ike(c);
        break;
    case 7:
        id_write(c, PAYLOAD_IDI, ID_FQDN, b);
        break;
    default:
        ts_write(c, lab_random(&lab) % 2 ? PAYLOAD_TSI : PAYLOAD_TSR, &ts, 1);
        break;
    }
}

static void compose(struct chain *c, const struct child_sa *child, bool whole)
{
    for (unsigned n = lab_random(&lab) % 6; n; n--) {
        if (whole || lab_random(&lab) % 3) {
            right_payload(c, child);
            continue;
        }
        size_t at = chain_open(c, lab_random(&lab) % 8 ? PAYLOAD_SA + lab_random(&lab) % 16
                                                       : lab_random(&lab) % 256);
        random_body(&c->w, 60);
        chain_close(c, at);
    }
    for (unsigned n = lab_random(&lab) % 4; !whole && n && c->w.len; n--)
        c->w.data[lab_random(&lab) % c->w.len] = (uint8_t)lab_random(&lab);
}

/* B gets `messages` from one who has A's keys; whenever B gives up on it, A begins anew. */
static void attack(unsigned messages, bool whole)
{
    const struct endpoint a = {{ESPL_IPV4, {10, 99, 0, 1}}, 500},
                          b = {{ESPL_IPV4, {10, 99, 0, 2}}, 500};
    unsigned sessions = 0;
    lab_init(&lab, NULL, NULL);
    for (unsigned i = 0; i < messages; i++) {
        struct ike_sa *sa = lab.side[0].m->sas, *victim = lab.side[1].m->sas;
        if (!sa || !victim || sa->state != IKE_UP || victim->state != IKE_UP) {
            ike_manager_terminate(lab.side[0].m, "net");
            ike_manager_terminate(lab.side[1].m, "net");
            lab_run(&lab, 200000);
            assert_int_equal(fakedp_count(&lab.side[1].dp), 0);
            ike_manager_initiate(lab.side[0].m, "net", "net");
            lab_run(&lab, 1000);
            lab_assert_tunnel(&lab);
            sessions++;
            continue;
        }
        uint8_t body[2048], out[IKE_MESSAGE_MAX];
        struct chain c;
        bool response = lab_random(&lab) % 4 == 0;
        const struct ike_header h = {
            .spi_i = sa->spi_own,
            .spi_r = sa->spi_peer,
            .exchange =
                (uint8_t)(lab_random(&lab) % 8 ? CREATE_CHILD_SA + lab_random(&lab) % 2 : IKE_AUTH),
            .flags = (uint8_t)(IKE_FLAG_INITIATOR | (response ? IKE_FLAG_RESPONSE : 0)),
            .id = response ? victim->pending.id : victim->next_in,
        };
        if (response) /* something to answer */
            ike_manager_rekey_child(lab.side[1].m, "net");
        chain_begin(&c, body, sizeof body);
        compose(&c, sa->children, whole);
        size_t len = sk_seal(&sa->keys.from_i, &h, &c, out, sizeof out);
        assert_true(len > 0);
        lab_inject(&lab, 1, &a, &b, out, len);
        lab.cut[0] = response; /* the true answer must not come first */
        lab_run(&lab, 15);
        lab.cut[0] = false;
        sa->next_out = victim->next_in; /* A goes on where its double stopped */
    }
    assert_true(sessions > 1);
    lab_free(&lab);
}

static void test_right_payloads_in_any_order(void **state)
{
    (void)state;
    attack(1200, true);
}

static void test_changed_payloads(void **state)
{
    (void)state;
    attack(1200, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_right_payloads_in_any_order),
        cmocka_unit_test(test_changed_payloads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
