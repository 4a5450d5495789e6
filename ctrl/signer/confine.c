/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the signer's process keeps when it is told secrets: its sockets, memory, and twenty system
 * calls.
 */
#include "ctrl/privilege/confine.h"
#include "ctrl/signer/mschap.h"
#include "ctrl/signer/wire.h"

/* What OpenSSL loads when it is first used has to be loaded while there are files. */
static bool warm_up(void)
{
    (void)mschap_ready(); /* without MD4 only EAP-MSCHAPv2 fails, and says so */
    return confine_warm_up_crypto();
}

const struct confinement signer_confinement = {
    .name = "signer",
    .user = "espalier-signer",
    .no_network = true,
    .lock_memory = true,
    .warm_up = warm_up,
};

int signer_confine(int fd, int files)
{
    const int keep[] = {fd, files};
    return confine(&signer_confinement, keep, 2);
}
