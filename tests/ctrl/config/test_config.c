/* SPDX-License-Identifier: Apache-2.0 */
/* swanctl.conf: what it means, and the sentence for everything that is wrong or not supported. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "ctrl/config/config.h"

static char dir[] = "/tmp/espl-config-XXXXXX", path[64];
static char why[512];

static void put_file(const char *name, const char *text, size_t len)
{
    char full[128];
    (void)snprintf(full, sizeof(full), "%s/%s", dir, name);
    FILE *f = fopen(full, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

static struct config *load(const char *text)
{
    struct config *config;
    put_file("c.conf", text, strlen(text));
    why[0] = '\0';
    if (config_load(path, &config, why, sizeof(why)) != 0) {
        assert_null(config);
        return NULL;
    }
    return config;
}

static struct config *must_load(const char *text)
{
    struct config *config = load(text);
    if (!config)
        fail_msg("%s", why);
    return config;
}

static const char full[] =
    "# a gateway\n"
    "defaults { rekey_time = 2h\n encap = yes }\n"
    "connections {\n"
    "    gw : defaults {\n"
    "        version = 2   # IKEv2\n"
    "        local_addrs  = 192.0.2.1\n"
    "        remote_addrs = 192.0.2.2\n"
    "        local_port = 4500\n"
    "        remote_port = 4501\n"
    "        proposals = aes256gcm16-prfsha384-ecp384, aes128-sha256-modp2048-x25519, default\n"
    "        dpd_delay = 30s\n"
    "        keyingtries = %forever\n"
    "        mobike = no\n fragmentation = accept\n childless = prefer\n unique = replace\n"
    "        reauth_time = 3h\n vips = 0.0.0.0, 2001:db8::7, %config\n pools = road, six\n"
    "        local {\n auth = psk\n id = moon.example\n }\n"
    "        remote {\n auth = psk\n id = sun@example.org\n }\n"
    "        children {\n"
    "            net {\n"
    "                local_ts = 10.1.0.77/24\n"
    "                remote_ts = 10.2.0.0/16[tcp/443], 10.3.0.9[udp/1000-2000],\\\n"
    "                    10.4.0.0/14[icmp]\n"
    "                esp_proposals = aes256gcm16-ecp384\n"
    "                start_action = start\n"
    "                dpd_action = restart\n close_action = start\n"
    "                rekey_time = 10m\n life_time = 12m\n rand_time = 30\n"
    "                replay_window = 64\n rekey_bytes = 20g\n rekey_packets = 1000\n"
    "                life_packets = 5000\n rand_packets = 7\n"
    "            }\n"
    "            second { }\n"
    "        }\n"
    "    }\n"
    "}\n"
    "secrets {\n"
    "    ike-1 {\n id-1 = moon.example\n id-2 = sun@example.org\n secret = \"two # \\\"words\\\"\" "
    "}\n"
    "    ike-2 { secret = 0x00ff10\n }\n"
    "    ike-3 { id = venus.example\n secret = 0sAAECAw== \n }\n"
    "}\n";

/* From which address on, and how many. */
static void pools_are_read(void **state)
{
    static const struct {
        const char *addrs;
        uint8_t family, last;
        uint64_t size;
    } rows[] = {
        {"10.3.0.0/24", 4, 1, 254},
        {"10.3.0.10/24", 4, 10, 245},
        {"10.3.0.0/30", 4, 1, 2},
        {"10.3.0.4/31", 4, 4, 2},
        {"10.3.0.7", 4, 7, 1},
        {"10.3.0.10-10.3.1.9", 4, 10, 256},
        {"2001:db8::/120", 6, 1, 255},
        {"2001:db8::8/64", 6, 8, UINT64_C(1) << 31},
        {"2001:db8::1-2001:db8::ff", 6, 1, 255},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char text[256];
        (void)snprintf(text, sizeof(text),
                       "pools { p { addrs = %s\n dns = 10.3.0.1, 2001:db8::53\n subnet = 10.0.0.0/8 } }\n",
                       rows[i].addrs);
        struct config *config = must_load(text);
        const struct config_pool *p = config->pools;
        assert_string_equal(p->name, "p");
        assert_int_equal(p->first.family, rows[i].family);
        assert_int_equal(p->first.bytes[rows[i].family == 4 ? 3 : 15], rows[i].last);
        assert_int_equal(p->size, rows[i].size);
        assert_int_equal(p->attr_count, 3);
        assert_int_equal(p->attrs[0].type, 3);
        assert_int_equal(p->attrs[1].type, 10);
        assert_int_equal(p->attrs[1].len, 16);
        assert_memory_equal(p->attrs[2].data, ((uint8_t[]){10, 0, 0, 0, 255, 0, 0, 0}), 8);
        config_unref(config);
    }
}

