/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where secrets are: espalierd runs as it does, swanctl.conf and VICI bring known ones, and the
 * memory of each of its processes is searched for them. They are in the signer, and nowhere else.
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
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/rand.h>

#include "ctrl/daemon/daemon.h"
#include "ctrl/vici/wire.h"
#include "driver/regs.h"
#include "tests/ctrl/daemon/fake_card.h"
#include "tests/ctrl/net/netns.h"

#define CHUNK (1u << 20)
#define MAPPING_MAX (1ul << 30) /* longer ones are ASan's shadow */

static char dir[] = "/tmp/espl-secrets-XXXXXX", text[65536];
static bool allowed;
static pid_t far, daemon_pid;
static struct fake_card card;

/* ---------------------------------------------------------------- secrets */

static struct known {
    const char *name;
    bool in_signer; /* as it stands there: what is only text of a file has been decoded */
    size_t len;
    char data[80];
} known[] = {
    {.name = "a pre-shared key, quoted", .in_signer = true},
    {.name = "an EAP password, in base64"},
    {.name = "the EAP password", .in_signer = true},
    {.name = "a PPK of an included file, in hexadecimal"},
    {.name = "the PPK", .in_signer = true},
    {.name = "a passphrase"},
    {.name = "the private key of an encrypted file", .in_signer = true},
    {.name = "a secret in a comment"},
    {.name = "a secret with a wrong name"},
    {.name = "a pre-shared key by VICI", .in_signer = true},
    {.name = "a private key by VICI", .in_signer = true},
};
enum { PSK, EAP_TEXT, EAP, PPK_TEXT, PPK, PASSPHRASE, KEY, COMMENT, TYPO, VICI_PSK, VICI_KEY };
#define KNOWN (sizeof known / sizeof *known)
#define RAW 24u

static void make_text(struct known *k)
{
    uint8_t raw[RAW];
    assert_int_equal(RAND_bytes(raw, sizeof raw), 1);
    for (size_t i = 0; i < RAW; i++)
        k->data[i] = (char)('a' + raw[i] % 26);
    k->len = RAW;
}

/* An Ed25519 key; what is searched for is its 32 bytes. */
static EVP_PKEY *make_key(struct known *k)
{
    EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    k->len = 32;
    assert_non_null(pkey);
    assert_int_equal(EVP_PKEY_get_raw_private_key(pkey, (uint8_t *)k->data, &k->len), 1);
    return pkey;
}

static const char *file(const char *name)
{
    static char path[4][128];
    static unsigned n;
    char *p = path[n++ % 4];
    snprintf(p, sizeof path[0], "%s/%s", dir, name);
    return p;
}

static void make_secrets(void)
{
    static const size_t texts[] = {PSK, EAP, PPK, PASSPHRASE, COMMENT, TYPO};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        make_text(&known[texts[i]]);
    EVP_EncodeBlock((uint8_t *)known[EAP_TEXT].data, (const uint8_t *)known[EAP].data, RAW);
    for (size_t i = 0; i < RAW; i++)
        snprintf(known[PPK_TEXT].data + 2 * i, 3, "%02x", (unsigned)known[PPK].data[i]);
    known[EAP_TEXT].len = strlen(known[EAP_TEXT].data);
    known[PPK_TEXT].len = strlen(known[PPK_TEXT].data);
}

