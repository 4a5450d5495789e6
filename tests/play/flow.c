/* SPDX-License-Identifier: Apache-2.0 */
/* Flows (see flow.h). Addresses: 10.1.0.1 and fd01::1 on the LAN, 10.2.0.0/15 and fd02:: behind the
 * peer, one number a flow; tunnels from 192.0.2.1 to 198.51.100.1, 2001:db8:1::1 to 2001:db8:2::1. */
#include "tests/play/flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/play/bus_host.h"

#define LAN_HOST  0x0a010001u
#define FAR_HOSTS 0x0a020000u
#define OWN_OUTER 0xc0000201u
#define FAR_OUTER 0xc6336401u

static void lan_v6(uint8_t a[16])
{
    memset(a, 0, 16);
    put32(a, 0xfd010000);
    a[15] = 1;
}

static void far_v6(unsigned number, uint8_t a[16])
{
    memset(a, 0, 16);
    put32(a, 0xfd020000);
    put32(a + 12, number + 1);
}

static void outer_v6(bool far, uint8_t a[16])
{
    memset(a, 0, 16);
    put32(a, 0x20010db8);
    a[5] = far ? 2 : 1;
    a[15] = 1;
}

bool flow_possible(const struct espl_caps *caps, const struct flow_kind *kind)
{
    uint32_t mode = ESPL_CAP_MODE_IPV4_MASK;
    uint32_t alg = 0;
    mode |= kind->transport ? ESPL_CAP_MODE_TRANSPORT_MASK : ESPL_CAP_MODE_TUNNEL_MASK;
    mode |= kind->encap ? ESPL_CAP_MODE_ENCAP_MASK : 0u;
    mode |= kind->outer_v6 || kind->inner_v6 ? ESPL_CAP_MODE_IPV6_MASK : 0u;
    mode |= kind->esn ? ESPL_CAP_MODE_ESN_MASK : 0u;
    if (kind->small_keys)
        alg |= kind->gmac ? ESPL_CAP_ALG_GMAC_128_MASK : ESPL_CAP_ALG_GCM16_128_MASK;
    if (kind->large_keys)
        alg |= kind->gmac ? ESPL_CAP_ALG_GMAC_256_MASK : ESPL_CAP_ALG_GCM16_256_MASK;
    return (caps->mode & mode) == mode && (caps->alg & alg) == alg &&
           kind->window <= caps->max_window;
}

/* ------------------------------------------------------------------ as the model knows them */

/* Both keys in turn where the kind has both */
static size_t key_len(const struct flow *f)
{
    if (f->kind->small_keys && f->kind->large_keys)
        return f->number & 1 ? 16 : 32;
    return f->kind->small_keys ? 16 : 32;
}

static void addresses(const struct flow *f, bool out, struct esp_model_sa *sa)
{
    sa->src = out ? OWN_OUTER : FAR_OUTER;
    sa->dst = out ? FAR_OUTER : OWN_OUTER;
    outer_v6(!out, sa->src6);
    outer_v6(out, sa->dst6);
    if (!f->kind->transport)
        return;
    sa->src = out ? LAN_HOST : FAR_HOSTS + f->number;
    sa->dst = out ? FAR_HOSTS + f->number : LAN_HOST;
    lan_v6(out ? sa->src6 : sa->dst6);
    far_v6(f->number, out ? sa->dst6 : sa->src6);
}

static void make_sa(const struct flow *f, bool out, uint32_t seed, uint32_t spi,
                    struct esp_model_sa *sa)
{
    const struct flow_kind *k = f->kind;
    uint32_t rng = seed * 2654435761u + 12345u;
    *sa = (struct esp_model_sa){.key_len = key_len(f),
                                .spi = spi,
                                .gmac = k->gmac,
                                .transport = k->transport,
                                .v6 = k->outer_v6,
                                .esn = k->esn,
                                .encap = k->encap,
                                .ecn_off = k->ecn_off,
                                .ttl = 64};
    addresses(f, out, sa);
    if (k->encap)
        sa->sport = sa->dport = 4500;
    if (out) {
        sa->dscp_set = k->dscp_set;
        sa->dscp = k->dscp;
        sa->df_set = k->df_set;
        sa->df = k->df;
        sa->flow_zero = k->flow_zero;
        sa->tfc = k->tfc;
    } else {
        sa->decap_dscp = k->decap_dscp;
        sa->csum_delta = k->csum_delta;
    }
    rng_fill(&rng, sa->key, sa->key_len);
    rng_fill(&rng, sa->salt, sizeof sa->salt);
    memcpy(sa->src_mac, out ? engine_cipher_mac : engine_wan_mac, 6);
    memcpy(sa->dst_mac, out ? engine_wan_mac : engine_cipher_mac, 6);
}

void flow_rekey_out(struct flow *f, uint32_t seed)
{
    make_sa(f, true, seed, 0x10000000 | (seed & 0x0fffffff), &f->out);
    f->out_seq = 0;
}