static void everything_is_read(void **state)
{
    (void)state;
    struct config *config = must_load(full);
    const struct config_conn *c = config->conns;
    assert_string_equal(c->name, "gw");
    assert_null(c->next);
    assert_int_equal(c->local_addr.family, ESPL_IPV4);
    assert_memory_equal(c->local_addr.bytes, ((uint8_t[]){192, 0, 2, 1}), 4);
    assert_int_equal(c->local_port, 4500);
    assert_int_equal(c->remote_port, 4501);
    assert_true(c->encap);
    assert_int_equal(c->rekey_time, 7200);
    assert_int_equal(c->over_time, 720);
    assert_int_equal(c->rand_time, 720);
    assert_int_equal(c->dpd_delay, 30);
    assert_int_equal(c->keyingtries, 0);
    assert_int_equal(c->local_id.type, 2);
    assert_int_equal(c->remote_id.type, 3);

    assert_int_equal(c->reauth_time, 3 * 3600);
    assert_false(c->mobike);
    assert_int_equal(c->fragmentation, CONFIG_FRAGMENTATION_ACCEPT);
    assert_int_equal(c->childless, CONFIG_CHILDLESS_PREFER);
    assert_int_equal(c->unique, CONFIG_UNIQUE_REPLACE);
    assert_int_equal(c->vip_count, 3);
    assert_int_equal(c->vips[1].family, ESPL_IPV6);
    assert_int_equal(c->vips[1].bytes[15], 7);
    assert_int_equal(c->vips[2].family, ESPL_IPV4);
    assert_int_equal(c->pool_count, 2);
    assert_string_equal(c->pools[1], "six");

    assert_int_equal(c->proposal_count, 4); /* default is two: GCM and CBC */
    const struct config_proposal *p = &c->proposals[0];
    assert_int_equal(p->encr[0].id, 20);
    assert_int_equal(p->encr[0].key_bits, 256);
    assert_int_equal(p->prf[0], 6);
    assert_int_equal(p->integ_count, 0);
    assert_int_equal(p->ke[0], 20);
    p = &c->proposals[1];
    assert_int_equal(p->encr[0].id, 12);
    assert_int_equal(p->prf[0], 5);
    assert_int_equal(p->integ[0], 12);
    assert_int_equal(p->ke_count, 2);
    assert_int_equal(p->ke[1], 31);

    const struct config_child *child = c->children;
    assert_string_equal(child->name, "net");
    assert_int_equal(child->start_action, CONFIG_START_START);
    assert_int_equal(child->dpd_action, CONFIG_START_START);
    assert_int_equal(child->close_action, CONFIG_START_START);
    assert_int_equal(child->rekey_time, 600);
    assert_int_equal(child->life_time, 720);
    assert_int_equal(child->rand_time, 30);
    assert_int_equal(child->replay_window, 64);
    assert_int_equal(child->rekey_bytes, UINT64_C(20) << 30);
    assert_int_equal(child->life_bytes, UINT64_C(22) << 30);
    assert_int_equal(child->rand_bytes, UINT64_C(2) << 30);
    assert_int_equal(child->life_packets, 5000);
    assert_int_equal(child->rand_packets, 7);
    assert_int_equal(child->proposals[0].ke[0], 20);
    assert_int_equal(child->local_ts_count, 1);
    assert_memory_equal(child->local_ts[0].src.addr.bytes, ((uint8_t[]){10, 1, 0, 0}), 4);
    assert_int_equal(child->local_ts[0].sport.last, 65535);
    assert_int_equal(child->remote_ts_count, 3);
    assert_int_equal(child->remote_ts[0].proto, 6);
    assert_int_equal(child->remote_ts[0].sport.first, 443);
    assert_int_equal(child->remote_ts[0].sport.last, 443);
    assert_int_equal(child->remote_ts[1].src.len, 32);
    assert_int_equal(child->remote_ts[1].sport.first, 1000);
    assert_int_equal(child->remote_ts[1].sport.last, 2000);
    assert_int_equal(child->remote_ts[2].proto, 1);
    assert_int_equal(child->remote_ts[2].src.len, 14);

    child = child->next; /* the defaults of swanctl.conf(5) */
    assert_string_equal(child->name, "second");
    assert_int_equal(child->rekey_time, 3600);
    assert_int_equal(child->life_time, 3960);
    assert_int_equal(child->rand_time, 360);
    assert_int_equal(child->replay_window, 32);
    assert_int_equal(child->local_ts_count, 0);
    assert_int_equal(child->start_action, CONFIG_START_NONE);
    assert_int_equal(child->proposal_count, 1);
    assert_int_equal(child->proposals[0].encr_count, 2);
    assert_int_equal(child->proposals[0].ke_count, 0);
    assert_int_equal(child->proposals[0].esn_count, 2);
    assert_int_equal(child->proposals[0].esn[0], 1);
    assert_int_equal(child->proposals[0].esn[1], 0);

    const struct config_secret *s = config->secrets;
    assert_int_equal(s->id_count, 2);
    assert_int_equal(s->len, strlen("two # \"words\""));
    assert_memory_equal(s->data, "two # \"words\"", s->len);
    s = s->next;
    assert_int_equal(s->len, 3);
    assert_memory_equal(s->data, "\x00\xff\x10", 3);
    s = s->next;
    assert_int_equal(s->len, 4);
    assert_memory_equal(s->data, "\x00\x01\x02\x03", 4);
    config_unref(config_ref(config));
    config_unref(config);
}

