/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Neighbours: the hash, moves between the banks during which nobody gets lost, shared next hops,
 * and outbound SAs that follow their outer destination.
 */
#include "tests/driver/fake.h"

#include "driver/handle.h"

#include <string.h>

static struct fake f;

static struct espl_card *start(void)
{
    fake_init(&f);
    return fake_open(&f);
}

/* RFC 3720 B.4: CRC-32C of 32 zero bytes, of 32 bytes of ones, and of 0 to 31. */
static void crc32c_of_the_rfc(void **state)
{
    (void)state;
    uint8_t bytes[32] = {0};
    assert_int_equal(~espl_crc32c(bytes, sizeof bytes), 0x8a9136aa);
    memset(bytes, 0xff, sizeof bytes);
    assert_int_equal(~espl_crc32c(bytes, sizeof bytes), 0x62a8ab43);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    assert_int_equal(~espl_crc32c(bytes, sizeof bytes), 0x46dd794e);
}

static struct espl_neigh neigh(uint32_t addr, uint8_t mac, enum espl_port dev)
{
    return (struct espl_neigh){.addr = v4(addr), .dev = dev, .mac = {2, 0, 0, 0, 0, mac}};
}

/* ------------------------------------------------------------------ moves */

static uint32_t added;

static void all_are_found(struct fake *card, void *user)
{
    (void)user;
    for (uint32_t i = 0; i < added; i++) {
        struct espl_addr addr = v4(0x0a000000 + i * 7);
        int hop = fake_neigh_hit(card, &addr);
        assert_true(hop > 0);
        assert_int_equal(card->hop[hop][1] & 0xff, 1 + i % 9);
    }
}

static void filling_up_loses_nobody(void **state)
{
    (void)state;
    struct espl_card *card = start();
    enum espl_err err = ESPL_OK;
    added = 0;
    f.hook = all_are_found;
    while (!err) {
        const struct espl_neigh n =
            neigh(0x0a000000 + added * 7, (uint8_t)(1 + added % 9), ESPL_PORT_PLAIN);
        err = espl_neigh_add(card, &n);
        added += !err;
    }
    assert_int_equal(err, ESPL_ERR_FULL);
    assert_true(added > FAKE_CELLS * 9 / 10); /* two buckets of four cells: 97 % on average */
    assert_non_null(strstr(espl_card_error(card), "no place for neighbour 10.0."));
    uint32_t hops = 0;
    for (uint32_t i = 0; i < FAKE_HOPS; i++)
        hops += f.hop[i][0] != 0;
    assert_int_equal(hops, 9); /* one row a MAC */
    uint32_t moved = added;
    added = 0;
    f.hook = NULL;
    for (uint32_t i = 0; i < moved; i++) {
        struct espl_addr addr = v4(0x0a000000 + i * 7);
        assert_ok(card, espl_neigh_delete(card, &addr, ESPL_PORT_PLAIN));
        assert_int_equal(fake_neigh_hit(&f, &addr), -1);
        assert_err(card, espl_neigh_delete(card, &addr, ESPL_PORT_PLAIN), ESPL_ERR_NOT_FOUND);
    }
    for (uint32_t i = 0; i < FAKE_HOPS; i++)
        assert_int_equal(f.hop[i][0], 0);
    espl_card_close(card);
}

/* ------------------------------------------------------------------ next hops */

static uint32_t hops_used(void)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < FAKE_HOPS; i++)
        n += (f.hop[i][0] & ESPL_NEXTHOP_ENTRY_MAC_HI_USED_MASK) != 0;
    return n;
}

