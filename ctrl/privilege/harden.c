/* SPDX-License-Identifier: Apache-2.0 */
/* What the process gives up before it listens to strangers. */
#include "ctrl/privilege/harden.h"

#include <cap-ng.h>
#include <sys/prctl.h>
#include <sys/resource.h>

int harden_secrets(void)
{
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0)
        return -1;
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

int harden_privileges(void)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -1;
    if (capng_get_caps_process() != 0)
        return -1;
    int had = capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_ADMIN);
    int may_bound = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);
    capng_clear(CAPNG_SELECT_BOTH);
    if (had && capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_NET_ADMIN) != 0)
        return -1;
    return capng_apply(may_bound ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS) == 0 ? 0 : -1;
}
