/* SPDX-License-Identifier: Apache-2.0 */
/* The made-up /sys (see sysfs.h). */
#include "tests/driver/bus/sysfs.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <pci/header.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONFIG_BYTES 4096
#define RESOURCES 13 /* lines of "resource": six BARs, the ROM, a bridge's */

const char *sysfs_path(const struct sysfs *s, const char *name)
{
    static char path[256];
    assert_true(snprintf(path, sizeof path, "%s/%s", s->device, name) < (int)sizeof path);
    return path;
}

void sysfs_write(const struct sysfs *s, const char *name, const char *text)
{
    FILE *f = fopen(sysfs_path(s, name), "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

void sysfs_read(const struct sysfs *s, const char *name, char *text, unsigned size)
{
    FILE *f = fopen(sysfs_path(s, name), "r");
    assert_non_null(f);
    text[fread(text, 1, size - 1, f)] = '\0';
    (void)fclose(f);
}

void sysfs_config(struct sysfs *s, unsigned at, uint16_t value)
{
    const uint8_t bytes[2] = {(uint8_t)value, (uint8_t)(value >> 8)};
    int fd = open(sysfs_path(s, "config"), O_RDWR | O_CREAT, 0644);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, CONFIG_BYTES), 0);
    assert_int_equal(pwrite(fd, bytes, 2, at), 2);
    close(fd);
}

/* Line `bar` of "resource". */
static void set_resource(struct sysfs *s, unsigned bar, uint64_t start, uint64_t end,
                         uint64_t flags)
{
    char lines[RESOURCES * 57 + 1];
    sysfs_read(s, "resource", lines, sizeof lines);
    char line[64];
    assert_int_equal(snprintf(line, sizeof line, "0x%016llx 0x%016llx 0x%016llx\n",
                              (unsigned long long)start, (unsigned long long)end,
                              (unsigned long long)flags),
                     57);
    memcpy(lines + 57 * bar, line, 57);
    sysfs_write(s, "resource", lines);
}

void sysfs_bar(struct sysfs *s, unsigned bar, uint64_t size, uint32_t flags, uint64_t file)
{
    uint64_t start = 0xf0000000u + 0x1000000u * (uint64_t)bar;
    char name[16];
    set_resource(s, bar, start, start + size - 1, flags);
    if (!file)
        return;
    (void)snprintf(name, sizeof name, "resource%u", bar);
    sysfs_write(s, name, "");
    assert_int_equal(truncate(sysfs_path(s, name), (off_t)file), 0);
}

void sysfs_driver(struct sysfs *s, const char *name)
{
    char target[64];
    (void)snprintf(target, sizeof target, "../../../../bus/pci/drivers/%s", name);
    assert_int_equal(symlink(target, sysfs_path(s, "driver")), 0);
}

static void folder(const char *root, const char *name)
{
    char path[128];
    assert_true(snprintf(path, sizeof path, "%s/%s", root, name) < (int)sizeof path);
    assert_int_equal(mkdir(path, 0755), 0);
}

void sysfs_make(struct sysfs *s, uint16_t vendor, uint16_t device)
{
    char text[16];
    (void)snprintf(s->root, sizeof s->root, "/tmp/espl_sysfs.XXXXXX");
    assert_non_null(mkdtemp(s->root));
    assert_int_equal(chmod(s->root, 0755), 0); /* for a test without root's rights */
    folder(s->root, "bus");
    folder(s->root, "bus/pci");
    folder(s->root, "bus/pci/slots");
    folder(s->root, "bus/pci/devices");
    folder(s->root, "bus/pci/devices/" SYSFS_DEVICE);
    (void)snprintf(s->device, sizeof s->device, "%s/bus/pci/devices/" SYSFS_DEVICE, s->root);
    (void)snprintf(text, sizeof text, "0x%04x\n", vendor);
    sysfs_write(s, "vendor", text);
    (void)snprintf(text, sizeof text, "0x%04x\n", device);
    sysfs_write(s, "device", text);
    sysfs_write(s, "class", "0x058000\n");
    sysfs_write(s, "irq", "0\n");
    sysfs_write(s, "enable", "");
    sysfs_write(s, "resource", "");
    char lines[RESOURCES * 57 + 1] = "";
    for (unsigned i = 0; i < RESOURCES; i++)
        (void)snprintf(lines + 57 * i, sizeof lines - 57 * i, "0x%016x 0x%016x 0x%016x\n", 0, 0, 0);
    sysfs_write(s, "resource", lines);
    sysfs_config(s, PCI_VENDOR_ID, vendor);
    sysfs_config(s, PCI_DEVICE_ID, device);
    sysfs_config(s, PCI_COMMAND, PCI_COMMAND_MEMORY);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

void sysfs_remove(struct sysfs *s)
{
    assert_int_equal(nftw(s->root, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}
