/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates, private keys and authorities through the control socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ctrl/sa/state.h"
#include "ctrl/trust/trust.h"
#include "tests/ctrl/trust/pki.h"
#include "tests/ctrl/vici/harness.h"

static EVP_PKEY *ca_key, *key;
static X509 *ca, *cert;

static int make(void **state)
{
    const struct pki_cert r = {.name = "root", .ca = true}, c = {.name = "sun.example"};
    set_up(state);
    ca_key = pki_key("EC:P-256");
    key = pki_key("EC:P-256");
    ca = pki_cert(ca_key, &r, NULL, NULL);
    cert = pki_cert(key, &c, ca, ca_key);
    return 0;
}

static int drop(void **state)
{
    pki_free();
    return tear_down(state);
}

static void load_cert(int fd, const char *type, const char *flag, const void *data, size_t len)
{
    struct vici_out o;
    vici_out_begin(&o, VICI_CMD_REQUEST, "load-cert");
    vici_add(&o, "type", "%s", type);
    vici_add(&o, "flag", "%s", flag);
    vici_put(&o, "data", data, len);
    post(fd, &o);
}

static void load_blob(int fd, const char *type, const char *flag, struct config_blob *b)
{
    load_cert(fd, type, flag, b->data, b->len);
    expect(fd, 1, "1 success=yes \n");
    config_blobs_free(b);
}

static void load_key(int fd, const void *data, size_t len)
{
    struct vici_out o;
    vici_out_begin(&o, VICI_CMD_REQUEST, "load-key");
    vici_add(&o, "type", "any");
    vici_put(&o, "data", data, len);
    post(fd, &o);
}

static void certificates(void **state)
{
    int fd = client();
    (void)state;
    load_blob(fd, "X509", "CA", pki_blob(ca));
    load_blob(fd, "X509", "CA", pki_blob(ca)); /* once more: the same */
    load_blob(fd, "X509", "NONE", pki_blob(cert));
    load_blob(fd, "X509_CRL", "NONE", pki_crl(ca, ca_key, NULL, false));
    load_cert(fd, "X509", "NONE", "nonsense", 8);
    expect(fd, 1, "success=no errmsg=data: it is no certificate");
    load_cert(fd, "X509_CRL", "NONE", "nonsense", 8);
    expect(fd, 1, "success=no errmsg=data: it is no CRL");
    load_cert(fd, "X509_AC", "NONE", "nonsense", 8);
    expect(fd, 1, "success=no errmsg=type: X509_AC is not supported by espalierd");
    ask(fd, VICI_EVENT_REGISTER, "list-cert");
    expect(fd, 1, "5 ");
    ask(fd, VICI_CMD_REQUEST, "list-certs");
    expect(fd, 4, "7 list-cert type=X509 flag=NONE data=");
    says("7 list-cert type=X509 flag=CA data=");
    says("7 list-cert type=X509_CRL flag=NONE data=");
    choose(fd, "list-certs", "type", "x509_crl", NULL);
    expect(fd, 2, "7 list-cert type=X509_CRL");
    ask(fd, VICI_CMD_REQUEST, "flush-certs");
    expect(fd, 1, "success=yes");
    ask(fd, VICI_CMD_REQUEST, "clear-creds");
    expect(fd, 1, "success=yes");
    ask(fd, VICI_CMD_REQUEST, "list-certs");
    expect(fd, 1, "1 \n");
    close(fd);
}

/* In, named, used, out; never back. */
static void private_keys(void **state)
{
    unsigned char *der = NULL;
    char id[64];
    int fd = client(), len = i2d_PrivateKey(key, &der);
    (void)state;
    load_key(fd, der, (size_t)len);
    expect(fd, 1, "success=yes id=");
    assert_int_equal(sscanf(strstr(answer, "id="), "id=%40s", id), 1);
    assert_int_equal(strlen(id), 40);
    load_key(fd, der, (size_t)len / 2);
    expect(fd, 1, "success=no errmsg=it is no private key");
    load_key(fd, "", 0);
    expect(fd, 1, "success=no errmsg=data: it is missing");
    OPENSSL_free(der);
    ask(fd, VICI_CMD_REQUEST, "get-keys");
    expect(fd, 1, id);
    ask(fd, VICI_EVENT_REGISTER, "list-cert");
    expect(fd, 1, "5 ");
    load_blob(fd, "X509", "NONE", pki_blob(cert));
    ask(fd, VICI_CMD_REQUEST, "list-certs");
    expect(fd, 2, "has_privkey=yes");
    choose(fd, "unload-key", "id", id, NULL);
    expect(fd, 1, "success=yes");
    choose(fd, "unload-key", "id", id, NULL);
    expect(fd, 1, "success=no errmsg=there is no private key of that id");
    ask(fd, VICI_CMD_REQUEST, "get-keys");
    expect(fd, 1, "keys[ ] ");
    close(fd);
}

