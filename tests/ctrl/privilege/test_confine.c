/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each process tries what it must not do: a child of the test is confined as that process is, tries
 * one thing, and must be ended by it, or be refused. tests/ctrl/signer has the signer's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <netdb.h>
#include <pthread.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctrl/daemon/daemon.h"
#include "ctrl/fetch/link.h"
#include "ctrl/parent/parent.h"
#include "ctrl/privilege/harden.h"

/* ---------------------------------------------------------------- what is tried: -1 when refused
 */

static long open_a_file(void)
{
    return open("/etc/passwd", O_RDONLY);
}
static long write_a_file(void)
{
    return open("/tmp/espl-confine", O_WRONLY | O_CREAT, 0600);
}
static long open_a_socket(void)
{
    return socket(AF_INET, SOCK_DGRAM, 0);
}
static long accept_somebody(void)
{
    return accept4(0, NULL, NULL, 0);
}
static long open_a_local_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0);
}
static long open_a_raw_socket(void)
{
    return socket(AF_PACKET, SOCK_RAW, 0);
}
static long listen_there(void)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return bind(fd, (struct sockaddr *)&sa, sizeof sa) == 0 ? listen(fd, 1) : -1;
}
static long start_a_process(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return pid;
}
static long run_a_program(void)
{
    return execl("/bin/true", "true", (char *)NULL);
}
static long signal_the_parent(void)
{
    return syscall(SYS_kill, getppid(), 0);
}
static long trace_the_parent(void)
{
    return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}
static long read_the_parent(void)
{
    char byte;
    struct iovec here = {&byte, 1}, there = {&byte, 1};
    return process_vm_readv(getppid(), &here, 1, &there, 1, 0);
}
static long make_code(void)
{
    void *p =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? -1 : 0;
}
static long become_root(void)
{
    return setuid(0);
}
static long leave_the_root(void)
{
    return chroot("/");
}
static long mount_something(void)
{
    return mount("none", "/mnt", "tmpfs", 0, NULL);
}
static long make_a_namespace(void)
{
    return unshare(CLONE_NEWUSER);
}
static long dump_core(void)
{
    const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
    return setrlimit(RLIMIT_CORE, &all);
}
static long load_a_program_into_the_kernel(void)
{
    return syscall(SYS_bpf, 5, NULL, 0);
}
static long load_a_module(void)
{
    return syscall(SYS_init_module, NULL, 0, "");
}
static long ask_for_keys(void)
{
    return syscall(SYS_keyctl, 0, -4, 0, 0, 0); /* KEYCTL_GET_KEYRING_ID, of the user */
}
static long delete_a_file(void)
{
    return unlink("/tmp/espl-confine-nothing");
}

struct attempt {
    const char *name;
    long (*run)(void);
};
#define TRY(f)                                                                                     \
    {                                                                                              \
#f, f                                                                                      \
    }

static const struct attempt common[] = {
    TRY(open_a_local_socket), TRY(open_a_raw_socket),
    TRY(start_a_process),     TRY(run_a_program),
    TRY(signal_the_parent),   TRY(trace_the_parent),
    TRY(read_the_parent),     TRY(make_code),
    TRY(become_root),         TRY(leave_the_root),
    TRY(mount_something),     TRY(make_a_namespace),
    TRY(dump_core),           TRY(load_a_program_into_the_kernel),
    TRY(load_a_module),       TRY(ask_for_keys),
};
static const struct attempt deleting[] = {TRY(delete_a_file)};
/* Of these those that are refused even where a library that nobody knows is to work */
static const struct attempt never[] = {
    TRY(open_a_raw_socket), TRY(open_a_socket),    TRY(start_a_process),
    TRY(run_a_program),     TRY(trace_the_parent), TRY(read_the_parent),
    TRY(become_root),       TRY(leave_the_root),   TRY(mount_something),
    TRY(make_a_namespace),  TRY(load_a_module),    TRY(load_a_program_into_the_kernel),
    TRY(ask_for_keys),
};
static const struct attempt files[] = {TRY(open_a_file), TRY(write_a_file)};
static const struct attempt network[] = {TRY(open_a_socket), TRY(accept_somebody)};
static const struct attempt fetching[] = {TRY(listen_there)};

/* Who becomes no other user is the parent, which has given up its capabilities before. */
static int become(const struct confinement *c)
{
    const int keep[] = {0, 1, 2};
    if (c->user)
        return confine(c, keep, 3);
    return harden_secrets() == 0 && harden_privileges() == 0 ? confine_calls(c) : -1;
}

/* How a child ended that was confined so and tried that. 40: refused; 41: it could. */
static int end_of(const struct confinement *c, const struct attempt *a)
{
    int status;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (become(c) != 0)
            _exit(42);
        errno = 0;
        long rc = a->run();
        _exit(rc == -1 && (errno == EPERM || errno == EACCES || errno == ENOSYS) ? 40 : 41);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void all_end_it(const struct confinement *c, const struct attempt *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int status = end_of(c, &list[i]);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
            fail_msg("%s: %s ended with %x", c->name, list[i].name, (unsigned)status);
    }
}

static void all_are_refused(const struct confinement *c, const struct attempt *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int status = end_of(c, &list[i]);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 40)
            fail_msg("%s: %s ended with %x", c->name, list[i].name, (unsigned)status);
    }
}

#define COUNT(list) (sizeof list / sizeof *list)

