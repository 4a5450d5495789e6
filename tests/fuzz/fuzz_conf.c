/* SPDX-License-Identifier: Apache-2.0 */
/* swanctl.conf with any text in it: it becomes a configuration, or an error with its line. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ctrl/config/config.h"
#include "ctrl/log/log.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char path[64], why[512] = "";
    struct config *config = NULL;
    int fd = memfd_create("swanctl.conf", 0);
    assert(fd >= 0);
    size_t written = (size_t)write(fd, data, len);
    assert(written == len);
    log_init(NULL, false);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (config_load(path, &config, why, sizeof why) == 0)
        config_unref(config);
    else
        assert(why[0] && strlen(why) < sizeof why);
    close(fd);
    return 0;
}