static void authorities(void **state)
{
    struct config_blob *b = pki_blob(ca);
    struct vici_out o;
    int fd = client();
    (void)state;
    vici_out_begin(&o, VICI_CMD_REQUEST, "load-authority");
    vici_section(&o, "lab");
    vici_put(&o, "cacert", b->data, b->len);
    vici_list(&o, "crl_uris");
    vici_item(&o, "http://crl.example/a.crl");
    vici_item(&o, "http://crl.example/b.crl");
    vici_list_end(&o);
    vici_section_end(&o);
    post(fd, &o);
    expect(fd, 1, "1 success=yes \n");
    config_blobs_free(b);
    ask(fd, VICI_CMD_REQUEST, "get-authorities");
    expect(fd, 1, "authorities[ lab ] ");
    ask(fd, VICI_EVENT_REGISTER, "list-authority");
    expect(fd, 1, "5 ");
    ask(fd, VICI_CMD_REQUEST, "list-authorities");
    expect(fd, 2,
           "lab{ cacert=/C=CH/CN=root crl_uris[ http://crl.example/a.crl "
           "http://crl.example/b.crl ] ocsp_uris[ ] } ");
    uint8_t cas[2][SIGN_KEYID_LEN]; /* it is trusted, too */
    assert_int_equal(trust_cas(lab.side[0].m->trust, cas, 2), 1);
    choose(fd, "unload-authority", "name", "lab", NULL);
    expect(fd, 1, "success=yes");
    choose(fd, "unload-authority", "name", "lab", NULL);
    expect(fd, 1, "success=no errmsg=there is no authority of that name");
    close(fd);
}

/* A connection that brings certificates as they are, PEM or DER, as swanctl sends it. */
static void a_connection_with_certificates(void **state)
{
    struct config_blob *b = pki_blob(cert), *c = pki_blob(ca);
    struct vici_out o;
    int fd = client();
    (void)state;
    vici_out_begin(&o, VICI_CMD_REQUEST, "load-conn");
    vici_section(&o, "road");
    vici_section(&o, "local-1");
    vici_add(&o, "auth", "pubkey");
    vici_put(&o, "certs", b->data, b->len);
    vici_section_end(&o);
    vici_section(&o, "remote-1");
    vici_add(&o, "auth", "eap-mschapv2");
    vici_add(&o, "eap_id", "%%any");
    vici_put(&o, "cacerts", c->data, c->len);
    vici_section_end(&o);
    vici_section_end(&o);
    post(fd, &o);
    expect(fd, 1, "1 success=yes \n");
    const struct config_conn *conn = lab.side[0].m->config->conns->next;
    assert_string_equal(conn->name, "road");
    assert_string_equal(conn->local_id.text, "C=CH, CN=sun.example"); /* its subject */
    assert_int_equal(conn->local.certs->len, b->len);
    assert_memory_equal(conn->local.certs->data, b->data, b->len);
    assert_memory_equal(conn->remote.cacerts->data, c->data, c->len);
    ask(fd, VICI_EVENT_REGISTER, "list-conn");
    expect(fd, 1, "5 ");
    choose(fd, "list-conns", "ike", "road", NULL);
    expect(fd, 2, "local-1{ class=public key");
    says("remote-1{ class=EAP eap-type=EAP_MSCHAPV2 eap_id=%any");
    config_blobs_free(b);
    config_blobs_free(c);
    close(fd);
}

#define WITH_PKI(f) cmocka_unit_test_setup_teardown(f, make, drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PKI(certificates),
        WITH_PKI(private_keys),
        WITH_PKI(authorities),
        WITH_PKI(a_connection_with_certificates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
