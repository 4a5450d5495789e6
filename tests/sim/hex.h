/* SPDX-License-Identifier: Apache-2.0 */
/* Hexadecimal constants of the tests as bytes. */
#ifndef TESTS_SIM_HEX_H
#define TESTS_SIM_HEX_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

static inline size_t hex(const char *text, uint8_t *out)
{
    size_t n = 0;
    unsigned v;
    for (; sscanf(text + 2 * n, "%2x", &v) == 1; n++)
        out[n] = (uint8_t)v;
    return n;
}

#endif
