/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the signer's process keeps when it is told secrets: its sockets, memory, and few system
 * calls. Clients of the control socket come by a socket that it is given; it makes none that
 * reaches anybody.
 */
#include <sys/socket.h>

#include "ctrl/privilege/confine.h"
#include "ctrl/signer/mschap.h"
#include "ctrl/signer/wire.h"

/* What OpenSSL loads when it is first used has to be loaded while there are files. */
static bool warm_up(void)
{
    (void)mschap_ready(); /* without MD4 only EAP-MSCHAPv2 fails, and says so */
    return confine_warm_up_crypto();
}

static const int calls[] = {SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(accept4)};

/* Between it and the network-facing process: the two ends of nothing else. */
static int rules(scmp_filter_ctx ctx)
{
    return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socketpair), 1,
                            SCMP_A0(SCMP_CMP_EQ, AF_UNIX));
}

const struct confinement signer_confinement = {
    .name = "signer",
    .user = "espalier-signer",
    .no_network = true,
    .lock_memory = true,
    .warm_up = warm_up,
    .calls = calls,
    .call_count = sizeof calls / sizeof *calls,
    .rules = rules,
};

int signer_confine(int fd, int files, int door)
{
    const int keep[] = {fd, files, door};
    return confine(&signer_confinement, keep, 3);
}
