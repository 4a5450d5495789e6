/* SPDX-License-Identifier: Apache-2.0 */
/* The same packets and vectors on the core that decrypts: the text is ciphertext, the tag its own. */
#define DECRYPT true
#include "tests/hw/gcm/test_gcm_core.c"
