/* SPDX-License-Identifier: Apache-2.0 */
/* espalierd from its command line to its exit status. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctrl/config/config.h"
#include "ctrl/daemon/daemon.h"
#include "ctrl/log/log.h"
#include "ctrl/parent/parent.h"
#include "ctrl/signer/wipe.h"

static int check(const struct options *options)
{
    char why[512];
    struct config *config;
    if (config_load(options->config, &config, why, sizeof(why)) != 0) {
        fprintf(stderr, "espalierd: %s\n", why);
        return 2;
    }
    size_t conns = 0, children = 0, secrets = 0;
    for (const struct config_conn *c = config->conns; c; c = c->next, conns++)
        for (const struct config_child *child = c->children; child; child = child->next)
            children++;
    for (const struct config_secret *s = config->secrets; s; s = s->next)
        secrets++;
    printf("%s: ok; connections: %zu, children: %zu, secrets: %zu\n", options->config, conns,
           children, secrets);
    config_unref(config);
    return 0;
}

int espalierd(int argc, char **argv)
{
    struct options options;
    FILE *log = stderr;
    (void)wipe_prepare(); /* a program that has used OpenSSL before is a test */
    switch (options_parse(&options, argc, argv)) {
    case OPTIONS_DONE: return 0;
    case OPTIONS_WRONG: return 2;
    case OPTIONS_RUN: break;
    }
    if (options.check)
        return check(&options);
    if (options.log && !(log = fopen(options.log, "ae"))) {
        fprintf(stderr, "espalierd: --log %s: %s\n", options.log, strerror(errno));
        return 1;
    }
    log_init(log, options.debug);
    int status = parent_run(&options);
    if (log != stderr && fclose(log) != 0)
        return 1;
    return status;
}