static void a_neighbour_changes_its_mac(void **state)
{
    (void)state;
    struct espl_card *card = start();
    struct espl_neigh a = neigh(0x0a000001, 1, ESPL_PORT_PLAIN),
                      b = neigh(0x0a000002, 1, ESPL_PORT_PLAIN);
    assert_ok(card, espl_neigh_add(card, &a));
    assert_ok(card, espl_neigh_add(card, &b));
    assert_int_equal(hops_used(), 1);
    a.mac[5] = 2;
    assert_ok(card, espl_neigh_add(card, &a)); /* not b's */
    assert_int_equal(hops_used(), 2);
    assert_int_equal(f.hop[fake_neigh_hit(&f, &b.addr)][1], 1);
    assert_int_equal(f.hop[fake_neigh_hit(&f, &a.addr)][1], 2);
    a.local = true;
    assert_ok(card, espl_neigh_add(card, &a));
    assert_int_equal(fake_neigh_hit(&f, &a.addr), 0);
    assert_int_equal(hops_used(), 1);
    assert_ok(card, espl_neigh_flush(card));
    assert_int_equal(hops_used(), 0);
    espl_card_close(card);
}

static uint32_t sa_mac(uint32_t slot)
{
    return f.hop[f.sa[ESPL_DIR_OUT][slot].w[ESPL_SA_ENTRY_ROUTE] & 0xffff][1];
}

static void sas_follow_their_outer_destination(void **state)
{
    (void)state;
    struct espl_card *card = start();
    struct espl_sa a = sample_sa(ESPL_DIR_OUT, 0x1001, 1), b = sample_sa(ESPL_DIR_OUT, 0x1002, 1),
                   got;
    struct espl_sa_stats stats;
    assert_ok(card, espl_sa_add(card, &a)); /* no neighbour yet: an empty row */
    assert_int_equal(hops_used(), 0);
    assert_ok(card, espl_sa_get(card, ESPL_DIR_OUT, &a.dst, a.spi, &got, &stats));
    assert_false(got.has_nexthop);
    struct espl_neigh n = neigh(0xc0000202, 9, ESPL_PORT_CIPHER);
    assert_ok(card, espl_neigh_add(card, &n));
    assert_int_equal(sa_mac(0), 9);
    assert_ok(card, espl_sa_add(card, &b));
    assert_int_equal(sa_mac(1), 9);
    n.mac[5] = 10;
    assert_ok(card, espl_neigh_add(card, &n)); /* one write, both follow */
    assert_int_equal(sa_mac(0), 10);
    assert_int_equal(sa_mac(1), 10);
    const espl_mac eleven = {2, 0, 0, 0, 0, 11};
    assert_ok(card, espl_sa_set_nexthop(card, &a.dst, a.spi, eleven));
    assert_int_equal(sa_mac(1), 11);
    assert_int_equal(fake_neigh_hit(&f, &n.addr), -1); /* no packet matches an outer destination */
    assert_ok(card, espl_neigh_delete(card, &n.addr, ESPL_PORT_CIPHER));
    assert_int_equal(hops_used(), 0);
    assert_err(card, espl_neigh_delete(card, &n.addr, ESPL_PORT_CIPHER), ESPL_ERR_NOT_FOUND);
    assert_ok(card, espl_neigh_add(card, &n));
    assert_int_equal(sa_mac(0), 10);
    assert_int_equal(sa_mac(1), 10);
    assert_ok(card, espl_sa_flush(card));
    assert_int_equal(hops_used(), 1); /* the neighbour stays */
    espl_card_close(card);
}

/* A row of a cipher neighbour is never shared: its MAC may change under others. */
static void plain_does_not_share_with_cipher(void **state)
{
    (void)state;
    struct espl_card *card = start();
    struct espl_neigh outer = neigh(0xc0000202, 9, ESPL_PORT_CIPHER),
                      inner = neigh(0xc0000202, 9, ESPL_PORT_PLAIN);
    assert_ok(card, espl_neigh_add(card, &outer));
    assert_ok(card, espl_neigh_add(card, &inner)); /* the same address on the other port */
    assert_int_equal(hops_used(), 2);
    outer.mac[5] = 10;
    assert_ok(card, espl_neigh_add(card, &outer));
    assert_int_equal(f.hop[fake_neigh_hit(&f, &inner.addr)][1], 9);
    assert_ok(card, espl_neigh_delete(card, &inner.addr, ESPL_PORT_PLAIN));
    assert_int_equal(hops_used(), 1);
    espl_card_close(card);
}

