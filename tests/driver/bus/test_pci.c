/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pci: over a made-up /sys: libpci's real enumeration, BARs, overrides, and every way in which a
 * card can be missing, closed, too small or another one, each told apart by its sentence. What a
 * plain file can't show (a kernel that refuses mmap, VFIO, interrupts) is tested in a guest
 * (tests/interop/pci.py).
 */
#include "tests/driver/bus/sysfs.h"
#include "tests/driver/fake.h"

#include <fcntl.h>
#include <pci/header.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define BAR_BYTES 0x400000u
#define BOX 0x100000u /* where OpenNIC shell has its user box */

static struct sysfs sys;

static void opennic(void)
{
    sysfs_make(&sys, 0x10ee, 0x903f);
    sysfs_bar(&sys, 0, 0x10000, SYSFS_MEM64, 0x10000);
    sysfs_bar(&sys, 2, BAR_BYTES, SYSFS_MEM64, BAR_BYTES);
}

/* The register page in resource2 as a card would have it that is ready and has no SA. */
static void put_page(const struct fake *f, const char *resource, uint32_t offset)
{
    struct fake copy = *f;
    uint32_t words[ESPL_PAGE_BYTES / 4];
    fake_read(&copy, 0, words, ESPL_PAGE_BYTES / 4);
    int fd = open(sysfs_path(&sys, resource), O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, words, sizeof words, offset), sizeof words);
    close(fd);
}

static enum espl_err try_open(const char *rest, struct espl_card **card, char why[256])
{
    char uri[256];
    (void)snprintf(uri, sizeof uri, "pci:" SYSFS_DEVICE "?sysfs=%s%s", sys.root, rest);
    enum espl_err err = espl_card_open(uri, card, why, 256);
    if (err) {
        size_t n = strlen(uri);
        assert_memory_equal(why, uri, n);
        assert_memory_equal(why + n, ": ", 2);
        memmove(why, why + n + 2, strlen(why + n + 2) + 1);
    }
    return err;
}

static void fails(const char *options, enum espl_err wanted, const char *text)
{
    struct espl_card *card;
    char why[256];
    enum espl_err err = try_open(options, &card, why);
    if (err != wanted || strcmp(why, text) != 0)
        fail_msg("\"%s\": %d \"%s\", not %d \"%s\"", options, (int)err, err ? why : "opened",
                 (int)wanted, text);
}

static struct espl_card *opens(const char *options)
{
    struct espl_card *card;
    char why[256];
    if (try_open(options, &card, why))
        fail_msg("\"%s\": %s", options, why);
    return card;
}

/* ------------------------------------------------------------------ cards */

static void a_card_is_found_by_its_id(void **state)
{
    (void)state;
    struct fake f;
    opennic();
    fake_init(&f);
    put_page(&f, "resource2", BOX);
    struct espl_card *card = opens("");
    struct espl_caps caps;
    assert_ok(card, espl_card_caps(card, &caps));
    assert_int_equal(caps.sa_in, FAKE_SA);
    assert_int_equal(espl_card_fd(card), -1);
    espl_card_close(card);
    sysfs_remove(&sys);
}

static void id_bar_and_offset_can_be_given(void **state)
{
    (void)state;
    struct fake f;
    sysfs_make(&sys, 0x1234, 0xabcd);
    sysfs_bar(&sys, 3, 0x4000, SYSFS_MEM32, 0x4000);
    fake_init(&f);
    put_page(&f, "resource3", 0x3000);
    espl_card_close(opens("&id=1234:ABCD&bar=3&offset=0x3000"));
    fails("&id=1234:abcd&bar=3", ESPL_ERR_NOT_CARD,
          "magic: 0x00000000 is not an Espalier card's 0x4553504c");
    fails("&id=1234:abce&bar=3", ESPL_ERR_NOT_CARD, "the device is 1234:abcd, not 1234:abce");
    fails("", ESPL_ERR_NOT_CARD,
          "1234:abcd is no card that this library knows (one that is a card all the same: "
          "id=1234:abcd&bar=N)");
    sysfs_remove(&sys);
}

