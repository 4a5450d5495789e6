/* SPDX-License-Identifier: Apache-2.0 */
/* swanctl.conf with any text in it: it becomes a configuration, or an error with its line. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctrl/config/config.h"
#include "ctrl/log/log.h"
#include "tests/fuzz/fuzz.h"

static char dir[32], path[64];

static void tidy(void)
{
    (void)unlink(path);
    (void)rmdir(dir);
}

/* A folder of its own: what the input includes is beside the file. */
static void make_place(void)
{
    (void)strcpy(dir, "/tmp/espalier-fuzz-XXXXXX");
    char *made = mkdtemp(dir);
    assert(made);
    (void)snprintf(path, sizeof path, "%s/swanctl.conf", dir);
    (void)atexit(tidy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char why[512] = "";
    struct config *config = NULL;
    if (!dir[0])
        make_place();
    FILE *f = fopen(path, "w");
    assert(f);
    size_t written = fwrite(data, 1, len, f);
    assert(written == len && fclose(f) == 0);
    log_init(NULL, false);
    if (config_load(path, &config, why, sizeof why) == 0)
        config_unref(config);
    else
        assert(why[0] && strlen(why) < sizeof why);
    return 0;
}