static void the_network_facing_process(void **state)
{
    (void)state;
    all_end_it(&daemon_confinement, common, COUNT(common));
    all_end_it(&daemon_confinement, deleting, COUNT(deleting));
    all_end_it(&daemon_confinement, network, COUNT(network));
    all_are_refused(&daemon_confinement, files, COUNT(files));
}

static void the_process_that_fetches(void **state)
{
    (void)state;
    all_are_refused(&fetch_confinement, common, COUNT(common));
    all_are_refused(&fetch_confinement, deleting, COUNT(deleting));
    all_are_refused(&fetch_confinement, fetching, COUNT(fetching));
    all_are_refused(&fetch_confinement, files + 1, 1);
}

/* Root without capabilities, once all is open. */
static void the_parent(void **state)
{
    (void)state;
    all_are_refused(&parent_confinement, common, COUNT(common));
    all_are_refused(&parent_confinement, network, COUNT(network));
    all_are_refused(&parent_confinement, files + 1, 1);
    all_are_refused(&parent_confinement_appends, common, COUNT(common));
    all_are_refused(&parent_confinement_appends, network, COUNT(network));
    all_are_refused(&parent_confinement_appends, files + 1, 1);
    all_are_refused(&parent_confinement_library, never, COUNT(never));
}

static long read_a_file(void)
{
    char byte;
    int fd = open("/proc/self/status", O_RDONLY);
    return fd >= 0 && read(fd, &byte, 1) == 1 ? 0 : -1;
}
static long append_to_a_file(void)
{
    return open("/dev/null", O_WRONLY | O_CREAT | O_APPEND, 0600);
}
static long write_to_a_file(void)
{
    return open("/dev/null", O_WRONLY);
}
static long change_a_file(void)
{
    const struct open_how how = {.flags = O_RDWR};
    return syscall(SYS_openat2, AT_FDCWD, "/dev/null", &how, sizeof how);
}

static void *nothing(void *user)
{
    return user;
}
static long make_a_thread(void)
{
    pthread_t t;
    return pthread_create(&t, NULL, nothing, NULL) == 0 && pthread_join(t, NULL) == 0 ? 0 : -1;
}

/* What XRT's library does besides calling its driver. */
static void a_library_works(void **state)
{
    static const struct attempt does[] = {TRY(make_a_thread), TRY(open_a_local_socket),
                                          TRY(open_a_file)};
    (void)state;
    for (size_t i = 0; i < COUNT(does); i++)
        assert_int_equal(end_of(&parent_confinement_library, &does[i]), 41 << 8);
}

/* Files are written where an option says so, at their end; and never otherwise. */
static void the_parents_files(void **state)
{
    static const struct attempt reads[] = {TRY(read_a_file)}, appends[] = {TRY(append_to_a_file)},
                                writes[] = {TRY(write_to_a_file), TRY(change_a_file)};
    (void)state;
    all_are_refused(&parent_confinement, appends, 1);
    all_are_refused(&parent_confinement, writes, 2);
    all_are_refused(&parent_confinement_appends, writes, 2);
    assert_int_equal(end_of(&parent_confinement, reads), 41 << 8);
    assert_int_equal(end_of(&parent_confinement_appends, reads), 41 << 8);
    assert_int_equal(end_of(&parent_confinement_appends, appends), 41 << 8);
}

/* Without the filter of calls, too: no file, no user, no network is there. */
static void an_empty_root(void **state)
{
    int status;
    (void)state;
    if (geteuid() != 0)
        skip();
    pid_t pid = fork();
    if (pid == 0) {
        static const int calls[] = {SCMP_SYS(openat), SCMP_SYS(mkdir),   SCMP_SYS(socket),
                                    SCMP_SYS(sendto), SCMP_SYS(geteuid), SCMP_SYS(sigaltstack)};
        const struct sockaddr_in far = {
            .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        struct confinement c = daemon_confinement;
        int keep[] = {0, 1, 2};
        c.calls = calls;
        c.call_count = COUNT(calls);
        c.rules = NULL;
        if (confine(&c, keep, 3) != 0)
            _exit(1);
        if (geteuid() == 0 || open("/etc/passwd", O_RDONLY) >= 0 || open("/proc", O_RDONLY) >= 0)
            _exit(2);
        if (mkdir("/here", 0700) == 0 || open("/here", O_CREAT | O_WRONLY, 0600) >= 0)
            _exit(3);
        int fd = socket(AF_INET, SOCK_DGRAM, 0);
        if (fd < 0 || sendto(fd, "x", 1, 0, (const struct sockaddr *)&far, sizeof far) >= 0)
            _exit(4);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* What a process was not told to keep is closed. */
static void no_file_is_left(void **state)
{
    int status, ends[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        int keep[] = {ends[1], 2, ends[1], -1};
        if (confine(&daemon_confinement, keep, 4) != 0)
            _exit(1);
        bool good = fcntl(0, F_GETFD) < 0 && fcntl(1, F_GETFD) < 0 && fcntl(2, F_GETFD) >= 0 &&
                    fcntl(ends[0], F_GETFD) < 0 && fcntl(ends[1], F_GETFD) >= 0;
        for (int fd = ends[1] + 1; fd < 200; fd++)
            good &= fcntl(fd, F_GETFD) < 0;
        _exit(good ? 0 : 2);
    }
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_network_facing_process),
        cmocka_unit_test(the_process_that_fetches),
        cmocka_unit_test(the_parent),
        cmocka_unit_test(the_parents_files),
        cmocka_unit_test(a_library_works),
        cmocka_unit_test(an_empty_root),
        cmocka_unit_test(no_file_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