/* Its memory was off: it is switched on through sysfs before the first access. */
static void a_device_that_is_off_is_switched_on(void **state)
{
    (void)state;
    struct fake f;
    char text[8];
    opennic();
    fake_init(&f);
    put_page(&f, "resource2", BOX);
    espl_card_close(opens(""));
    sysfs_read(&sys, "enable", text, sizeof text);
    assert_string_equal(text, ""); /* it was on */
    sysfs_config(&sys, PCI_COMMAND, 0);
    espl_card_close(opens(""));
    sysfs_read(&sys, "enable", text, sizeof text);
    assert_string_equal(text, "1");
    assert_int_equal(unlink(sysfs_path(&sys, "enable")), 0);
    fails("", ESPL_ERR_OPEN, "the device is off, enable: No such file or directory");
    sysfs_remove(&sys);
}

/* Two cards, one process: two handles with a page each. */
static void several_cards_in_one_process(void **state)
{
    (void)state;
    struct fake f;
    uint64_t values[ESPL_COUNTERS_MAX];
    opennic();
    sysfs_bar(&sys, 4, 0x1000, SYSFS_MEM32, 0x1000);
    fake_init(&f);
    put_page(&f, "resource2", BOX);
    f.page[ESPL_REG_COUNTERS / 4] = 7;
    put_page(&f, "resource4", 0);
    struct espl_card *a = opens(""), *b = opens("&bar=4&offset=0");
    assert_ok(a, espl_counters(a, values));
    assert_int_equal(values[0], 0);
    assert_ok(b, espl_counters(b, values));
    assert_int_equal(values[0], 7);
    espl_card_close(b);
    assert_ok(a, espl_card_alive(a));
    espl_card_close(a);
    sysfs_remove(&sys);
}

/* ------------------------------------------------------------------ what is wrong */

static void addresses_and_options_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *why;
    } bad[] = {
        {"pci:", "\"\" is not a PCI address (0000:65:00.0)"},
        {"pci:65:00", "\"65:00\" is not a PCI address (0000:65:00.0)"},
        {"pci:0000:65:00.0x", "\"0000:65:00.0x\" is not a PCI address (0000:65:00.0)"},
        {"pci:0000:65:20.0", "\"0000:65:20.0\" is not a PCI address (0000:65:00.0)"},
        {"pci:0000:65:00.8", "\"0000:65:00.8\" is not a PCI address (0000:65:00.0)"},
        {"pci:65:00.0?Bar=2",
         "\"Bar\" is not an option of this bus, which has bar, offset, id, sysfs"},
        {"pci:65:00.0?bar", "the option bar needs a value of 1 to 255 characters"},
        {"pci:65:00.0?bar=", "the option bar needs a value of 1 to 255 characters"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct espl_card *card;
        char why[256], whole[256];
        (void)snprintf(whole, sizeof whole, "%s: %s", bad[i].uri, bad[i].why);
        assert_int_equal(espl_card_open(bad[i].uri, &card, why, sizeof why), ESPL_ERR_URI);
        assert_string_equal(why, whole);
    }
    opennic();
    fails("&bar=6", ESPL_ERR_URI, "bar: \"6\" is not a number from 0 to 5");
    fails("&bar=2x", ESPL_ERR_URI, "bar: \"2x\" is not a number from 0 to 5");
    fails("&bar=-1", ESPL_ERR_URI, "bar: \"-1\" is not a number from 0 to 5");
    fails("&offset=0x100000000", ESPL_ERR_URI,
          "offset: \"0x100000000\" is not a number from 0 to 4294963199");
    sysfs_remove(&sys);
}

