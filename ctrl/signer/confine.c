/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the signer's process gives up before it is told a secret: every file but its socket, root
 * and every capability, the network, and all system calls but those that computing and answering
 * need.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cap-ng.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "ctrl/daemon/harden.h"
#include "ctrl/signer/mschap.h"
#include "ctrl/signer/wire.h"

#define SIGNER_USER "espalier-signer"

/* What OpenSSL loads when it is first used has to be loaded while there are files. */
static bool warm_up(void)
{
    uint8_t seed[16];
    (void)mschap_ready(); /* without MD4 only EAP-MSCHAPv2 fails, and says so */
    return OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL) == 1 &&
           RAND_bytes(seed, sizeof seed) == 1;
}

static int close_files(int keep)
{
    if (keep > 0 && close_range(0, (unsigned)keep - 1, 0) != 0)
        return -1;
    return close_range((unsigned)keep + 1, ~0u, 0);
}

/* Of a user that owns nothing; without root there is nothing to give up. */
static int become_nobody(void)
{
    if (geteuid() != 0)
        return 0;
    const struct passwd *user = getpwnam(SIGNER_USER);
    if (!user)
        user = getpwnam("nobody");
    if (!user)
        return -1;
    uid_t uid = user->pw_uid;
    gid_t gid = user->pw_gid;
    if (unshare(CLONE_NEWNET | CLONE_NEWIPC) != 0 && errno != EPERM && errno != ENOSYS)
        return -1;
    if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
        return -1;
    return 0;
}

static int drop_capabilities(void)
{
    capng_clear(CAPNG_SELECT_BOTH);
    return capng_apply(CAPNG_SELECT_CAPS) == 0 ? 0 : -1;
}

/* Memory, the socket, a file that was handed over, time, randomness, the end. */
static int filter_calls(void)
{
    static const int calls[] = {
        SCMP_SYS(read),
        SCMP_SYS(recvmsg),
        SCMP_SYS(sendmsg),
        SCMP_SYS(close),
        SCMP_SYS(brk),
        SCMP_SYS(mremap),
        SCMP_SYS(munmap),
        SCMP_SYS(madvise),
        SCMP_SYS(futex),
        SCMP_SYS(getrandom),
        SCMP_SYS(clock_gettime),
        SCMP_SYS(gettimeofday),
        SCMP_SYS(getpid),
        SCMP_SYS(gettid),
        SCMP_SYS(sched_yield),
        SCMP_SYS(rt_sigreturn),
        SCMP_SYS(rt_sigprocmask),
        SCMP_SYS(exit),
        SCMP_SYS(exit_group),
        SCMP_SYS(restart_syscall),
    };
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int rc = ctx ? 0 : -1;
    for (size_t i = 0; rc == 0 && i < sizeof calls / sizeof *calls; i++)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i], 0);
    /* memory that can be written or run, never both in turn: nothing new becomes code */
    if (rc == 0)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                              SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    if (rc == 0)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                              SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    rc = rc == 0 ? seccomp_load(ctx) : rc;
    seccomp_release(ctx);
    return rc == 0 ? 0 : -1;
}

/* A terminal's signals are the daemon's to answer: it asks for signatures until its end. */
static void ignore_signals(void)
{
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGUSR1, SIG_IGN);
}

int signer_confine(int fd)
{
    ignore_signals();
    (void)prctl(PR_SET_NAME, "signer", 0, 0, 0);
    if (!warm_up() || become_nobody() != 0 || harden_secrets() != 0)
        return -1;
    (void)mlockall(MCL_CURRENT); /* out of the swap, where the limits allow it */
    if (close_files(fd) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        drop_capabilities() != 0)
        return -1;
    return filter_calls();
}