static void an_inbound_sa_has_a_default_next_hop(void **state)
{
    (void)state;
    struct espl_card *card = start();
    struct espl_sa sa = sample_sa(ESPL_DIR_IN, 0x1001, 1), got;
    struct espl_sa_stats stats;
    sa.has_nexthop = true;
    sa.nexthop[0] = 2;
    sa.nexthop[5] = 7;
    assert_ok(card, espl_sa_add(card, &sa));
    assert_ok(card, espl_sa_get(card, ESPL_DIR_IN, &sa.dst, sa.spi, &got, &stats));
    assert_true(got.has_nexthop);
    assert_memory_equal(got.nexthop, sa.nexthop, 6);
    assert_ok(card, espl_sa_delete(card, ESPL_DIR_IN, &sa.dst, sa.spi));
    assert_int_equal(hops_used(), 0);
    espl_card_close(card);
}

static void next_hops_run_out(void **state)
{
    (void)state;
    struct espl_card *card = start();
    enum espl_err err = ESPL_OK;
    uint32_t n = 0;
    while (!err) {
        const struct espl_neigh one = neigh(0x0a000000 + n * 7, (uint8_t)(n + 1), ESPL_PORT_PLAIN);
        err = espl_neigh_add(card, &one);
        n += !err;
    }
    assert_int_equal(err, ESPL_ERR_FULL);
    uint32_t used = hops_used();
    assert_true(used == n); /* a failed addition leaves no row */
    espl_card_close(card);
}

static void refusals(void **state)
{
    (void)state;
    struct espl_card *card = start();
    struct espl_neigh n = neigh(0x0a000001, 1, ESPL_PORT_ENGINE);
    assert_err(card, espl_neigh_add(card, &n), ESPL_ERR_INVALID);
    assert_string_equal(espl_card_error(card), "dev: neighbours are on plain or cipher");
    n = neigh(0x0a000001, 1, ESPL_PORT_CIPHER);
    n.local = true;
    assert_err(card, espl_neigh_add(card, &n), ESPL_ERR_INVALID);
    assert_string_equal(espl_card_error(card), "local: only for addresses on plain");
    n = neigh(0x0a000001, 1, ESPL_PORT_PLAIN);
    n.mac[0] = 1;
    assert_err(card, espl_neigh_add(card, &n), ESPL_ERR_REFUSED);
    assert_string_equal(espl_card_error(card), "mac: 01:00:00:00:00:01 is zero or a group address");
    n.dev = ESPL_PORT_CIPHER;
    assert_err(card, espl_neigh_add(card, &n), ESPL_ERR_REFUSED);
    for (uint32_t i = 0; i < FAKE_CELLS; i++)
        assert_int_equal(f.neigh[i][0], 0);
    espl_card_close(card);
}

static void ports_have_macs(void **state)
{
    (void)state;
    struct espl_card *card = start();
    const espl_mac mac = {2, 1, 2, 3, 4, 5};
    espl_mac got;
    bool set;
    assert_ok(card, espl_port_get_mac(card, ESPL_PORT_ENGINE, &set, got));
    assert_false(set);
    assert_ok(card, espl_port_set_mac(card, ESPL_PORT_ENGINE, mac));
    assert_ok(card, espl_port_get_mac(card, ESPL_PORT_ENGINE, &set, got));
    assert_true(set);
    assert_memory_equal(got, mac, 6);
    assert_err(card, espl_port_set_mac(card, (enum espl_port)3, mac), ESPL_ERR_INVALID);
    espl_card_close(card);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc32c_of_the_rfc),
        cmocka_unit_test(filling_up_loses_nobody),
        cmocka_unit_test(a_neighbour_changes_its_mac),
        cmocka_unit_test(sas_follow_their_outer_destination),
        cmocka_unit_test(plain_does_not_share_with_cipher),
        cmocka_unit_test(an_inbound_sa_has_a_default_next_hop),
        cmocka_unit_test(next_hops_run_out),
        cmocka_unit_test(refusals),
        cmocka_unit_test(ports_have_macs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
