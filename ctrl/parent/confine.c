/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parent keeps once everything is open: its descriptors, netlink by those, files to be
 * read, and memory. It starts nothing, opens no socket, sees into no process, and writes files only
 * where an option says so, at their end. Who would take it over by a request gains no more than
 * that.
 *
 * Refused calls fail instead of ending it: a gateway whose bus, on a kernel or a board that no test
 * here has, asks for one more call is to say so in its log and go on. Which one it was, the
 * kernel's log tells.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>

#include "ctrl/parent/parent.h"
#include "ctrl/privilege/confine.h"

static int may_open(scmp_filter_ctx ctx, int bits, int flags)
{
    return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
                            SCMP_A2(SCMP_CMP_MASKED_EQ, (scmp_datum_t)bits, (scmp_datum_t)flags));
}

/* The configuration, again after a HUP; users' names. openat2 hides its flags, so it is not there.
 */
static int reads(scmp_filter_ctx ctx)
{
    int rc = may_open(ctx, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY);
    return rc ? rc : seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(openat2), 0);
}

/* --log after it was moved away, --save-keys */
static int reads_and_appends(scmp_filter_ctx ctx)
{
    int rc = may_open(ctx, O_ACCMODE | O_TRUNC | O_APPEND, O_WRONLY | O_APPEND);
    return rc ? rc : reads(ctx);
}

static const int calls[] = {
    SCMP_SYS(write),        SCMP_SYS(writev),    SCMP_SYS(pread64),      SCMP_SYS(pwrite64),
    SCMP_SYS(lseek),        SCMP_SYS(fstat),     SCMP_SYS(newfstatat),   SCMP_SYS(statx),
    SCMP_SYS(fcntl),        SCMP_SYS(flock),     SCMP_SYS(dup3),         SCMP_SYS(poll),
    SCMP_SYS(ppoll),        SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait),   SCMP_SYS(epoll_pwait),
    SCMP_SYS(sendto),       SCMP_SYS(recvfrom),  SCMP_SYS(getdents64),   SCMP_SYS(wait4),
    SCMP_SYS(unlink),       SCMP_SYS(unlinkat),  SCMP_SYS(nanosleep),    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(clock_getres), SCMP_SYS(geteuid),   SCMP_SYS(rt_sigaction), SCMP_SYS(sigaltstack),
};

#define TABLE(r)                                                                                   \
    {                                                                                              \
        .name = "espalierd", .calls = calls, .call_count = sizeof calls / sizeof *calls,           \
        .rules = (r), .refuses = true, .logs = true                                                \
    }

const struct confinement parent_confinement = TABLE(reads);
const struct confinement parent_confinement_appends = TABLE(reads_and_appends);

/* XRT's library makes threads and calls as it likes, on each board and in each emulation others: no
 * list of what it needs would be right. So what nobody here needs is refused. */
static const int never[] = {
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(kcmp),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(move_mount),
    SCMP_SYS(open_tree),
    SCMP_SYS(fsopen),
    SCMP_SYS(fsconfig),
    SCMP_SYS(fsmount),
    SCMP_SYS(fspick),
    SCMP_SYS(mount_setattr),
    SCMP_SYS(setns),
    SCMP_SYS(unshare),
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(setuid),
    SCMP_SYS(setgid),
    SCMP_SYS(setresuid),
    SCMP_SYS(setresgid),
    SCMP_SYS(setreuid),
    SCMP_SYS(setregid),
    SCMP_SYS(setgroups),
    SCMP_SYS(capset),
    SCMP_SYS(personality),
    SCMP_SYS(iopl),
    SCMP_SYS(ioperm),
    SCMP_SYS(modify_ldt),
    SCMP_SYS(swapon),
    SCMP_SYS(swapoff),
    SCMP_SYS(reboot),
    SCMP_SYS(acct),
    SCMP_SYS(quotactl),
    SCMP_SYS(settimeofday),
    SCMP_SYS(clock_settime),
    SCMP_SYS(sethostname),
    SCMP_SYS(setdomainname),
    SCMP_SYS(mknod),
    SCMP_SYS(mknodat),
    SCMP_SYS(chmod),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchmodat),
    SCMP_SYS(chown),
    SCMP_SYS(fchown),
    SCMP_SYS(fchownat),
    SCMP_SYS(lchown),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(link),
    SCMP_SYS(linkat),
    SCMP_SYS(symlink),
    SCMP_SYS(symlinkat),
    SCMP_SYS(io_uring_setup),
};

/* Threads, but no processes; no sockets but local ones. */
static int no_process_no_network(scmp_filter_ctx ctx)
{
    const uint32_t refused = SCMP_ACT_ERRNO(EPERM);
    int rc = seccomp_rule_add(ctx, refused, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_NE, AF_UNIX));
    rc = rc ? rc
            : seccomp_rule_add(ctx, refused, SCMP_SYS(clone), 1,
                               SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
    rc = rc ? rc : seccomp_rule_add(ctx, refused, SCMP_SYS(fork), 0);
    rc = rc ? rc : seccomp_rule_add(ctx, refused, SCMP_SYS(vfork), 0);
    /* its flags can't be seen: the C library then uses clone */
    return rc ? rc : seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

const struct confinement parent_confinement_library = {
    .name = "espalierd",
    .calls = never,
    .call_count = sizeof never / sizeof *never,
    .forbids = true,
    .rules = no_process_no_network,
};

int parent_confine(const struct options *o)
{
    if (strncmp(o->card, "xrt:", 4) == 0)
        return confine_calls(&parent_confinement_library);
    return confine_calls(o->log || o->save_keys ? &parent_confinement_appends
                                                : &parent_confinement);
}
