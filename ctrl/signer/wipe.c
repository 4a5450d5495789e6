/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that OpenSSL gives back. See wipe.h. */
#include "ctrl/signer/wipe.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

static bool wiping;

static void *take(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return size ? malloc(size) : NULL;
}

static void give(void *p, const char *file, int line)
{
    (void)file;
    (void)line;
    if (p && wiping)
        OPENSSL_cleanse(p, malloc_usable_size(p));
    free(p);
}

static void *resize(void *p, size_t size, const char *file, int line)
{
    if (p && size == 0) {
        give(p, file, line);
        return NULL;
    }
    if (!p || !wiping)
        return p ? realloc(p, size) : take(size, file, line);
    size_t had = malloc_usable_size(p);
    void *moved = malloc(size);
    if (moved) {
        memcpy(moved, p, had < size ? had : size);
        give(p, file, line);
    }
    return moved;
}

bool wipe_prepare(void)
{
    return CRYPTO_set_mem_functions(take, resize, give) == 1;
}

void wipe_begin(void)
{
    wiping = true;
}
