/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xrt: over a stand-in for XRT's library (xrt_shim.c): the calls in their order, what is given back
 * on every path, and every refusal with its sentence. XRT itself is met in tests/interop/xrt.py.
 */
#include "tests/driver/bus/xrt_shim.h"
#include "tests/driver/fake.h"

#include <dlfcn.h>
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* struct axlf (XRT's xclbin.h) */
enum { LENGTH = 304, UUID = 416, SECTIONS = 448, TABLE = 456, SECTION_AT = 24, SECTION_LEN = 32 };
#define FILE_BYTES 600u

static struct fake f;
static struct xrt_shim *shim;
static char library[512], dir[] = "/tmp/espl_test_xrt.XXXXXX", path[64];

static void card_read(uint32_t off, uint32_t *value)
{
    fake_read(&f, off, value, 1);
}

static void card_write(uint32_t off, uint32_t value)
{
    fake_write(&f, off, &value, 1);
}

static void put64(uint8_t *at, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

/* An xclbin with one section; `says` bytes by its own words, `is` in fact. */
static void write_xclbin(uint64_t says, size_t is, uint64_t section_len)
{
    uint8_t bytes[FILE_BYTES] = "xclbin2";
    put64(bytes + LENGTH, says);
    bytes[UUID] = 0xab;
    bytes[UUID + 15] = 0xcd;
    bytes[SECTIONS] = 1;
    put64(bytes + TABLE + SECTION_AT, 500);
    put64(bytes + TABLE + SECTION_LEN, section_len);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, is, file), is);
    assert_int_equal(fclose(file), 0);
}

static int load_shim(void **state)
{
    (void)state;
    char self[400];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0 || !mkdtemp(dir))
        return 1;
    self[n] = '\0';
    (void)snprintf(library, sizeof library, "%s/xrt_shim.so", dirname(self));
    (void)snprintf(path, sizeof path, "%s/x.xclbin", dir);
    void *loaded = dlopen(library, RTLD_NOW);
    xrt_shim_fn get;
    void *symbol = loaded ? dlsym(loaded, "xrt_shim_get") : NULL;
    if (!symbol)
        return 1;
    memcpy(&get, &symbol, sizeof get);
    shim = get();
    return 0;
}

static int unlink_all(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(dir);
}

static int fresh(void **state)
{
    (void)state;
    fake_init(&f);
    *shim = (struct xrt_shim){.cards = 2,
                              .kernel = "espalier:espalier_1",
                              .broken_after = -1,
                              .read = card_read,
                              .write = card_write};
    write_xclbin(FILE_BYTES, FILE_BYTES, 100);
    return 0;
}

static enum espl_err try_open(const char *place, const char *options, struct espl_card **card,
                              char why[256])
{
    char uri[1024], whole[512];
    (void)snprintf(uri, sizeof uri, "xrt:%s?xclbin=%s&lib=%s%s", place, path, library, options);
    enum espl_err err = espl_card_open(uri, card, whole, sizeof whole);
    if (err) {
        size_t n = strlen(uri);
        assert_memory_equal(whole, uri, n);
        (void)snprintf(why, 256, "%s", whole + n + 2);
    }
    return err;
}

/* The sentence, and that all that was opened is closed again. */
static void fails(const char *place, const char *options, enum espl_err wanted, const char *text)
{
    struct espl_card *card;
    char why[256] = "";
    enum espl_err err = try_open(place, options, &card, why);
    if (err != wanted || strcmp(why, text) != 0)
        fail_msg("%s %s: %d \"%s\", not \"%s\"", place, options, (int)err, why, text);
    bool opened = strstr(shim->log, "open ") && !shim->does_not_open;
    assert_int_equal(opened, strstr(shim->log, "close") != NULL);
    assert_int_equal(strstr(shim->log, "context ") && !shim->context,
                     strstr(shim->log, "leave ") != NULL);
    shim->log[0] = '\0';
}

/* ------------------------------------------------------------------ cards */

static void the_calls_in_their_order(void **state)
{
    (void)state;
    struct espl_card *card;
    char why[256];
    if (try_open("1", "", &card, why))
        fail_msg("%s", why);
    assert_string_equal(shim->log, "probe\nopen 1\nload xclbin2\nindex espalier:espalier_1\n"
                                   "context abcd 3\n");
    const struct espl_sa sa = sample_sa(ESPL_DIR_OUT, 0x1001, 7);
    assert_ok(card, espl_sa_add(card, &sa));
    assert_true(f.sa[ESPL_DIR_OUT][0].used);
    assert_int_equal(espl_card_fd(card), -1);
    shim->log[0] = '\0';
    espl_card_close(card);
    assert_string_equal(shim->log, "leave abcd 3\nclose\n");
}

static void another_kernel_shared(void **state)
{
    (void)state;
    struct espl_card *a, *b;
    char why[256];
    shim->kernel = "ipsec:ipsec_2";
    if (try_open("0", "&ip=ipsec:ipsec_2&shared=1", &a, why) ||
        try_open("0", "&ip=ipsec:ipsec_2&shared=1", &b, why))
        fail_msg("%s", why);
    assert_non_null(strstr(shim->log, "context abcd 3 shared\n"));
    struct espl_sa sa = sample_sa(ESPL_DIR_OUT, 0x1001, 7);
    assert_ok(a, espl_sa_add(a, &sa));
    sa.spi++;
    assert_ok(b, espl_sa_add(b, &sa)); /* the lock is on the xclbin */
    espl_card_close(a);
    espl_card_close(b);
}

