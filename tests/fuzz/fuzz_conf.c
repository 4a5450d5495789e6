/* SPDX-License-Identifier: Apache-2.0 */
/*
 * swanctl.conf with any text in it: it becomes a configuration, or an error with its line. Read by
 * way of the signer, which takes its secrets out, it becomes the same, or the same error.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctrl/config/config.h"
#include "ctrl/config/files.h"
#include "ctrl/log/log.h"
#include "ctrl/privilege/packet.h"
#include "ctrl/signer/link.h"
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

/* As the parent gives it and the network-facing process asks for it. */
static int text_of_signer(void *user, const char *name, struct files_text *text)
{
    static uint32_t ticket;
    const int *ends = user;
    struct signer *s = signer_here();
    assert(s);
    vault_take_files(s->vault, ends[1]);
    int fd = open(name, O_RDONLY), rc = -1;
    if (fd >= 0) {
        bool given = signer_give_file(ends[0], ++ticket, fd);
        assert(given);
        close(fd);
        rc = signer_text(s, ticket, name, text);
    }
    signer_free(s);
    return rc;
}

/* No secret is left in what was read so, and all else is as it was. */
static void compare(const struct config *raw, const struct config *hidden)
{
    const struct config_secret *a = raw->secrets, *b = hidden->secrets;
    for (; a && b; a = a->next, b = b->next)
        assert(b->number && !b->data && strcmp(a->name, b->name) == 0 &&
               a->id_count == b->id_count);
    assert(!a && !b);
    const struct config_conn *c = raw->conns, *d = hidden->conns;
    for (; c && d; c = c->next, d = d->next)
        assert(config_conn_equal(c, d));
    assert(!c && !d);
}

static void through_the_signer(const struct config *raw, const char *wrong, bool includes)
{
    char why[512] = "";
    struct config *config = NULL;
    int ends[2], rc = packet_pair(ends);
    struct files files = files_own;
    assert(rc == 0);
    files.user = ends;
    files.text = text_of_signer;
    files_ask(&files);
    rc = config_load(path, &config, why, sizeof why);
    files_ask(NULL);
    close(ends[0]);
    close(ends[1]);
    assert((rc == 0) == (raw != NULL));
    /* an error in a file comes before those of what it includes further above */
    assert(strcmp(why, wrong) == 0 || (rc != 0 && includes));
    if (rc == 0)
        compare(raw, config);
    config_unref(config);
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
    if (config_load(path, &config, why, sizeof why) != 0)
        assert(why[0] && strlen(why) < sizeof why);
    through_the_signer(config, why, memmem(data, len, "include", 7));
    config_unref(config);
    return 0;
}
