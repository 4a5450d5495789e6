/* SPDX-License-Identifier: Apache-2.0 */
/* Connections and secrets that come and go through the control socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ctrl/sa/pool.h"
#include "tests/ctrl/vici/harness.h"

static void put_auth(struct vici_out *o, const char *section, const char *id)
{
    vici_section(o, section);
    vici_add(o, "auth", "psk");
    vici_add(o, "id", "%s", id);
    vici_section_end(o);
}

/* As swanctl sends it. more: a word of the connection, or NULL. */
static void load(int fd, const char *name, const char *rekey_time, const char *more)
{
    struct vici_out o;
    vici_out_begin(&o, VICI_CMD_REQUEST, "load-conn");
    vici_section(&o, name);
    vici_list(&o, "remote_addrs");
    vici_item(&o, "10.99.0.7");
    vici_list_end(&o);
    if (more)
        vici_add(&o, more, "yes");
    put_auth(&o, "local-1", "a.example");
    put_auth(&o, "remote-1", "c.example");
    vici_section(&o, "children");
    vici_section(&o, "lan");
    vici_list(&o, "remote_ts");
    vici_item(&o, "10.8.0.0/24");
    vici_item(&o, "10.9.0.0/24[tcp/443]");
    vici_list_end(&o);
    vici_add(&o, "rekey_time", "%s", rekey_time);
    vici_section_end(&o);
    vici_section_end(&o);
    vici_section_end(&o);
    post(fd, &o);
}

static void connections_come_and_go(void **state)
{
    const struct ike_manager *m = lab.side[0].m;
    int fd = client();
    (void)state;
    choose(fd, "initiate", "child", "net", NULL);
    expect(fd, 1, "success=yes");
    load(fd, "far", "2h", NULL);
    expect(fd, 1, "1 success=yes");
    ask(fd, VICI_EVENT_REGISTER, "list-conn");
    ask(fd, VICI_CMD_REQUEST, "list-conns");
    expect(fd, 4, "7 list-conn far{ local_addrs[ %any ] remote_addrs[ 10.99.0.7 ] version=IKEv2");
    says("lan{ mode=TUNNEL rekey_time=7200 ");
    says("remote-ts[ 10.8.0.0/24 10.9.0.0/24[6/443-443] ]");
    const struct config_conn *far = m->config->conns->next;
    const struct config_child *lan = far->children;
    load(fd, "far", "2h", NULL);
    expect(fd, 1, "success=yes");
    assert_ptr_equal(m->config->conns->next, far); /* the same as before: nothing moved */
    assert_ptr_equal(far->children, lan);
    load(fd, "far", "3h", NULL);
    expect(fd, 1, "success=yes");
    assert_ptr_equal(m->config->conns->next, far);
    assert_int_equal(far->children->rekey_time, 3 * 3600);
    assert_null(far->children->next); /* nobody used the old one */
    load(fd, "far", "4h", "encap");
    expect(fd, 1, "success=yes");
    assert_true(m->config->conns->next->encap);
    assert_null(m->config->conns->next->next);
    load(fd, "far", "4h", "aggressive");
    expect(fd, 1, "success=no errmsg=connections.far.aggressive: yes is not supported here; write");
    load(fd, "far", "soon", NULL);
    expect(fd, 1, "errmsg=connections.far.children.lan.rekey_time: soon is not a time");
    load(fd, "far", "4h", "nonsense");
    expect(fd, 1, "errmsg=connections.far.nonsense: is not a word of swanctl.conf");
    struct vici_out o; /* a certificate, as swanctl sends it */
    vici_out_begin(&o, VICI_CMD_REQUEST, "load-conn");
    vici_section(&o, "far");
    vici_section(&o, "local");
    vici_put(&o, "certs", "\x30\x82\x00\x01", 4);
    vici_section_end(&o);
    vici_section_end(&o);
    post(fd, &o);
    expect(fd, 1, "success=no errmsg=connections.far.local.certs: it is no certificate");
    assert_true(m->config->conns->next->encap); /* what was refused changed nothing */
    choose(fd, "unload-conn", "name", "far", NULL);
    expect(fd, 1, "success=yes");
    ask(fd, VICI_CMD_REQUEST, "get-conns");
    expect(fd, 1, "conns[ net ] ");
    choose(fd, "unload-conn", "name", "far", NULL);
    expect(fd, 1, "success=no errmsg=there is no connection far");
    lab_assert_tunnel(&lab); /* all the while */
    assert_int_equal(lab.side[0].events[IKE_EVENT_CHILD_DOWN], 0);
    close(fd);
}

/* A connection that goes lives on in its SAs, and is freed with the last one. */
static void an_unloaded_connection_keeps_its_sas(void **state)
{
    const struct ike_manager *m = lab.side[0].m;
    int fd = client();
    (void)state;
    choose(fd, "initiate", "child", "net", NULL);
    expect(fd, 1, "success=yes");
    choose(fd, "unload-conn", "name", "net", NULL);
    expect(fd, 1, "success=yes");
    ask(fd, VICI_CMD_REQUEST, "get-conns");
    expect(fd, 1, "conns[ ] ");
    choose(fd, "initiate", "child", "net", NULL);
    expect(fd, 1, "success=no errmsg=no connection has a child net");
    choose(fd, "rekey", "child", "net", NULL);
    expect(fd, 1, "success=yes");
    turns(50);
    lab_assert_tunnel(&lab);
    choose(fd, "terminate", "ike", "net", NULL);
    expect(fd, 1, "success=yes");
    lab_run(&lab, 60000);
    assert_null(m->config->conns);
    assert_null(m->wants);
    close(fd);
}

