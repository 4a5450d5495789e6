/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signer as a process: it signs and MACs, keeps what it has, and can do nothing else: each
 * thing that it must not do is tried in a process that is confined as it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/pem.h>

#include "ctrl/signer/link.h"
#include "ctrl/signer/wire.h"
#include "ctrl/wire/ike.h"
#include "tests/ctrl/trust/pki.h"

static struct signer *signer;
static const struct piece octets = {(const uint8_t *)"octets", 6};

static int set_up(void **state)
{
    (void)state;
    signer = signer_start();
    assert_non_null(signer);
    assert_int_equal(fcntl(signer_fd(signer), F_SETFL, O_NONBLOCK), 0); /* as libuv does */
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    signer_free(signer);
    pki_free();
    return 0;
}

static struct piece der_of(EVP_PKEY *key, unsigned char **der)
{
    *der = NULL;
    int len = i2d_PrivateKey(key, der);
    assert_true(len > 0);
    return (struct piece){*der, (size_t)len};
}

static void load(EVP_PKEY *pkey, const struct signer_key **key)
{
    unsigned char *der;
    struct piece p = der_of(pkey, &der);
    assert_int_equal(signer_load_key(signer, p, (struct piece){0}, key), SIGNER_OK);
    OPENSSL_free(der);
    assert_int_equal(EVP_PKEY_eq((*key)->public, pkey), 1);
}

static void signs(const struct signer_key *key, const struct sign_scheme *s)
{
    uint8_t sig[SIGN_MAX];
    size_t len;
    struct sign_scheme found;
    assert_int_equal(signer_sign(signer, key, s, octets, sig, &len), SIGNER_OK);
    assert_int_equal(sign_check(key->public, s->method, (struct piece){sig, len}, octets, &found),
                     CRYPTO_OK);
}

static void keys_come_and_go(void **state)
{
    const struct sign_scheme rsa = {AUTH_METHOD_DIGITAL, SIGN_RSA, SIGN_SHA256, true},
                             ed = {AUTH_METHOD_DIGITAL, SIGN_ED25519, SIGN_IDENTITY, false};
    const struct signer_key *a, *b;
    EVP_PKEY *pkey = pki_key("RSA:2048");
    uint8_t sig[SIGN_MAX], id[SIGN_KEYID_LEN];
    size_t len;
    (void)state;
    load(pkey, &a);
    load(pki_key("ED25519"), &b);
    signs(a, &rsa);
    signs(b, &ed);
    assert_int_equal(signer_sign(signer, b, &rsa, octets, sig, &len), SIGNER_FAILED);
    memcpy(id, a->id, sizeof id);
    assert_int_equal(signer_unload_key(signer, id), SIGNER_OK);
    assert_int_equal(signer_unload_key(signer, id), SIGNER_NO_KEY);
    assert_null(signer_find_key(signer, pkey));
    signs(b, &ed);
    assert_int_equal(signer_clear(signer, true, true), SIGNER_OK);
    assert_null(signer_keys(signer));
}

static void keys_that_are_not_taken(void **state)
{
    const struct signer_key *key;
    const char *const kinds[] = {"RSA:1024", "EC:P-224", "X25519"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        unsigned char *der;
        struct piece p = der_of(pki_key(kinds[i]), &der);
        assert_int_equal(signer_load_key(signer, p, (struct piece){0}, &key), SIGNER_BAD_KEY);
        for (size_t n = 0; n < p.n; n += 7)
            assert_int_not_equal(
                signer_load_key(signer, (struct piece){der, n}, (struct piece){0}, &key),
                SIGNER_OK);
        OPENSSL_free(der);
    }
    assert_int_equal(signer_load_key(signer, octets, (struct piece){0}, &key), SIGNER_BAD_KEY);
}

/* A file that is handed over; encrypted, too. */
static void keys_of_files(void **state)
{
    char path[] = "/tmp/espl-key-XXXXXX";
    const struct signer_key *key;
    const struct config_secret right = {.data = (uint8_t[]){"open"}, .len = 4},
                               wrong = {.data = (uint8_t[]){"shut"}, .len = 4};
    const struct sign_scheme s = {AUTH_METHOD_DIGITAL, SIGN_ECDSA, SIGN_SHA256, false};
    EVP_PKEY *pkey = pki_key("EC:P-256");
    (void)state;
    FILE *f = fdopen(mkstemp(path), "w");
    assert_non_null(f);
    assert_int_equal(PEM_write_PKCS8PrivateKey(f, pkey, EVP_aes_256_cbc(), NULL, 0, NULL,
                                               (void *)(uintptr_t) "open"),
                     1);
    fclose(f);
    const struct config_secret *const tries[] = {NULL, &wrong, &right};
    for (size_t i = 0; i < 3; i++) {
        int fd = open(path, O_RDONLY);
        assert_int_equal(signer_load_key_file(signer, fd, tries[i], &key),
                         i < 2 ? SIGNER_LOCKED : SIGNER_OK);
        close(fd);
    }
    unlink(path);
    signs(key, &s);
}

