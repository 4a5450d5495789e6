/* SPDX-License-Identifier: Apache-2.0 */
/* A client of the control socket sends any bytes, in pieces or at once, over a daemon with a tunnel. */
#include <string.h>
#include <unistd.h>

#include "tests/ctrl/vici/harness.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    void *state = NULL;
    size_t half = len / 2;
    (void)set_up(&state);
    int fd = client();
    raw(fd, data, half);
    turn();
    raw(fd, data + half, len - half);
    turns(3);
    close(fd);
    turn();
    (void)tear_down(&state);
    return 0;
}
