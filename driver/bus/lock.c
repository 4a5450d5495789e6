/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flock(2) with a deadline, and with manners: it has no queue, so a program that makes call after
 * call leaves the card alone for an eighth of its time, long enough for those who wait to look.
 */
#include "driver/bus/lock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE_MS 5000u
#define POLL_MAX_NS 2000000L /* the longest pause of a program that waits */
#define TURN_MS 50u          /* calls in a row before a break */
#define BREAK_MIN_MS 4u
#define BREAK_MAX_MS 100u

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void pause_ns(long ns)
{
    nanosleep(&(struct timespec){.tv_nsec = ns}, NULL);
}

static void take_a_break(struct espl_lock *lock)
{
    uint64_t now = now_ms(), turn = now - lock->turn_began, ms = turn / 8;
    if (now - lock->given > BREAK_MIN_MS) {
        lock->turn_began = now; /* it has just had one */
    } else if (turn > TURN_MS) {
        ms = ms < BREAK_MIN_MS ? BREAK_MIN_MS : ms > BREAK_MAX_MS ? BREAK_MAX_MS : ms;
        pause_ns((long)ms * 1000000);
        lock->turn_began = now_ms();
    }
}

enum espl_err espl_lock_take(struct espl_lock *lock)
{
    take_a_break(lock);
    uint64_t deadline = now_ms() + DEADLINE_MS;
    long pause = POLL_MAX_NS / 16;
    while (flock(lock->fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return ESPL_ERR_DEAD;
        if (now_ms() >= deadline)
            return ESPL_ERR_TIMEOUT;
        pause_ns(pause);
        pause = pause < POLL_MAX_NS ? pause * 2 : pause;
    }
    return ESPL_OK;
}

void espl_lock_give(struct espl_lock *lock)
{
    (void)flock(lock->fd, LOCK_UN);
    lock->given = now_ms();
}

/* Does a line of /proc/locks tell of a lock on this file? Then whose process's, else 0. */
static long owner(const char *line, const struct stat *st)
{
    unsigned major_, minor_;
    unsigned long long inode;
    long pid;
    if (sscanf(line, "%*d: FLOCK ADVISORY WRITE %ld %x:%x:%llu", &pid, &major_, &minor_, &inode) !=
        4)
        return 0;
    return major_ == major(st->st_dev) && minor_ == minor(st->st_dev) && inode == st->st_ino ? pid
                                                                                             : 0;
}

void espl_lock_holder(const struct espl_lock *lock, char *text, size_t len)
{
    struct stat st;
    char line[256], path[64], name[32] = "";
    long pid = 0;
    text[0] = '\0';
    FILE *locks = lock->fd >= 0 && fstat(lock->fd, &st) == 0 ? fopen("/proc/locks", "re") : NULL;
    while (locks && pid <= 0 && fgets(line, sizeof line, locks))
        pid = owner(line, &st);
    if (locks)
        (void)fclose(locks);
    if (pid <= 0)
        return; /* 0: a process in another container */
    (void)snprintf(path, sizeof path, "/proc/%ld/comm", pid);
    FILE *comm = fopen(path, "re");
    if (comm && fgets(name, sizeof name, comm))
        name[strcspn(name, "\n")] = '\0';
    if (comm)
        (void)fclose(comm);
    (void)snprintf(text, len, "%s (process %ld)", name[0] ? name : "a program", pid);
}

void espl_lock_close(struct espl_lock *lock)
{
    if (lock->fd >= 0)
        close(lock->fd);
    lock->fd = -1;
}