static void make_files(void)
{
    FILE *f = fopen(file("swanctl.conf"), "w");
    assert_non_null(f);
    fprintf(f,
            "connections { gw {\n remote_addrs = 192.0.2.2\n local { auth = psk }\n"
            " remote { auth = psk }\n children { net { local_ts = 10.1.0.0/24 } } } }\n"
            "# it was: %s\n"
            "common { secret = 0s%s }\n"
            "secrets { ike-a { id = a.example\n secret = \"%s\" }\n"
            " eap-b : common { id = carol }\n"
            " ppk-c {\n include ppk.conf\n }\n"
            " private-k { file = key.pem\n secret = %s\n passphrase = %s\n } }\n",
            known[COMMENT].data, known[EAP_TEXT].data, known[PSK].data, known[PASSPHRASE].data,
            known[TYPO].data);
    fclose(f);
    f = fopen(file("ppk.conf"), "w");
    assert_non_null(f);
    fprintf(f, "id = q\nsecret = 0x%s\n", known[PPK_TEXT].data);
    fclose(f);
    assert_int_equal(mkdir(file("private"), 0700), 0);
    f = fopen(file("private/key.pem"), "w");
    assert_non_null(f);
    EVP_PKEY *pkey = make_key(&known[KEY]);
    assert_int_equal(PEM_write_PKCS8PrivateKey(f, pkey, EVP_aes_256_cbc(), NULL, 0, NULL,
                                               known[PASSPHRASE].data),
                     1);
    EVP_PKEY_free(pkey);
    fclose(f);
}

/* ---------------------------------------------------------------- memory */

/* As bits of `known`. */
static unsigned search(int mem, unsigned long from, unsigned long to)
{
    static char buf[CHUNK + sizeof known->data];
    unsigned found = 0;
    for (unsigned long at = from; at < to; at += CHUNK) {
        size_t want = to - at < sizeof buf ? to - at : sizeof buf;
        ssize_t n = pread(mem, buf, want, (off_t)at);
        for (size_t i = 0; n > 0 && i < KNOWN; i++)
            if (known[i].len && memmem(buf, (size_t)n, known[i].data, known[i].len))
                found |= 1u << i;
    }
    return found;
}

/* In all of its memory that can be read. */
static unsigned found_in(pid_t pid)
{
    char path[64], line[512];
    unsigned found = 0, mappings = 0;
    snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
    int mem = open(path, O_RDONLY);
    assert_true(mem >= 0);
    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    FILE *maps = fopen(path, "r");
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps)) {
        unsigned long from, to;
        char mode;
        if (sscanf(line, "%lx-%lx %c", &from, &to, &mode) == 3 && mode == 'r' &&
            to - from <= MAPPING_MAX && ++mappings)
            found |= search(mem, from, to);
    }
    fclose(maps);
    close(mem);
    assert_true(mappings > 20);
    return found;
}

/* ---------------------------------------------------------------- espalierd */

static const char *said(void)
{
    FILE *f = fopen(file("out"), "r");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    text[n] = '\0';
    if (f)
        fclose(f);
    return text;
}

static void wait_said(const char *words)
{
    for (int i = 0; i < 1000 && !strstr(said(), words); i++)
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    if (!strstr(text, words))
        fail_msg("waited for \"%s\", was told:\n%s", words, text);
}

/* A program of its own: a fork would have the memory of this one. */
static void start(void)
{
    char card_uri[160];
    snprintf(card_uri, sizeof card_uri, "sim:%s", file("card"));
    const char *const argv[] = {"test_secrets",
                                "--config",
                                file("swanctl.conf"),
                                "--card",
                                card_uri,
                                "--wan",
                                "host1",
                                "--lan",
                                "host0",
                                "--vici",
                                file("vici"),
                                "--debug",
                                NULL};
    daemon_pid = fork();
    if (daemon_pid > 0)
        return;
    int fd = open(file("out"), O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (fd >= 0 && dup2(fd, 1) >= 0 && dup2(fd, 2) >= 0)
        execv("/proc/self/exe", (char *const *)(uintptr_t)argv);
    _exit(99);
}

static pid_t process(const char *name)
{
    wait_said("processes: ");
    const char *at = strstr(strstr(text, "processes: "), name);
    assert_non_null(at);
    return (pid_t)strtol(at + strlen(name), NULL, 10);
}

/* swanctl's part. */
static void command(int fd, struct vici_out *o)
{
    uint8_t answer[4096];
    struct vici_packet p;
    char word[64];
    assert_true(vici_out_end(o));
    assert_true(send(fd, o->data, o->len, 0) == (ssize_t)o->len);
    vici_out_free(o);
    assert_int_equal(recv(fd, answer, VICI_HEADER, MSG_WAITALL), VICI_HEADER);
    size_t len = (size_t)answer[2] << 8 | answer[3];
    assert_int_equal(recv(fd, answer, len, MSG_WAITALL), len);
    assert_true(vici_packet_read(answer, len, &p));
    assert_true(vici_text(&p.message, "success", word, sizeof word));
    assert_string_equal(word, "yes");
}

static int client(void)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    strcpy(sa.sun_path, file("vici"));
    assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof sa), 0);
    return fd;
}