/* The parent hands a file over, and who asks says its number. */
static void keys_by_ticket(void **state)
{
    char path[] = "/tmp/espl-key-XXXXXX";
    const struct signer_key *key;
    const struct sign_scheme s = {AUTH_METHOD_DIGITAL, SIGN_ECDSA, SIGN_SHA256, false};
    EVP_PKEY *pkey = pki_key("EC:P-256");
    (void)state;
    FILE *f = fdopen(mkstemp(path), "w");
    assert_non_null(f);
    assert_int_equal(PEM_write_PrivateKey(f, pkey, NULL, NULL, 0, NULL, NULL), 1);
    fclose(f);
    for (uint32_t ticket = 1; ticket <= 3; ticket++) {
        int fd = open(path, O_RDONLY);
        assert_true(signer_give_file(signer->files, ticket, fd));
        close(fd);
    }
    unlink(path);
    assert_int_equal(signer_load_key_ticket(signer, 2, NULL, &key), SIGNER_OK);
    signs(key, &s);
    assert_int_equal(signer_load_key_ticket(signer, 1, NULL, &key), SIGNER_BAD_KEY); /* gone by */
    /* never came */
    assert_int_equal(signer_load_key_ticket(signer, 4, NULL, &key), SIGNER_BAD_KEY);
}

static struct config_id name(const char *text)
{
    struct config_id id;
    assert_true(config_id_parse(text, &id));
    return id;
}

static void give(enum config_secret_kind kind, const char *called, const char *who,
                 const char *data)
{
    struct config_secret s = {.kind = kind, .name = (char *)(uintptr_t)called, .id_count = 1};
    s.ids[0] = name(who);
    s.data = (uint8_t *)(uintptr_t)data;
    s.len = strlen(data);
    assert_int_equal(signer_load_secret(signer, &s), SIGNER_OK);
}

/* CVE-2024-2357: no secret of one's own is an answer, not the end */
static void own_psk_missing(void **state)
{
    struct config_id a = name("a.example"), b = name("b.example"), c = name("c.example");
    uint8_t mac[HASH_MAX], expected[HASH_MAX];
    (void)state;
    assert_int_equal(signer_psk(signer, &a, &b, PRF_HMAC_SHA2_256, octets, mac), SIGNER_NO_KEY);
    give(SECRET_EAP, "eap", "b.example", "of another kind");
    assert_int_equal(signer_psk(signer, &a, &b, PRF_HMAC_SHA2_256, octets, mac), SIGNER_NO_KEY);
    give(SECRET_IKE, "ike", "b.example", "moonshine");
    assert_int_equal(signer_psk(signer, &a, &b, PRF_HMAC_SHA2_256, octets, mac), SIGNER_OK);
    const struct piece secret = {(const uint8_t *)"moonshine", 9};
    assert_int_equal(auth_shared(PRF_HMAC_SHA2_256, secret, octets, expected), CRYPTO_OK);
    assert_memory_equal(mac, expected, 32);
    const struct piece both[2] = {octets, {(const uint8_t *)"the other side", 14}};
    uint8_t macs[2][HASH_MAX];
    assert_int_equal(signer_psk_both(signer, &a, &b, PRF_HMAC_SHA2_256, both, macs), SIGNER_OK);
    assert_memory_equal(macs[0], expected, 32);
    assert_int_equal(auth_shared(PRF_HMAC_SHA2_256, secret, both[1], expected), CRYPTO_OK);
    assert_memory_equal(macs[1], expected, 32);
    assert_int_equal(signer_psk(signer, &a, &c, PRF_HMAC_SHA2_256, octets, mac), SIGNER_NO_KEY);
    assert_int_equal(signer_psk(signer, &a, &b, 99, octets, mac), SIGNER_FAILED);
    assert_int_equal(signer_unload_secret(signer, "ike"), SIGNER_OK);
    assert_int_equal(signer_psk(signer, &a, &b, PRF_HMAC_SHA2_256, octets, mac), SIGNER_NO_KEY);
}

static unsigned lot_given;
static uint8_t lot_macs[SIGNER_LOT][2][HASH_MAX];

static void keep_macs(void *user, size_t n, const uint8_t (*macs)[HASH_MAX], size_t count)
{
    (void)user;
    assert_true(n < SIGNER_LOT && count <= 2);
    memcpy(lot_macs[n], macs, count * HASH_MAX);
    lot_given++;
}

/* Each question of a lot is answered as it would be alone, and those without an answer cost the
 * others nothing. */