static void secret_of_most_identities(void **state)
{
    (void)state;
    struct config *config =
        must_load("secrets {\n"
                  " ike-any { secret = any\n}\n"
                  " ike-moon { id = moon\n secret = moon\n}\n"
                  " ike-pair { id-a = moon\n id-b = SUN\n secret = pair\n}\n"
                  " ike-venus { id = venus\n secret = venus\n}\n"
                  " ike-others { id-a = mars\n id-b = moon\n secret = others\n}\n"
                  "}\n");
    static const struct {
        const char *local, *remote, *secret;
    } cases[] = {
        {"moon", "sun", "pair"},   {"sun", "moon", "pair"}, {"moon", "venus", "venus"},
        {"moon", "pluto", "moon"}, {"io", "pluto", "any"},  {"moon", "mars", "others"},
        {"mars", "pluto", "any"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct config_id local, remote;
        assert_true(config_id_parse(cases[i].local, &local) &&
                    config_id_parse(cases[i].remote, &remote));
        const struct config_secret *s = config_find_secret(config->secrets, SECRET_IKE, &local, &remote);
        assert_non_null(s);
        assert_int_equal(s->len, strlen(cases[i].secret));
        assert_memory_equal(s->data, cases[i].secret, s->len);
    }
    config_unref(config);
    config = must_load("secrets { ike { id = moon\n id2 = sun\n secret = x\n }\n }\n");
    struct config_id a, b;
    assert_true(config_id_parse("moon", &a) && config_id_parse("pluto", &b));
    assert_null(config_find_secret(config->secrets, SECRET_IKE, &a, &b));
    config_unref(config);
}

static void identities(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint8_t type;
        size_t len;
    } cases[] = {
        {"", 0, 0},        {"%any", 0, 0},       {"10.0.0.1", 1, 4},      {"moon.example", 2, 12},
        {"@moon", 2, 4},   {"a@b", 3, 3},        {"@@a@b", 3, 3},         {"2001:db8::1", 5, 16},
        {"@#00ff", 11, 2}, {"keyid:x y", 11, 3}, {"fqdn:10.0.0.1", 2, 8}, {"email:m", 3, 1},
        {"a:b", 11, 3},    {"*.example", 2, 9},  {"C=CH, O=x", 9, 27},    {"/C=CH/O=x", 9, 27},
    };
    static const char *const bad[] = {"C=CHX, O=x", "Q=z", "CN=", "@#0", "@#0g",
                                      "ipv4:moon", "fqdn:",     "@"};
    struct config_id id, other;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_true(config_id_parse(cases[i].text, &id));
        assert_int_equal(id.type, cases[i].type);
        assert_int_equal(id.len, cases[i].len);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_false(config_id_parse(bad[i], &id));
    char text[300];
    memset(text, 'a', sizeof(text));
    text[257] = '\0';
    assert_false(config_id_parse(text, &id));
    assert_true(config_id_parse("Moon.Example", &id) && config_id_parse("moon.example", &other));
    assert_true(config_id_equal(&id, &other));
    assert_true(config_id_parse("moon@example", &other));
    assert_false(config_id_equal(&id, &other));
    assert_true(config_id_parse("keyid:a", &id) && config_id_parse("keyid:A", &other));
    assert_false(config_id_equal(&id, &other));
}