void flow_rekey_in(struct flow *f, uint32_t seed, uint32_t in_slot)
{
    make_sa(f, false, ~seed, 0xc0000000 | (seed << 16 & 0x0fff0000) | in_slot, &f->in);
    f->in_seq = 0;
}

void flow_make(struct flow *f, unsigned number, const struct flow_kind *kind, uint32_t seed,
               uint32_t in_slot)
{
    *f = (struct flow){.kind = kind, .number = number};
    flow_rekey_out(f, seed);
    flow_rekey_in(f, seed, in_slot);
}

/* ------------------------------------------------------------------ packets */

size_t flow_least(const struct flow *f)
{
    return f->kind->inner_v6 ? PACKET_IP6 : PACKET_IP4;
}

struct packet_spec flow_spec(const struct flow *f, bool back, size_t len, uint32_t seed)
{
    struct packet_spec spec = {.src = back ? FAR_HOSTS + f->number : LAN_HOST,
                               .dst = back ? LAN_HOST : FAR_HOSTS + f->number,
                               .v6 = f->kind->inner_v6,
                               .proto = 17,
                               .sport = 1000,
                               .dport = 2000,
                               .len = len,
                               .seed = seed,
                               .id = (uint16_t)seed};
    lan_v6(back ? spec.dst6 : spec.src6);
    far_v6(f->number, back ? spec.src6 : spec.dst6);
    return spec;
}

size_t flow_packet(const struct flow *f, bool back, size_t len, uint32_t seed,
                   uint8_t ip[PACKET_MAX])
{
    const struct packet_spec spec = flow_spec(f, back, len, seed);
    return packet_build(&spec, ip);
}

size_t flow_sealed(const struct flow *f, uint64_t seq, const uint8_t *ip, size_t len,
                   const struct esp_model_wrong *wrong, uint8_t frame[ESP_MODEL_MAX])
{
    size_t n = esp_model_encap(&f->in, seq, ip, len, wrong, frame);
    assert_true(n > 0);
    return n;
}

size_t flow_opened(const struct flow *f, const uint8_t *sealed, size_t len,
                   uint8_t frame[ESP_MODEL_MAX])
{
    static struct esp_model_opened opened;
    static uint8_t ip[PACKET_MAX];
    assert_int_equal(esp_model_open(&f->in, sealed, len, &opened), ESP_MODEL_OK);
    assert_true(esp_model_deliver(&opened, ip));
    return packet_frame(engine_lan_mac, engine_plain_mac, ip, opened.len, 0, frame);
}

/* ------------------------------------------------------------------ as the card is told of them */

static struct espl_addr address(bool v6, uint32_t v4, const uint8_t bytes[16])
{
    struct espl_addr a = {.family = v6 ? ESPL_IPV6 : ESPL_IPV4};
    if (v6)
        memcpy(a.bytes, bytes, 16);
    else
        put32(a.bytes, v4);
    return a;
}

void flow_must(struct espl_card *card, enum espl_err err, const char *what)
{
    if (err != ESPL_OK)
        fail_msg("%s: %s", what, espl_card_error(card));
}

static void describe_out(const struct flow *f, struct espl_sa *sa)
{
    const struct esp_model_sa *m = &f->out;
    sa->mtu = f->kind->mtu ? f->kind->mtu : FLOW_MAX_LEN;
    sa->ttl = m->ttl;
    sa->reqid = f->number + 1;
    sa->dscp_set = m->dscp_set;
    sa->dscp = m->dscp_set ? m->dscp : 0;
    sa->df = !m->df_set ? ESPL_DF_COPY : m->df ? ESPL_DF_SET : ESPL_DF_CLEAR;
    sa->flow_zero = m->flow_zero;
    sa->tfc = m->tfc;
}

static void describe_in(const struct flow *f, struct espl_sa *sa)
{
    bool v6 = f->kind->inner_v6;
    uint8_t lan[16];
    lan_v6(lan);
    sa->replay_window = f->kind->window;
    sa->decap_dscp = f->in.decap_dscp;
    sa->csum_delta = f->in.csum_delta;
    sa->has_nexthop = true;
    memcpy(sa->nexthop, engine_lan_mac, 6);
    sa->check_selector = f->kind->udp_only;
    if (!sa->check_selector)
        return;
    sa->selector.src.addr.family = v6 ? ESPL_IPV6 : ESPL_IPV4;
    sa->selector.dst.addr = address(v6, LAN_HOST, lan);
    sa->selector.dst.len = v6 ? 128 : 32;
    sa->selector.proto = 17;
    sa->selector.sport.last = sa->selector.dport.last = UINT16_MAX;
}