static void no_such_device(void **state)
{
    (void)state;
    char why[256], uri[128];
    struct espl_card *card;
    opennic();
    (void)snprintf(uri, sizeof uri, "pci:66:00.0?sysfs=%s", sys.root);
    assert_int_equal(espl_card_open(uri, &card, why, sizeof why), ESPL_ERR_OPEN);
    assert_non_null(strstr(why, ": there is no such PCI device (lspci lists them; one that is new "
                                "needs a rescan of the bus, or a warm reboot)"));
    /* libpci's own error ends no process */
    (void)snprintf(uri, sizeof uri, "pci:65:00.0?sysfs=%s/none", sys.root);
    assert_int_equal(espl_card_open(uri, &card, why, sizeof why), ESPL_ERR_OPEN);
    assert_non_null(strstr(why, "/none/bus/pci"));
    sysfs_remove(&sys);
}

static void other_devices_say_what_to_do(void **state)
{
    (void)state;
    sysfs_make(&sys, 0x10ee, 0x5005);
    fails("", ESPL_ERR_NOT_CARD,
          "10ee:5005 is Alveo U250 with an XRT shell: its kernels are reached through XRT: "
          "xrt:0?xclbin=FILE");
    sysfs_remove(&sys);
    sysfs_make(&sys, 0x10ee, 0x913f);
    fails("", ESPL_ERR_NOT_CARD,
          "10ee:913f is OpenNIC shell, not function 0: the registers are behind function 0 of the "
          "same card");
    sysfs_remove(&sys);
}

static void wrong_bar(void **state)
{
    (void)state;
    opennic();
    sysfs_bar(&sys, 5, 0x100, SYSFS_IO, 0x100);
    fails("&bar=4", ESPL_ERR_OPEN,
          "BAR 4 is not there; the device's BARs of memory, in bytes: 0 of 65536, 2 of 4194304");
    fails(
        "&bar=3", ESPL_ERR_OPEN,
        "BAR 3 is the upper half of the BAR before it; the device's BARs of memory, in bytes: 0 of "
        "65536, 2 of 4194304");
    fails("&bar=5", ESPL_ERR_OPEN,
          "BAR 5 is one of I/O ports; the device's BARs of memory, in bytes: 0 of 65536, 2 of "
          "4194304");
    sysfs_remove(&sys);
    sysfs_make(&sys, 0x10ee, 0x903f);
    fails("", ESPL_ERR_OPEN, "BAR 2 is not there; the device's BARs of memory, in bytes: none");
    sysfs_remove(&sys);
}

static void bar_too_small(void **state)
{
    (void)state;
    sysfs_make(&sys, 0x10ee, 0x903f);
    sysfs_bar(&sys, 2, BOX, SYSFS_MEM64, BOX);
    fails("", ESPL_ERR_NOT_CARD,
          "BAR 2 has 1048576 bytes: no room for the register page of 4096 at 0x100000");
    fails("&offset=0xff004", ESPL_ERR_NOT_CARD,
          "BAR 2 has 1048576 bytes: no room for the register page of 4096 at 0xff004");
    fails("&offset=2", ESPL_ERR_NOT_CARD,
          "BAR 2 has 1048576 bytes: no room for the register page of 4096 at 0x2");
    sysfs_bar(&sys, 2, BAR_BYTES, SYSFS_MEM64,
              4096); /* mapped beyond its end it would raise SIGBUS */
    fails("", ESPL_ERR_OPEN, "resource2 has 4096 bytes, and BAR 2 should have 4194304");
    sysfs_remove(&sys);
}

