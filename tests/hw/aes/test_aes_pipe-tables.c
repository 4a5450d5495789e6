/* SPDX-License-Identifier: Apache-2.0 */
/* The same with the rounds from tables, as the virtual card has them. */
#include "tests/hw/aes/test_aes_pipe.c"