static struct espl_sa describe(const struct flow *f, enum espl_dir dir)
{
    const struct esp_model_sa *m = dir == ESPL_DIR_OUT ? &f->out : &f->in;
    struct espl_sa sa = {.dir = dir,
                         .spi = m->spi,
                         .src = address(m->v6, m->src, m->src6),
                         .dst = address(m->v6, m->dst, m->dst6),
                         .mode = m->transport ? ESPL_TRANSPORT : ESPL_TUNNEL,
                         .alg = m->gmac ? ESPL_GMAC : ESPL_GCM16,
                         .key_len = m->key_len + 4,
                         .encap = m->encap,
                         .encap_sport = m->sport,
                         .encap_dport = m->dport,
                         .esn = m->esn,
                         .ecn_off = m->ecn_off};
    memcpy(sa.key, m->key, m->key_len);
    memcpy(sa.key + m->key_len, m->salt, 4);
    if (dir == ESPL_DIR_OUT)
        describe_out(f, &sa);
    else
        describe_in(f, &sa);
    return sa;
}

void flow_install_hop(struct espl_card *card, const struct flow *f)
{
    struct espl_neigh far = {.addr = address(f->out.v6, f->out.dst, f->out.dst6),
                             .dev = ESPL_PORT_CIPHER};
    memcpy(far.mac, engine_wan_mac, 6);
    flow_must(card, espl_neigh_add(card, &far), "neighbour");
}

void flow_install_out(struct espl_card *card, const struct flow *f)
{
    const struct espl_sa sa = describe(f, ESPL_DIR_OUT);
    flow_must(card, espl_sa_add(card, &sa), "outbound SA");
}

void flow_install_in(struct espl_card *card, const struct flow *f)
{
    const struct espl_sa sa = describe(f, ESPL_DIR_IN);
    flow_must(card, espl_sa_add(card, &sa), "inbound SA");
}

void flow_update_out(struct espl_card *card, const struct flow *f)
{
    const struct espl_sa sa = describe(f, ESPL_DIR_OUT);
    flow_must(card, espl_sa_update(card, &sa.dst, &sa), "change of an SA");
}

static struct espl_selector far_host(const struct flow *f)
{
    uint8_t far[16];
    bool v6 = f->kind->inner_v6;
    struct espl_selector s = {.sport.last = UINT16_MAX, .dport.last = UINT16_MAX};
    far_v6(f->number, far);
    s.src.addr.family = v6 ? ESPL_IPV6 : ESPL_IPV4;
    s.dst.addr = address(v6, FAR_HOSTS + f->number, far);
    s.dst.len = v6 ? 128 : 32;
    return s;
}

void flow_remove_policy(struct espl_card *card, const struct flow *f)
{
    const struct espl_selector selector = far_host(f);
    flow_must(card, espl_policy_delete(card, &selector), "deletion of a policy");
}

bool flow_install_policy(struct espl_card *card, const struct flow *f)
{
    struct espl_policy p = {
        .selector = far_host(f), .action = ESPL_PROTECT, .reqid = f->number + 1};
    p.tmpl_src = address(f->out.v6, f->out.src, f->out.src6);
    p.tmpl_dst = address(f->out.v6, f->out.dst, f->out.dst6);
    enum espl_err err = espl_policy_add(card, &p);
    if (err != ESPL_ERR_FULL)
        flow_must(card, err, "policy");
    return err != ESPL_ERR_FULL;
}

void flow_remove(struct espl_card *card, enum espl_dir dir, const struct esp_model_sa *sa)
{
    const struct espl_addr dst = address(sa->v6, sa->dst, sa->dst6);
    flow_must(card, espl_sa_delete(card, dir, &dst, sa->spi), "deletion of an SA");
}

/* ------------------------------------------------------------------ the engine */

void flow_setup(struct espl_card *card)
{
    struct espl_caps caps;
    uint8_t v6[16];
    lan_v6(v6);
    flow_must(card, espl_card_caps(card, &caps), "capabilities");
    flow_must(card, espl_port_set_mac(card, ESPL_PORT_PLAIN, engine_plain_mac), "port");
    flow_must(card, espl_port_set_mac(card, ESPL_PORT_CIPHER, engine_cipher_mac), "port");
    flow_must(card, espl_port_set_mac(card, ESPL_PORT_ENGINE, engine_own_mac), "port");
    for (int family = 0; family < (caps.mode & ESPL_CAP_MODE_IPV6_MASK ? 2 : 1); family++) {
        struct espl_neigh lan = {.addr = address(family, LAN_HOST, v6), .dev = ESPL_PORT_PLAIN};
        memcpy(lan.mac, engine_lan_mac, 6);
        flow_must(card, espl_neigh_add(card, &lan), "neighbour");
    }
}

struct espl_card *flow_open(void)
{
    struct espl_card *card = NULL;
    char why[256] = "no memory";
    engine_open();
    axis_reset(engine.rtl, engine.streams, 2 * ENGINE_PORTS);
    engine.host.limit = 200000;
    host_wait_ready(&engine.host);
    struct espl_bus *bus = bus_host_new(&engine.host);
    if (!bus || espl_card_open_bus(&bus_host, bus, &card, why, sizeof why) != ESPL_OK)
        fail_msg("the engine's driver: %s", why);
    flow_setup(card);
    return card;
}
