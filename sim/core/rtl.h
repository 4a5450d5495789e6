/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One verilated module behind a C interface: the only place where C meets the model's C++.
 * A program links exactly one model; its ports are found by their Verilog names.
 *
 * A clock cycle is: set inputs, rtl_settle() (clk low, combinational outputs are true now), read
 * outputs, rtl_edge() (rising edge). A module without `clk` needs only rtl_settle().
 */
#ifndef RTL_H
#define RTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rtl;

/* A port's storage in the model. Bit 0 is the least significant bit of byte 0 (host little-endian),
 * so byte n of a stream's tdata is byte n of `bits`. */
struct rtl_port {
    uint8_t *bits;  /* the model's own storage; valid until rtl_free */
    unsigned width; /* bits */
};

/* trace: FST file to write, or NULL. NULL on failure to allocate, and when the model was built without
 * tracing but `trace` was given. */
struct rtl *rtl_new(const char *trace);
void rtl_free(struct rtl *rtl);

bool rtl_find(struct rtl *rtl, const char *name, struct rtl_port *port);
/* Like rtl_find, but a missing port is a broken test: prints its name and aborts. */
struct rtl_port rtl_port(struct rtl *rtl, const char *name);

/* A memory inside the model, for planting faults: row n is at bits + n * stride, its bit 0 the least
 * significant bit of its first byte. */
struct rtl_memory {
    uint8_t *bits;
    size_t stride, rows; /* bytes of a row */
};

/* The memory whose name ends in `name`, levels separated by points ("sas.keys.rows"); false: there is
 * none, or more than one. */
bool rtl_memory(struct rtl *rtl, const char *name, struct rtl_memory *memory);

void rtl_settle(struct rtl *rtl);
void rtl_edge(struct rtl *rtl);
uint64_t rtl_cycles(const struct rtl *rtl); /* rising edges so far */

static inline uint64_t rtl_get(struct rtl_port p) /* ports of up to 64 bits */
{
    uint64_t v = 0;
    for (unsigned i = 0; i < 8 && i * 8 < p.width; i++)
        v |= (uint64_t)p.bits[i] << (8 * i);
    return v;
}

static inline void rtl_set(struct rtl_port p, uint64_t v) /* ports of up to 64 bits */
{
    for (unsigned i = 0; i < 8 && i * 8 < p.width; i++)
        p.bits[i] = (uint8_t)(v >> (8 * i));
}

/* A byte string as a number with its first byte most significant (keys, blocks, addresses).
 * The port is len * 8 bits wide. */
static inline void rtl_set_be(struct rtl_port p, const uint8_t *b, size_t len)
{
    for (size_t i = 0; i < len; i++)
        p.bits[len - 1 - i] = b[i];
}

static inline void rtl_get_be(struct rtl_port p, uint8_t *b, size_t len)
{
    for (size_t i = 0; i < len; i++)
        b[i] = p.bits[len - 1 - i];
}

#ifdef __cplusplus
}
#endif
#endif
