/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading an xclbin (see xclbin.h). XRT gets a pointer to it and believes every offset inside, so a
 * file that was cut short would be read beyond its end.
 */
#include "driver/bus/xclbin.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* struct axlf of xclbin.h: byte offsets, little-endian numbers */
enum {
    MAGIC = 0,
    LENGTH = 304,   /* u64, of the whole file */
    UUID = 416,     /* 16 bytes */
    SECTIONS = 448, /* u32, how many */
    TABLE = 456,
    SECTION_BYTES = 40,
    SECTION_AT = 24,  /* u64, from the file's beginning */
    SECTION_LEN = 32, /* u64 */
};
#define MAGIC_TEXT "xclbin2"     /* with its zero */
#define LARGEST ((off_t)2 << 30) /* bytes; bitstreams have some 10^8 */

static uint64_t get(const uint8_t *at, size_t bytes)
{
    uint64_t value = 0;
    memcpy(&value, at, bytes);
    return le64toh(value);
}

static bool whole(const struct espl_xclbin *x)
{
    if (x->length < TABLE || get(x->bytes + LENGTH, 8) != x->length)
        return false;
    uint64_t count = get(x->bytes + SECTIONS, 4);
    if (count > (x->length - TABLE) / SECTION_BYTES)
        return false;
    for (uint64_t i = 0; i < count; i++) {
        const uint8_t *section = x->bytes + TABLE + i * SECTION_BYTES;
        uint64_t at = get(section + SECTION_AT, 8), len = get(section + SECTION_LEN, 8);
        if (at > x->length || len > x->length - at)
            return false;
    }
    return true;
}

static enum espl_err read_all(struct espl_xclbin *x, int fd, char *why, size_t why_len)
{
    struct stat st;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > LARGEST) {
        (void)snprintf(why, why_len, "the xclbin is not a file, or over 2 GB");
        return ESPL_ERR_OPEN;
    }
    x->bytes = malloc((size_t)st.st_size + 1);
    if (!x->bytes) {
        (void)snprintf(why, why_len, "out of memory");
        return ESPL_ERR_NO_MEMORY;
    }
    ssize_t n = 0;
    while (x->length < (uint64_t)st.st_size) {
        n = read(fd, x->bytes + x->length, (size_t)((uint64_t)st.st_size - x->length));
        if (n <= 0)
            break;
        x->length += (uint64_t)n;
    }
    if (n >= 0)
        return ESPL_OK;
    (void)snprintf(why, why_len, "the xclbin cannot be read: %s", strerror(errno));
    return ESPL_ERR_OPEN;
}

enum espl_err espl_xclbin_read(struct espl_xclbin *x, const char *path, int *fd_out, char *why,
                               size_t why_len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        (void)snprintf(why, why_len, "%.120s: %s", path, strerror(errno));
        return ESPL_ERR_OPEN;
    }
    enum espl_err err = read_all(x, fd, why, why_len);
    if (fd_out)
        *fd_out = fd;
    else
        close(fd);
    if (err)
        return err;
    bool magic = x->length >= sizeof MAGIC_TEXT && !memcmp(x->bytes, MAGIC_TEXT, sizeof MAGIC_TEXT);
    if (!magic || !whole(x)) {
        (void)snprintf(why, why_len, "%.120s %s", path,
                       magic ? "is cut short: it is not as long as it says" : "is not an xclbin");
        return ESPL_ERR_OPEN;
    }
    memcpy(x->uuid, x->bytes + UUID, sizeof x->uuid);
    return ESPL_OK;
}

void espl_xclbin_clear(struct espl_xclbin *x)
{
    free(x->bytes);
    *x = (struct espl_xclbin){0};
}