#define CONN(x) "connections {\n gw {\n" x "\n local { auth = psk }\n remote { auth = psk }\n } }\n"
#define CHILD(x) CONN("children { net {\n" x "\n} }\n")

static const struct {
    const char *text, *message; /* after "FILE:" */
} wrong[] = {
    /* the form */
    {"connections {\n", "1: connections: the section is not closed"},
    {"}\n", "1: } closes no section"},
    {"connections { gw {\n x = {\n", "2: { in a value must be quoted"},
    {"connections { gw\n }\n", "1: gw: = and a value or { was expected after it"},
    {"a = \"b\n\n", "1: a quoted string is not closed"},
    {"\n\n = 3\n", "3: a name was expected before \"=\""},
    {"connections : nowhere { }\n", "1: connections: there is no section nowhere to take from"},
    {"a : b { }\nb : a { }\n", "2: b: takes from a, which takes from it or holds it"},
    {"connections : { }\n", "1: connections: the name of a section was expected after :"},
    {"a{b{c{d{e{f{g{h{i{j{k{l{m{n{o{p{q{", "1: q: more than 16 sections deep"},
    {"include nothing.conf\n", NULL},
    /* words */
    {"x = 1\n", "1: x: is not a word of swanctl.conf"},
    {"connexions { }\n", "1: connexions: is not a section of swanctl.conf"},
    {CONN("mobike = perhaps"), "3: connections.gw.mobike: perhaps is neither yes nor no"},
    {CONN("version = 1"), "3: connections.gw.version: 1 is not supported here; write version = 2"},
    {CONN("mobyke = yes"), "3: connections.gw.mobyke: is not a word of swanctl.conf"},
    {CONN("vips = 0.0.0"), "3: connections.gw.vips: 0.0.0 is not an IP address (0.0.0.0 or :: is any)"},
    {CONN("fragmentation = some"), "3: connections.gw.fragmentation: some is not supported here; it may "
                                   "be yes, accept, force, no"},
    {CONN("local_addrs = 10.0.0.0/8"), "3: connections.gw.local_addrs: 10.0.0.0/8 is not an IP "
                                       "address (names and networks are not supported here)"},
    {CONN("remote_addrs = 10.0.0.1, 10.0.0.2"),
     "3: connections.gw.remote_addrs: one address is supported here, not a list"},
    {CONN("local_addrs = 10.0.0.1\nremote_addrs = ::1"),
     "2: connections.gw: local_addrs and remote_addrs are of different families"},
    {CONN("local_port = 501"),
     "3: connections.gw.local_port: 501 is not served here; write 500 or 4500"},
    {CONN("remote_port = 0"), "3: connections.gw.remote_port: 0 is not a port"},
    {CONN("encap = maybe"), "3: connections.gw.encap: maybe is neither yes nor no"},
    {CONN("dpd_delay = 3x"),
     "3: connections.gw.dpd_delay: 3x is not a time (as 90, 90s, 30m, 4h, 1d)"},
    {CONN("keyingtries = many"),
     "3: connections.gw.keyingtries: many is neither a number nor %forever"},
    {CONN("rekey_time = 10s\nrand_time = 10s"),
     "2: connections.gw: rand_time is not less than rekey_time"},
    {CONN("local-2 { auth = psk }"),
     "4: connections.gw.local: is one round of authentication too many; one is supported here"},
    {CONN("stuff { }"), "3: connections.gw.stuff: is not a section of swanctl.conf"},
    {"connections { gw { local { auth = psk }\n } }\n",
     "1: connections.gw: the section remote is missing"},
    {"connections { gw { local { id = moon }\n } }\n",
     "1: connections.gw: the section remote is missing"},
    {"connections { gw { local { auth = xauth }\n } }\n",
     "1: connections.gw.local.auth: xauth is not supported here; psk, pubkey (rsa, rsa/pss, ecdsa, "
     "ed25519, with key sizes and hashes) and eap-mschapv2 are"},
    {"connections { gw { local { auth = 2048-rsa }\n } }\n",
     "1: connections.gw.local.auth: 2048-rsa is not supported here; psk, pubkey (rsa, rsa/pss, "
     "ecdsa, ed25519, with key sizes and hashes) and eap-mschapv2 are"},
    {"connections { gw { local { auth = psk\nid = *.example }\n } }\n",
     "2: connections.gw.local.id: *.example names many, and this side is one"},
    {"connections { gw { local { auth = psk\nid = C=CH, CN }\n } }\n",
     "2: connections.gw.local.id: C=CH, CN is no identity supported here"},
    {"connections { gw { local { certs = none.pem }\n } }\n", "1: connections.gw.local.certs: "},
    {"connections { gw { local { auth = eap }\n remote { auth = psk }\n } }\n",
     "1: connections.gw: auth = eap-mschapv2 needs auth = pubkey at the other side"},
    {"connections { gw { local { }\n remote { revocation = often }\n } }\n",
     "2: connections.gw.remote.revocation: often is none of relaxed, ifuri, strict"},
    {CONN("ppk_required = yes"), "2: connections.gw: ppk_required = yes without ppk_id"},
    {"authorities { ca { crl_uris = https://x/y\n } }\n",
     "1: authorities.ca.crl_uris: https://x/y: only http:// is supported here"},
    {"authorities { ca { crl_uris = http://x/y\n } }\n", "1: authorities.ca: one cacert is needed"},
    /* proposals */
    {CONN("proposals = aes256gcm16-prfsha384-ecp384, 3des-sha256-modp2048"),
     "3: connections.gw.proposals: 3des-sha256-modp2048: \"3des\" is not an algorithm supported "
     "here"},
    {CONN("proposals = aes256gcm16-ecp384"), "3: connections.gw.proposals: aes256gcm16-ecp384: has "
                                             "no prf (as in aes256gcm16-prfsha384-ecp384)"},
    {CONN("proposals = aes256-prfsha256-ecp384"),
     "3: connections.gw.proposals: aes256-prfsha256-ecp384: has no integrity algorithm (as in "
     "aes256-sha256-ecp256)"},
    {CONN("proposals = aes256gcm16-aes256-sha256-ecp384"),
     "3: connections.gw.proposals: aes256gcm16-aes256-sha256-ecp384: mixes AES-GCM and AES-CBC; "
     "write two "
     "proposals, separated by a comma"},
    {CONN("proposals = aes256-sha256"), "3: connections.gw.proposals: aes256-sha256: has no key "
                                        "exchange method (as ecp384 or x25519)"},
    {CONN("proposals = aes256-sha256-ecp384,"),
     "3: connections.gw.proposals: an item of the list is empty"},
    {CONN("proposals = default,default,default,default,default"),
     "3: connections.gw.proposals: has more than 8 proposals"},
    {CHILD("esp_proposals = aes256-sha256"),
     "4: connections.gw.children.net.esp_proposals: aes256-sha256: asks for AES-CBC, which the "
     "card does not "
     "have; write aes128gcm16 or aes256gcm16"},
    {CHILD("esp_proposals = aes256gcm16-sn"),
     "4: connections.gw.children.net.esp_proposals: aes256gcm16-sn: \"sn\" is not an algorithm "
     "supported here"},
    {CHILD("esp_proposals = aes256gcm16-prfsha256"),
     "4: connections.gw.children.net.esp_proposals: aes256gcm16-prfsha256: has a prf, which only "
     "IKE proposals have"},
    /* children */
    {CHILD("mode = beet"), "4: connections.gw.children.net.mode: beet is not supported here; it may be "
                           "tunnel, transport"},
    {CHILD("start_action = stop"), "4: connections.gw.children.net.start_action: stop is not supported "
                                   "here; it may be none, start, trap, trap|start"},
    {CHILD("start_action = start"),
     "2: connections.gw: remote_addrs is missing, and the child net is to be started"},
    {CHILD("dpd_action = restart"),
     "2: connections.gw: remote_addrs is missing, and the child net is to be started"},
    {"pools { p { dns = 10.1.0.1 } }\n", "1: pools.p: addrs is missing"},
    {"pools { p { addrs = 10.1.0.9-10.1.0.1 } }\n",
     "1: pools.p.addrs: 10.1.0.9-10.1.0.1 is neither a network (10.3.0.0/24) nor a range "
     "(10.3.0.10-10.3.0.20)"},
    {"pools { p { nbns = 2001:db8::1\n addrs = 10.1.0.0/24 } }\n",
     "1: pools.p.nbns: 2001:db8::1: there is no such attribute for IPv6"},
    {"pools { p { split_include = 10.0.0.0/8 } }\n", "1: pools.p.split_include: is not supported here"},
    {CHILD("rekey_bytes = 5x"), "4: connections.gw.children.net.rekey_bytes: 5x is not a number (as 1000000, "
                                "500m, 20g)"},
    {CHILD("rekey_bytes = 5m\n life_bytes = 4m"), "3: connections.gw.children.net: of bytes or packets, life_* is "
                                                  "less than rekey_*, or rand_* is not"},
    {CHILD("life_time = 30m"), "3: connections.gw.children.net: life_time is less than rekey_time"},
    {CHILD("local_ts = 10.0.0.0/33"),
     "4: connections.gw.children.net.local_ts: 10.0.0.0/33 is not a network (as 10.1.0.0/24)"},
    {CHILD("local_ts = 10.0.0.0/8[tcp/x-y]"),
     "4: connections.gw.children.net.local_ts: 10.0.0.0/8[tcp/x-y] names "
     "no port or range of ports (as 443 or 1000-2000)"},
    {CHILD("local_ts = 10.0.0.0/8[tcp/20-10]"),
     "4: connections.gw.children.net.local_ts: 10.0.0.0/8[tcp/20-10] "
     "names no port or range of ports (as 443 or 1000-2000)"},
    {CHILD("local_ts = 10.0.0.0/8[icmp/8]"),
     "4: connections.gw.children.net.local_ts: 10.0.0.0/8[icmp/8] names ports of a protocol that "
     "has none"},
    {CHILD("local_ts = 10.0.0.0/8[nosuch]"),
     "4: connections.gw.children.net.local_ts: 10.0.0.0/8[nosuch] names an unknown protocol"},
    {CHILD("local_ts = 10.0.0.0/8[tcp"),
     "4: connections.gw.children.net.local_ts: 10.0.0.0/8[tcp has a [ without ] at its end"},
    {CHILD("local_ts = dynamic, 10.0.0.0/8"),
     "4: connections.gw.children.net.local_ts: dynamic is supported alone only"},
    {CHILD("updown = /bin/x"), "4: connections.gw.children.net.updown: is not supported here"},
    {CHILD("replay_window = -1"),
     "4: connections.gw.children.net.replay_window: -1 is not a number"},
    /* secrets */
    {"secrets {\n ike-1 { id = moon\n }\n }\n", "2: secrets.ike-1: secret is missing"},
    {"secrets {\n ntlm-1 { secret = x\n }\n }\n",
     "2: secrets.ntlm-1: secrets of this kind are not supported here; ike, eap, ppk and private "
     "are"},
    {"secrets {\n ike { secret = 0x123\n } }\n",
     "2: secrets.ike.secret: what follows 0x is not hexadecimal"},
    {"secrets {\n ike { secret = 0s!!!!\n } }\n",
     "2: secrets.ike.secret: what follows 0s is not base64"},
    {"secrets {\n ike { secret = x\n word = y\n } }\n",
     "3: secrets.ike.word: is not a word of swanctl.conf"},
};

