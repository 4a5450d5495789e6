/* SPDX-License-Identifier: Apache-2.0 */
/* The same with extended sequence numbers, the last 3,000 of them: 2^64 - 1 is given out, then
 * there is none (RFC 4303 3.3.3). */
#define ESN true
#define SEQ_START (UINT64_MAX - 3000)
#define SEQ_LAST UINT64_MAX
#define SEQ_NEAR UINT64_C(0xc000000000000000) /* long ago */
#include "tests/hw/esp/test_out_sequence.c"