static void a_card_that_breaks(void **state)
{
    (void)state;
    struct espl_card *card;
    char why[256];
    if (try_open("0", "", &card, why))
        fail_msg("%s", why);
    const struct espl_sa sa = sample_sa(ESPL_DIR_OUT, 0x1001, 7);
    shim->broken_after = 0;
    assert_err(card, espl_sa_add(card, &sa), ESPL_ERR_DEAD);
    assert_string_equal(espl_card_error(card), "reading the card's identity: the card is gone");
    espl_card_close(card);
    for (int n = 0; n < 40; n++) { /* at every access of opening */
        shim->broken_after = n;
        shim->log[0] = '\0';
        if (try_open("0", "", &card, why) == ESPL_OK)
            espl_card_close(card);
        assert_non_null(strstr(shim->log, "leave abcd 3\nclose\n"));
    }
}

/* ------------------------------------------------------------------ refusals */

static void what_xrt_refuses(void **state)
{
    (void)state;
    fails("2", "", ESPL_ERR_OPEN,
          "XRT finds 2 cards, none of them is number 2 (xbutil examine lists them; none at all: is "
          "the driver xocl loaded?)");
    shim->does_not_open = true;
    fails("0", "", ESPL_ERR_OPEN, "XRT does not open card 0; may this user (group render)?");
    shim->does_not_open = false;
    shim->load = -EBUSY;
    fails(
        "0", "", ESPL_ERR_OPEN,
        "XRT does not load the xclbin: Device or resource busy (another program uses the one that "
        "is loaded)");
    shim->load = -EPERM;
    fails("0", "", ESPL_ERR_OPEN,
          "XRT does not load the xclbin: Operation not permitted (is it for this card's shell?)");
    shim->load = 0;
    fails("0", "&ip=espalier:other", ESPL_ERR_NOT_CARD,
          "there is no kernel \"espalier:other\" in this xclbin (ip=NAME)");
    shim->context = -EBUSY;
    fails("0", "", ESPL_ERR_OPEN,
          "XRT does not give out \"espalier:espalier_1\": Device or resource busy (another program "
          "has it; shared=1 in all of them, and rw_shared=true in xrt.ini, lets several have it)");
    shim->context = 0;
    f.page[ESPL_REG_MAGIC / 4] = 0;
    fails("0", "", ESPL_ERR_NOT_CARD, "magic: 0x00000000 is not an Espalier card's 0x4553504c");
}

static void files_that_are_no_xclbin(void **state)
{
    (void)state;
    char text[128];
    (void)snprintf(text, sizeof text, "%s is cut short: it is not as long as it says", path);
    write_xclbin(FILE_BYTES, FILE_BYTES - 1, 100);
    fails("0", "", ESPL_ERR_OPEN, text);
    write_xclbin(FILE_BYTES, FILE_BYTES, 101); /* a section beyond the file's end */
    fails("0", "", ESPL_ERR_OPEN, text);
    write_xclbin(FILE_BYTES, FILE_BYTES, UINT64_MAX);
    fails("0", "", ESPL_ERR_OPEN, text);
    write_xclbin(100, 100, 0);
    fails("0", "", ESPL_ERR_OPEN, text);
    (void)snprintf(text, sizeof text, "%s is not an xclbin", path);
    write_xclbin(0, 0, 0);
    fails("0", "", ESPL_ERR_OPEN, text);
    assert_int_equal(unlink(path), 0);
    (void)snprintf(text, sizeof text, "%s: No such file or directory", path);
    fails("0", "", ESPL_ERR_OPEN, text);
}

static void uris_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *why;
        enum espl_err err;
    } bad[] = {
        {"xrt:0", "xclbin=FILE is missing (xrt:0?xclbin=FILE)", ESPL_ERR_URI},
        {"xrt:?xclbin=x", "the card's number is missing (xrt:0?xclbin=FILE)", ESPL_ERR_URI},
        {"xrt:a?xclbin=x", "the card's number: \"a\" is not a number from 0 to 255", ESPL_ERR_URI},
        {"xrt:0?xclbin=x&shared=2", "shared: \"2\" is not a number from 0 to 1", ESPL_ERR_URI},
        {"xrt:0?bar=2", "\"bar\" is not an option of this bus, which has xclbin, ip, shared, lib",
         ESPL_ERR_URI},
    };
    struct espl_card *card;
    char why[256], whole[320], uri[128];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        (void)snprintf(whole, sizeof whole, "%s: %s", bad[i].uri, bad[i].why);
        assert_int_equal(espl_card_open(bad[i].uri, &card, why, sizeof why), bad[i].err);
        assert_string_equal(why, whole);
    }
    (void)snprintf(uri, sizeof uri, "xrt:0?xclbin=%s&lib=/no/libxrt_core.so.2", path);
    assert_int_equal(espl_card_open(uri, &card, why, sizeof why), ESPL_ERR_OPEN);
    assert_non_null(strstr(why, ": XRT is not here: /no/libxrt_core.so.2: cannot open"));
    (void)snprintf(uri, sizeof uri, "xrt:0?xclbin=%s&lib=libm.so.6", path);
    assert_int_equal(espl_card_open(uri, &card, why, sizeof why), ESPL_ERR_OPEN);
    assert_non_null(strstr(why, ": this XRT has no xclProbe; 202110 or later is needed"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_calls_in_their_order, fresh),
        cmocka_unit_test_setup(another_kernel_shared, fresh),
        cmocka_unit_test_setup(a_card_that_breaks, fresh),
        cmocka_unit_test_setup(what_xrt_refuses, fresh),
        cmocka_unit_test_setup(files_that_are_no_xclbin, fresh),
        cmocka_unit_test_setup(uris_are_checked, fresh),
    };
    return cmocka_run_group_tests(tests, load_shim, unlink_all);
}