static void every_error_says_where_and_why(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        char expected[512];
        if (load(wrong[i].text))
            fail_msg("taken: %s", wrong[i].text);
        if (!wrong[i].message)
            (void)snprintf(expected, sizeof(expected),
                           "%s/nothing.conf:1: can't be read: No such file or directory", dir);
        else
            (void)snprintf(expected, sizeof(expected), "%s:%s", path, wrong[i].message);
        /* what OpenSSL or the system says about a file may follow */
        if (strlen(expected) > 2 && strcmp(expected + strlen(expected) - 2, ": ") == 0)
            assert_memory_equal(why, expected, strlen(expected));
        else
            assert_string_equal(why, expected);
    }
}

static void no_secret_in_a_message(void **state)
{
    (void)state;
    assert_null(load("secrets { ike { secret = 0xhorsebattery\n } }\n"));
    assert_null(strstr(why, "horse"));
    assert_null(load("secrets { ike { secret = 0shorse!battery\n } }\n"));
    assert_null(strstr(why, "horse"));
}

/* Cut anywhere, or with any byte replaced: a config or a sentence, never a crash. */
static void cut_and_bent_anywhere(void **state)
{
    (void)state;
    char text[sizeof(full)];
    for (size_t len = 0; len < sizeof(full); len++) {
        struct config *config;
        put_file("c.conf", full, len);
        why[0] = '\0';
        if (config_load(path, &config, why, sizeof(why)) == 0)
            config_unref(config);
        else
            assert_non_null(strchr(why, ':'));
    }
    for (size_t i = 0; i + 1 < sizeof(full); i++) {
        static const char bytes[] = "\"{}\\\n=:,.0\xff\x00";
        struct config *config;
        memcpy(text, full, sizeof(full));
        text[i] = bytes[i % (sizeof(bytes) - 1)];
        put_file("c.conf", text, sizeof(full) - 1);
        if (config_load(path, &config, why, sizeof(why)) == 0)
            config_unref(config);
    }
}