static void load(int fd)
{
    struct vici_out o;
    unsigned char *der = NULL;
    EVP_PKEY *pkey = make_key(&known[VICI_KEY]);
    int len = i2d_PrivateKey(pkey, &der);
    make_text(&known[VICI_PSK]);
    vici_out_begin(&o, VICI_CMD_REQUEST, "load-shared");
    vici_add(&o, "id", "ike-v");
    vici_add(&o, "type", "IKE");
    vici_put(&o, "data", known[VICI_PSK].data, known[VICI_PSK].len);
    command(fd, &o);
    vici_out_begin(&o, VICI_CMD_REQUEST, "load-key");
    vici_add(&o, "type", "any");
    vici_put(&o, "data", der, (size_t)len);
    command(fd, &o);
    OPENSSL_free(der);
    EVP_PKEY_free(pkey);
}

static void expect_in(const char *name, bool has_them)
{
    unsigned found = found_in(process(name));
    for (size_t i = 0; i < KNOWN; i++)
        if (known[i].len && (found >> i & 1) != (has_them && known[i].in_signer))
            fail_msg("%s%s: it is %sthere", name, known[i].name, found >> i & 1 ? "" : "not ");
}

static void expect_in_signer_only(void)
{
    expect_in("network-facing ", false);
    expect_in("parent ", false);
    expect_in("fetch ", false);
    expect_in("signer ", true);
}

static void secrets_are_in_the_signer_only(void **state)
{
    struct vici_out o;
    (void)state;
    if (!allowed) {
        print_message("no permission for network namespaces: not run\n");
        skip();
    }
    start();
    wait_said("LAN host0");
    expect_in_signer_only();
    int fd = client();
    load(fd);
    expect_in_signer_only();
    kill(daemon_pid, SIGHUP);
    wait_said("the configuration was read again");
    /* now there is what the file says */
    known[VICI_PSK].in_signer = known[VICI_KEY].in_signer = false;
    expect_in_signer_only();
    vici_out_begin(&o, VICI_CMD_REQUEST, "clear-creds");
    command(fd, &o);
    expect_in("signer ", false); /* all of it is wiped, keys too */
    close(fd);
}

/* ---------------------------------------------------------------- */

static int set_up(void **state)
{
    (void)state;
    allowed = geteuid() == 0 && netns_enter();
    if (!mkdtemp(dir))
        return -1;
    make_secrets();
    make_files();
    if (!allowed)
        return 0;
    far = netns_gateway();
    fake_card_start(&card, file("card"), ESPL_MAP_SUM_VALUE);
    return 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"out",  "swanctl.conf", "ppk.conf", "private/key.pem",
                                        "card", "vici"};
    (void)state;
    if (daemon_pid > 0) {
        kill(daemon_pid, SIGKILL);
        waitpid(daemon_pid, NULL, 0);
    }
    fake_card_kill(&card);
    netns_gateway_end(far);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(file(names[i]));
    rmdir(file("private"));
    return rmdir(dir);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(secrets_are_in_the_signer_only, set_up, tear_down)};
    if (argc > 1) {
        int status = espalierd(argc, argv);
        fflush(NULL);
        _exit(status);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
