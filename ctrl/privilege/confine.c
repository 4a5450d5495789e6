/* SPDX-License-Identifier: Apache-2.0 */
/* One process gives up what it must not have. See confine.h. */
#include "ctrl/privilege/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cap-ng.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "ctrl/privilege/harden.h"

#define KEPT_MAX 16

bool confine_warm_up_crypto(void)
{
    uint8_t seed[16];
    return OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL) == 1 &&
           RAND_bytes(seed, sizeof seed) == 1;
}

/* ---------------------------------------------------------------- files */

int confine_quiet_input(void)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    int rc = fd >= 0 && dup2(fd, STDIN_FILENO) >= 0 && dup2(fd, STDOUT_FILENO) >= 0 ? 0 : -1;
    if (rc == 0 && fcntl(STDERR_FILENO, F_GETFD) < 0)
        rc = dup2(fd, STDERR_FILENO) < 0 ? -1 : 0;
    if (fd > STDERR_FILENO)
        close(fd);
    return rc;
}

static int by_number(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static int close_files(const int *fds, size_t count)
{
    int keep[KEPT_MAX];
    unsigned from = 0;
    if (count > KEPT_MAX) {
        errno = EINVAL;
        return -1;
    }
    memcpy(keep, fds, count * sizeof *fds);
    qsort(keep, count, sizeof *keep, by_number);
    for (size_t i = 0; i < count; i++) {
        unsigned fd = (unsigned)keep[i];
        if (keep[i] < (int)from) /* named twice, or no file */
            continue;
        if (fd > from && close_range(from, fd - 1, 0) != 0)
            return -1;
        from = fd + 1;
    }
    return close_range(from, ~0u, 0);
}

/* A folder of root's that is deleted as soon as this process is in it: it is empty, and nobody can
 * ever put anything there. */
static int enter_empty_root(void)
{
    char in_run[] = "/run/espalierd-XXXXXX", in_tmp[] = "/tmp/espalierd-XXXXXX";
    const char *path = mkdtemp(in_run);
    if (!path)
        path = mkdtemp(in_tmp);
    if (!path)
        return -1;
    int rc = chdir(path);
    return rmdir(path) == 0 && rc == 0 ? chroot(".") : -1;
}

/* ---------------------------------------------------------------- root */

static const struct passwd *find_user(const struct confinement *c)
{
    const struct passwd *user = getpwnam(c->user);
    return user ? user : getpwnam("nobody");
}

const char *confine_user(const struct confinement *c)
{
    const struct passwd *user = find_user(c);
    return user ? user->pw_name : NULL;
}

/* A user that owns nothing; without root there is nothing to give up. */
static int leave_root(const struct confinement *c)
{
    if (geteuid() != 0)
        return 0;
    const struct passwd *user = find_user(c);
    if (!user) {
        errno = ENOENT;
        return -1;
    }
    uid_t uid = user->pw_uid;
    gid_t gid = user->pw_gid;
    if (c->no_network && unshare(CLONE_NEWNET | CLONE_NEWIPC) != 0 && errno != EPERM &&
        errno != ENOSYS)
        return -1;
    if (c->empty_root && enter_empty_root() != 0)
        return -1;
    capng_clear(CAPNG_SELECT_BOUNDS); /* so that no program would get them again */
    if (capng_apply(CAPNG_SELECT_BOUNDS) != 0 && errno != EPERM)
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

/* ---------------------------------------------------------------- system calls */

/* Memory that can be written or run, never both in turn: nothing new becomes code. */
static int allow_memory(scmp_filter_ctx ctx)
{
    int rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                              SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    return rc ? rc
              : seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                                 SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
}

static int add_all(scmp_filter_ctx ctx, uint32_t action, const int *calls, size_t count)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = seccomp_rule_add(ctx, action, calls[i], 0);
    return rc;
}

/* What every process does, and what this one's table allows. */
static int allow(scmp_filter_ctx ctx, const struct confinement *c)
{
    static const int common[] = {
        SCMP_SYS(read),         SCMP_SYS(recvmsg),
        SCMP_SYS(sendmsg),      SCMP_SYS(close),
        SCMP_SYS(brk),          SCMP_SYS(mremap),
        SCMP_SYS(munmap),       SCMP_SYS(madvise),
        SCMP_SYS(futex),        SCMP_SYS(getrandom),
        SCMP_SYS(gettimeofday), SCMP_SYS(clock_gettime),
        SCMP_SYS(getpid),       SCMP_SYS(gettid),
        SCMP_SYS(sched_yield),  SCMP_SYS(rt_sigreturn),
        SCMP_SYS(exit),         SCMP_SYS(rt_sigprocmask),
        SCMP_SYS(exit_group),   SCMP_SYS(restart_syscall),
    };
    int rc = allow_memory(ctx);
    rc = rc ? rc : add_all(ctx, SCMP_ACT_ALLOW, common, sizeof common / sizeof *common);
    return rc ? rc : add_all(ctx, SCMP_ACT_ALLOW, c->calls, c->call_count);
}

int confine_calls(const struct confinement *c)
{
    const uint32_t refused = SCMP_ACT_ERRNO(EPERM);
    scmp_filter_ctx ctx = seccomp_init(c->forbids   ? SCMP_ACT_ALLOW
                                       : c->refuses ? refused
                                                    : SCMP_ACT_KILL_PROCESS);
    int rc = !ctx         ? -ENOMEM
             : c->forbids ? add_all(ctx, refused, c->calls, c->call_count)
                          : allow(ctx, c);
    if (rc == 0 && c->rules)
        rc = c->rules(ctx);
    if (rc == 0 && c->logs)
        (void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_LOG, 1); /* a kernel before 4.14 can't */
    rc = rc == 0 ? seccomp_load(ctx) : rc;
    seccomp_release(ctx);
    errno = -rc;
    return rc == 0 ? 0 : -1;
}

/* A terminal's signals are the parent's to answer, who tells. */
static void ignore_signals(void)
{
    static const int signums[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGPIPE};
    for (size_t i = 0; i < sizeof signums / sizeof *signums; i++)
        signal(signums[i], SIG_IGN);
}

int confine(const struct confinement *c, const int *fds, size_t count)
{
    ignore_signals();
    (void)prctl(PR_SET_NAME, c->name, 0, 0, 0);
    if (c->warm_up && !c->warm_up()) {
        errno = ENOTSUP;
        return -1;
    }
    if (leave_root(c) != 0 || harden_secrets() != 0)
        return -1;
    if (c->ends_with_parent) /* after the user has changed: that takes it back */
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (c->lock_memory)
        (void)mlockall(MCL_CURRENT);
    if (close_files(fds, count) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        drop_capabilities() != 0)
        return -1;
    return confine_calls(c);
}
