/* SPDX-License-Identifier: Apache-2.0 */
/* An xclbin file in memory, checked as far as XRT takes it on trust (xclbin.h: struct axlf). */
#ifndef ESPALIER_XCLBIN_H
#define ESPALIER_XCLBIN_H

#include <stdint.h>

#include <stdbool.h>
#include <stddef.h>

#include "driver/card.h"

struct espl_xclbin {
    uint8_t *bytes; /* owned */
    uint64_t length;
    uint8_t uuid[16];
};

/* fd: gets the open file, the caller's then; NULL: not wanted. */
ESPL_MUST enum espl_err espl_xclbin_read(struct espl_xclbin *xclbin, const char *path, int *fd,
                                         char *why, size_t why_len);
void espl_xclbin_clear(struct espl_xclbin *xclbin);

#endif