static void load_shared(int fd, const char *id, const char *type, const char *data, size_t len)
{
    struct vici_out o;
    vici_out_begin(&o, VICI_CMD_REQUEST, "load-shared");
    if (id)
        vici_add(&o, "id", "%s", id);
    vici_add(&o, "type", "%s", type);
    vici_put(&o, "data", data, len);
    vici_list(&o, "owners");
    vici_item(&o, "x.example");
    vici_item(&o, "y.example");
    vici_list_end(&o);
    post(fd, &o);
}

static void secrets_go_in_and_not_out(void **state)
{
    static const char binary[] = {0, 'h', 'u', 's', 'h', (char)0xff, ','};
    const struct ike_manager *m = lab.side[0].m;
    struct config_id x, y;
    int fd = client();
    (void)state;
    assert_true(config_id_parse("x.example", &x) && config_id_parse("y.example", &y));
    load_shared(fd, "ike-far", "ike", "hush hush", 9);
    expect(fd, 1, "1 success=yes \n");
    load_shared(fd, "ike-far", "IKE", binary, sizeof(binary)); /* in its place */
    expect(fd, 1, "1 success=yes \n");
    load_shared(fd, NULL, "ike", "0xzz", 4); /* bytes, whatever they look like */
    expect(fd, 1, "1 success=yes \n");
    /* the signer has it; what the daemon keeps has no bytes of it */
    uint8_t mac[HASH_MAX], expected[HASH_MAX];
    const struct piece octets = {(const uint8_t *)"octets", 6};
    assert_int_equal(auth_shared(PRF_HMAC_SHA2_256,
                                 (struct piece){(const uint8_t *)binary, sizeof(binary)}, octets,
                                 expected),
                     CRYPTO_OK);
    assert_int_equal(signer_psk(lab.side[0].signer, &x, &y, PRF_HMAC_SHA2_256, octets, mac),
                     SIGNER_OK);
    assert_memory_equal(mac, expected, 32);
    for (const struct config_secret *s = m->config->secrets; s; s = s->next) {
        assert_int_equal(s->len, 0);
        assert_true(s->number ? !s->data : s->data[0] == 0 && s->data[1] == 0);
    }
    load_shared(fd, "eap-far", "EAP", "hush", 4);
    expect(fd, 1, "success=yes");
    load_shared(fd, "ntlm-far", "NTLM", "hush", 4);
    expect(fd, 1, "success=no errmsg=type: secrets of other types than IKE, EAP and PPK");
    load_shared(fd, "ike-none", "ike", "", 0);
    expect(fd, 1, "success=no errmsg=data: it is missing");
    ask(fd, VICI_CMD_REQUEST, "get-shared");
    expect(fd, 1, "ike-far eap-far ] ");
    assert_null(strstr(answer, "hush"));
    choose(fd, "unload-shared", "id", "ike-far", NULL);
    expect(fd, 1, "success=yes");
    choose(fd, "unload-shared", "id", "ike-far", NULL);
    expect(fd, 1, "success=no errmsg=there is no secret of that id");
    ask(fd, VICI_CMD_REQUEST, "clear-creds");
    expect(fd, 1, "success=yes");
    assert_null(m->config->secrets);
    close(fd);
}

static void pools_come_and_go(void **state)
{
    struct vici_out o;
    int fd = client();
    (void)state;
    vici_out_begin(&o, VICI_CMD_REQUEST, "load-pool");
    vici_section(&o, "road");
    vici_add(&o, "addrs", "10.9.0.0/24");
    vici_list(&o, "dns");
    vici_item(&o, "10.9.0.53");
    vici_list_end(&o);
    vici_section_end(&o);
    post(fd, &o);
    expect(fd, 1, "1 success=yes");
    const struct pool *pool = lab.side[0].m->pools;
    assert_int_equal(pool->conf->attr_count, 1);
    const struct config_id id = {.type = 2, .data = "c.example", .len = 9, .text = "c.example"};
    const struct config_conn conn = {.pools = {(char *)(uintptr_t) "road"}, .pool_count = 1};
    struct espl_addr got, any = {.family = ESPL_IPV4};
    assert_true(pool_take(lab.side[0].m, &conn, &id, &any, &got));
    ask(fd, VICI_CMD_REQUEST, "get-pools");
    expect(fd, 1, "1 road{ base=10.9.0.1 size=254 online=1 offline=0 }");
    choose(fd, "get-pools", "leases", "yes", NULL);
    expect(fd, 1, "leases{ 0{ address=10.9.0.1 identity=c.example status=online } }");
    choose(fd, "unload-pool", "name", "road", NULL);
    expect(fd, 1, "success=yes");
    ask(fd, VICI_CMD_REQUEST, "get-pools");
    expect(fd, 1, "1 ");
    assert_non_null(lab.side[0].m->pools); /* with its last lease */
    pool_release(lab.side[0].m, &got);
    assert_null(lab.side[0].m->pools);
    choose(fd, "unload-pool", "name", "road", NULL);
    expect(fd, 1, "success=no errmsg=there is no pool road");
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(connections_come_and_go),
        TEST(pools_come_and_go),
        TEST(an_unloaded_connection_keeps_its_sas),
        TEST(secrets_go_in_and_not_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
