/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests' stand-in for XRT's library does, set by the test that has loaded it. */
#ifndef TESTS_DRIVER_XRT_SHIM_H
#define TESTS_DRIVER_XRT_SHIM_H

#include <stdbool.h>
#include <stdint.h>

struct xrt_shim {
    unsigned cards;
    bool does_not_open;
    int load, context;  /* what xclLoadXclBin and xclOpenContext return */
    const char *kernel; /* name of the one kernel */
    int broken_after;   /* register accesses until they fail; -1: never */
    void (*read)(uint32_t off, uint32_t *value);
    void (*write)(uint32_t off, uint32_t value);
    char log[4096]; /* the calls, one letter each and what matters of them */
};

/* The shim's own, found with dlsym. */
typedef struct xrt_shim *(*xrt_shim_fn)(void);
struct xrt_shim *xrt_shim_get(void);

#endif