static void includes_and_inheritance(void **state)
{
    (void)state;
    put_file("one.inc", "gw { encap = yes\n }\n", 20);
    put_file("two.inc", "gw { dpd_delay = 5\n }\n", 22);
    struct config *config =
        must_load("connections {\n include *.inc\n include *.nothing\n"
                  " gw : base.a, base.b { rekey_time = 3h\n dpd_delay =\n }\n}\n"
                  "base { a { rekey_time = 1h\n local { auth = psk\n id = a\n } }\n"
                  "       b { remote_port = 1234\n local { id = b\n }\n"
                  "           remote { auth = psk\n } } }\n");
    const struct config_conn *c = config->conns;
    assert_true(c->encap);
    assert_int_equal(c->dpd_delay, 0); /* an empty value takes it back */
    assert_int_equal(c->rekey_time, 10800);
    assert_int_equal(c->remote_port, 1234);
    assert_string_equal(c->local_id.text, "a");
    config_unref(config);

    put_file("loop.conf", "include loop.conf\n", 18);
    assert_null(load("include loop.conf\n"));
    assert_non_null(strstr(why, "loop.conf:1: include: more than 8 files deep"));
    put_file("bad.conf", "\nconnections { gw { x = y\n } }\n", 30);
    assert_null(load("include bad.conf\n"));
    assert_non_null(strstr(why, "bad.conf:2: connections.gw.x: is not a word"));
}

