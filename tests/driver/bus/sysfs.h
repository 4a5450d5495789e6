/* SPDX-License-Identifier: Apache-2.0 */
/* A made-up /sys with one PCI device in it, as much of it as libpci and the driver look at. */
#ifndef TESTS_DRIVER_SYSFS_H
#define TESTS_DRIVER_SYSFS_H

#include <stdbool.h>
#include <stdint.h>

#define SYSFS_DEVICE "0000:65:00.0"

struct sysfs {
    char root[64];    /* for ?sysfs= */
    char device[160]; /* folder of the device */
};

/* A device with these IDs, its memory switched on, without BARs. */
void sysfs_make(struct sysfs *s, uint16_t vendor, uint16_t device);
void sysfs_remove(struct sysfs *s);

#define SYSFS_MEM32 0x00040200u
#define SYSFS_MEM64 0x00140204u
#define SYSFS_IO 0x00040101u
/* BAR `bar` with `size` bytes as the kernel lists it, and its resourceN of `file` bytes (0: none).
 */
void sysfs_bar(struct sysfs *s, unsigned bar, uint64_t size, uint32_t flags, uint64_t file);
void sysfs_driver(struct sysfs *s, const char *name);
/* Two bytes of the configuration space. */
void sysfs_config(struct sysfs *s, unsigned at, uint16_t value);
/* path of a file of the device */
const char *sysfs_path(const struct sysfs *s, const char *name);
void sysfs_write(const struct sysfs *s, const char *name, const char *text);
void sysfs_read(const struct sysfs *s, const char *name, char *text, unsigned size);

#endif