static void psks_in_a_lot(void **state)
{
    struct config_id b = name("b.example"), who[3] = {name("a.example"), name("x.example"), b};
    const struct piece both[2] = {octets, {(const uint8_t *)"the other side", 14}};
    static const uint8_t long_one[SIGNER_LOT_ROOM];
    const struct piece too_long = {long_one, sizeof long_one};
    uint8_t alone[2][HASH_MAX];
    (void)state;
    give(SECRET_IKE, "one", "a.example", "moonshine");
    give(SECRET_IKE, "two", "x.example", "sunshine");
    for (unsigned round = 0; round < 2; round++) {
        lot_given = 0;
        memset(lot_macs, 0, sizeof lot_macs);
        assert_false(signer_lot_add(signer, &b, who, PRF_HMAC_SHA2_256, &too_long, 1));
        assert_false(signer_lot_add(signer, &b, who, 99, both, 2));
        for (unsigned i = 0; i < SIGNER_LOT; i++) /* each third has no secret */
            assert_true(signer_lot_add(signer, &b, &who[i % 3], PRF_HMAC_SHA2_256 + (i & 1), both,
                                       1 + i / 3 % 2));
        assert_false(signer_lot_add(signer, &b, who, PRF_HMAC_SHA2_256, both, 2));
        signer_lot_ask(signer, keep_macs, NULL);
        assert_int_equal(lot_given, SIGNER_LOT - SIGNER_LOT / 3);
        for (unsigned i = 0; i < SIGNER_LOT; i++) {
            memset(alone, 0, sizeof alone);
            enum signer_err err = signer_psk_both(signer, &b, &who[i % 3],
                                                  PRF_HMAC_SHA2_256 + (i & 1), both, alone);
            assert_int_equal(err, i % 3 == 2 ? SIGNER_NO_KEY : SIGNER_OK);
            assert_memory_equal(lot_macs[i][0], alone[0], 32);
            if (i / 3 % 2)
                assert_memory_equal(lot_macs[i][1], alone[1], 32);
        }
    }
    signer_lot_ask(signer, keep_macs, NULL); /* nothing was added */
    assert_int_equal(lot_given, SIGNER_LOT - SIGNER_LOT / 3);
}

/* No answer comes, and nobody waits for ever. */
static void a_lot_without_a_signer(void **state)
{
    struct config_id a = name("a.example"), b = name("b.example");
    uint8_t mac[HASH_MAX];
    (void)state;
    give(SECRET_IKE, "one", "a.example", "moonshine");
    assert_true(signer_lot_add(signer, &a, &b, PRF_HMAC_SHA2_256, &octets, 1));
    assert_int_equal(kill(signer_pid(signer), SIGKILL), 0);
    lot_given = 0;
    signer_lot_ask(signer, keep_macs, NULL);
    assert_int_equal(lot_given, 0);
    assert_int_equal(signer_psk(signer, &a, &b, PRF_HMAC_SHA2_256, octets, mac), SIGNER_GONE);
}

static void ppk_mixes(void **state)
{
    struct secret d = {{1}, 32}, pi = {{2}, 32}, pr = {{3}, 32}, before = d;
    uint8_t expected[32];
    (void)state;
    assert_int_equal(signer_ppk(signer, "vault", PRF_HMAC_SHA2_256, &d, &pi, &pr), SIGNER_NO_KEY);
    give(SECRET_PPK, "ppk", "vault", "post quantum");
    assert_int_equal(signer_ppk(signer, "vault", PRF_HMAC_SHA2_256, &d, &pi, &pr), SIGNER_OK);
    /* RFC 8784 3: prf+ (PPK, SK_d) */
    const struct piece ppk = {(const uint8_t *)"post quantum", 12}, seed = {before.data, 32};
    assert_int_equal(prf_plus(alg_prf(PRF_HMAC_SHA2_256), ppk, &seed, 1, expected, 32), CRYPTO_OK);
    assert_memory_equal(d.data, expected, 32);
    assert_memory_not_equal(pi.data, pr.data, 32);
}

static void eap_works_when_confined(void **state)
{
    struct config_id carol = name("carol");
    struct mschap m = {.user = "carol"};
    (void)state;
    assert_int_equal(signer_mschap(signer, &carol, &m), SIGNER_NO_KEY);
    give(SECRET_EAP, "eap", "carol", "pass word");
    assert_int_equal(signer_mschap(signer, &carol, &m), SIGNER_OK);
}

/* Whatever it is asked, it answers, and lives. */
static void questions_that_are_none(void **state)
{
    uint8_t ask[512];
    struct vault *v = vault_new();
    uint32_t seed = 1;
    (void)state;
    assert_non_null(v);
    for (unsigned i = 0; i < 20000; i++) {
        uint8_t out[4096];
        struct wr w = wr_over(out, sizeof out);
        size_t len = i % sizeof ask;
        for (size_t j = 0; j < len; j++) {
            seed = seed * 1664525u + 1013904223u;
            ask[j] = j < 4 ? 0 : j == 4 ? (uint8_t)(i % 14) : (uint8_t)(seed >> 28);
        }
        vault_answer(v, ask, len, -1, &w);
        assert_true(!w.bad && w.len >= 5);
    }
    vault_free(v);
}