static void files_that_are_none(void **state)
{
    (void)state;
    struct config *config;
    assert_int_equal(config_load("/nonexistent/x", &config, why, sizeof(why)), -1);
    assert_string_equal(why, "/nonexistent/x:1: can't be read: No such file or directory");
    assert_int_equal(config_load(dir, &config, why, sizeof(why)), -1);
    assert_non_null(strstr(why, "can't be read: Is a directory"));
    put_file("c.conf", "a\0b", 3);
    assert_int_equal(config_load(path, &config, why, sizeof(why)), -1);
    assert_non_null(strstr(why, ":1: a NUL byte: this is no text file"));
    char *big = calloc(1, (32u << 20) + 10);
    assert_non_null(big);
    memset(big, '\n', (32u << 20) + 10);
    put_file("c.conf", big, (32u << 20) + 10);
    free(big);
    assert_int_equal(config_load(path, &config, why, sizeof(why)), -1);
    assert_non_null(strstr(why, "is longer than"));
    static char value[20000];
    memset(value, 'v', sizeof(value));
    memcpy(value, "a = ", 4);
    put_file("c.conf", value, sizeof(value));
    assert_int_equal(config_load(path, &config, why, sizeof(why)), -1);
    assert_non_null(strstr(why, ":1: a value is longer than 16383 bytes"));
}

static int make_dir(void **state)
{
    (void)state;
    if (!mkdtemp(dir))
        return -1;
    (void)snprintf(path, sizeof(path), "%s/c.conf", dir);
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    static const char *const names[] = {"c.conf", "one.inc", "two.inc", "loop.conf", "bad.conf"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        char name[128];
        (void)snprintf(name, sizeof(name), "%s/%s", dir, names[i]);
        (void)unlink(name);
    }
    return rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_read),
        cmocka_unit_test(pools_are_read),
        cmocka_unit_test(secret_of_most_identities),
        cmocka_unit_test(identities),
        cmocka_unit_test(every_error_says_where_and_why),
        cmocka_unit_test(no_secret_in_a_message),
        cmocka_unit_test(cut_and_bent_anywhere),
        cmocka_unit_test(includes_and_inheritance),
        cmocka_unit_test(files_that_are_none),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
