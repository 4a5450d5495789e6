/* SPDX-License-Identifier: Apache-2.0 */
/* The same packets and vectors on the core that decrypts: the tag is that of its input. */
#define DECRYPT true
#include "tests/hw/gcm/test_gcm_core.c"