/* The daemon notices its end, and goes on without keys. */
static void its_death_is_noticed(void **state)
{
    struct config_id a = name("a.example");
    uint8_t mac[HASH_MAX];
    (void)state;
    assert_int_equal(kill(signer_pid(signer), SIGKILL), 0);
    assert_int_equal(signer_psk(signer, &a, &a, PRF_HMAC_SHA2_256, octets, mac), SIGNER_GONE);
    assert_int_equal(signer_clear(signer, true, true), SIGNER_GONE);
}

/* It was taken for dead after 2 s, and for ever: one moment in which the machine was busy, and no
 * peer could be authenticated any more. */
static void slow_for_once(void **state)
{
    struct config_id a = name("a.example");
    uint8_t mac[HASH_MAX];
    (void)state;
    give(SECRET_IKE, "ike", "a.example", "moonshine");
    pid_t slow = signer_pid(signer);
    assert_int_equal(kill(slow, SIGSTOP), 0);
    pid_t waker = fork();
    if (waker == 0) {
        sleep(SIGNER_SLOW + 1);
        _exit(kill(slow, SIGCONT));
    }
    enum signer_err err = signer_psk(signer, &a, &a, PRF_HMAC_SHA2_256, octets, mac);
    assert_int_equal(waitpid(waker, NULL, 0), waker);
    assert_int_equal(err, SIGNER_OK);
    assert_int_equal(signer_psk(signer, &a, &a, PRF_HMAC_SHA2_256, octets, mac), SIGNER_OK);
}

/* ---------------------------------------------------------------- what it must not do */

static void try_open(void)
{
    (void)open("/etc/passwd", O_RDONLY);
}
static void try_socket(void)
{
    (void)socket(AF_INET, SOCK_DGRAM, 0);
}
static void try_listen(void)
{
    (void)listen(0, 1);
}
static void try_pair(void)
{
    int ends[2];
    (void)socketpair(AF_INET, SOCK_STREAM, 0, ends);
}
static void try_fork(void)
{
    (void)fork();
}
static void try_exec(void)
{
    execl("/bin/true", "true", (char *)NULL);
}
static void try_kill(void)
{
    (void)kill(getppid(), 0);
}
static void try_ptrace(void)
{
    (void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}
static void try_code(void)
{
    (void)mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
static void try_root(void)
{
    (void)setuid(0);
}
static void try_dump(void)
{
    const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
    (void)setrlimit(RLIMIT_CORE, &all);
}

static void what_it_must_not_do(void **state)
{
    static void (*const tries[])(void) = {try_open, try_socket, try_listen, try_pair,
                                          try_fork, try_exec,   try_kill,   try_ptrace,
                                          try_code, try_root,   try_dump};
    (void)state;
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        int ends[2], status;
        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
        pid_t pid = fork();
        if (pid == 0) {
            if (signer_confine(ends[1], -1, -1) != 0)
                _exit(1);
            tries[i]();
            _exit(0);
        }
        close(ends[0]);
        close(ends[1]);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
            fail_msg("try %zu ended with %x", i, status);
    }
}

/* As root it is another user, without capabilities, files or a memory that can be read. */
static void what_it_is(void **state)
{
    char path[64], line[256];
    bool uid = false, caps = false, seccomp = false, privs = false;
    (void)state;
    if (geteuid() != 0)
        skip();
    const struct signer_key *key;
    load(pki_key("ED25519"), &key); /* it is up */
    snprintf(path, sizeof path, "/proc/%d/status", signer_pid(signer));
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        uid |= strncmp(line, "Uid:", 4) == 0 && strtoul(line + 4, NULL, 10) != 0;
        caps |= strncmp(line, "CapEff:\t0000000000000000", 24) == 0;
        seccomp |= strcmp(line, "Seccomp:\t2\n") == 0;
        privs |= strcmp(line, "NoNewPrivs:\t1\n") == 0;
    }
    fclose(f);
    assert_true(uid && caps && seccomp && privs);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(keys_come_and_go),
        TEST(keys_that_are_not_taken),
        TEST(keys_of_files),
        TEST(keys_by_ticket),
        TEST(own_psk_missing),
        TEST(psks_in_a_lot),
        TEST(a_lot_without_a_signer),
        TEST(ppk_mixes),
        TEST(eap_works_when_confined),
        TEST(its_death_is_noticed),
        TEST(slow_for_once),
        TEST(what_it_is),
        cmocka_unit_test(questions_that_are_none),
        cmocka_unit_test(what_it_must_not_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