static void no_permission(void **state)
{
    (void)state;
    opennic();
    assert_int_equal(chmod(sysfs_path(&sys, "resource2"), 0), 0); /* root may all the same */
    pid_t pid = fork();
    if (pid == 0) {
        struct espl_card *card;
        char why[256];
        if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0)
            _exit(2);
        enum espl_err err = try_open("", &card, why);
        _exit(err != ESPL_ERR_OPEN ||
              strcmp(why, "resource2: Permission denied (root may, and who a udev rule gives the "
                          "file to)") != 0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    sysfs_remove(&sys);
}

static void a_card_that_fell_off_the_bus(void **state)
{
    (void)state;
    static uint8_t ones[ESPL_PAGE_BYTES];
    opennic();
    memset(ones, 0xff, sizeof ones);
    int fd = open(sysfs_path(&sys, "resource2"), O_RDWR);
    assert_int_equal(pwrite(fd, ones, sizeof ones, BOX), sizeof ones);
    close(fd);
    fails("", ESPL_ERR_DEAD,
          "the card is gone: its registers read as all ones (off the bus, or its bitstream was "
          "loaded and the machine needs a warm reboot)");
    sysfs_config(&sys, PCI_VENDOR_ID, 0xffff);
    fails(
        "", ESPL_ERR_DEAD,
        "the device does not answer: its configuration reads as all ones (it fell off the bus, or "
        "needs a warm reboot)");
    sysfs_remove(&sys);
}

static void a_bitstream_with_another_map(void **state)
{
    (void)state;
    struct fake f;
    char text[128];
    opennic();
    fake_init(&f);
    f.sum_delta = 1;
    put_page(&f, "resource2", BOX);
    (void)snprintf(text, sizeof text, "map: built for map 0x%08x, the card has 0x%08x",
                   ESPL_MAP_SUM_VALUE, ESPL_MAP_SUM_VALUE + 1);
    fails("", ESPL_ERR_MAP, text);
    sysfs_remove(&sys);
}

/* A page in a file answers nothing: what waits, ends. */
static void no_answer_within_the_deadline(void **state)
{
    (void)state;
    struct fake f;
    opennic();
    fake_init(&f);
    put_page(&f, "resource2", BOX);
    struct espl_card *card = opens("");
    assert_err(card, espl_sa_flush(card), ESPL_ERR_TIMEOUT);
    assert_string_equal(espl_card_error(card), "mailbox: the card did not answer in time");
    espl_card_close(card);
    f.never_ready = true;
    put_page(&f, "resource2", BOX);
    fails("", ESPL_ERR_TIMEOUT, "the card did not clear its tables within 5000 ms");
    sysfs_remove(&sys);
}

/* Reset under us: its generation is another, and the mark is gone. */
static void a_card_that_was_reset(void **state)
{
    (void)state;
    struct fake f;
    opennic();
    fake_init(&f);
    put_page(&f, "resource2", BOX);
    struct espl_card *card = opens("");
    assert_ok(card, espl_card_alive(card));
    fake_reset(&f);
    put_page(&f, "resource2", BOX);
    const struct espl_sa sa = sample_sa(ESPL_DIR_OUT, 0x1001, 7);
    for (int i = 0; i < 2; i++) {
        assert_err(card, espl_sa_add(card, &sa), ESPL_ERR_RESET);
        assert_string_equal(espl_card_error(card),
                            "the card was reset by another program: its SAs are gone");
    }
    espl_card_close(card);
    sysfs_remove(&sys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_card_is_found_by_its_id),
        cmocka_unit_test(id_bar_and_offset_can_be_given),
        cmocka_unit_test(a_device_that_is_off_is_switched_on),
        cmocka_unit_test(several_cards_in_one_process),
        cmocka_unit_test(addresses_and_options_are_checked),
        cmocka_unit_test(no_such_device),
        cmocka_unit_test(other_devices_say_what_to_do),
        cmocka_unit_test(wrong_bar),
        cmocka_unit_test(bar_too_small),
        cmocka_unit_test(no_permission),
        cmocka_unit_test(a_card_that_fell_off_the_bus),
        cmocka_unit_test(a_bitstream_with_another_map),
        cmocka_unit_test(no_answer_within_the_deadline),
        cmocka_unit_test(a_card_that_was_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
