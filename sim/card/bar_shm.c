/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The BAR in shared memory (see bar_shm.h). What the host may write is looked at; everything else
 * is written from the card's registers. The order matters where the host waits for a word: the
 * answer is there before MBOX_DONE says so, and the state before GENERATION tells of a reset.
 */
#include "sim/card/bar_shm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define EAGER_NS 20000u        /* between looks while the host works with the card */
#define EAGER_FOR_NS 20000000u /* so long after it last did */
#define LAZY_NS 2000000u       /* else */
#define REFRESH_NS 20000000u   /* between two readings of all counters */
#define WORDS (ESPL_PAGE_BYTES / 4)

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint32_t peek(const struct bar_shm *s, uint32_t off)
{
    uint32_t value = s->page[off / 4];
    __atomic_thread_fence(__ATOMIC_ACQUIRE); /* what was written before it is there, too */
    return value;
}

static void poke(struct bar_shm *s, uint32_t off, uint32_t value)
{
    __atomic_thread_fence(__ATOMIC_RELEASE);
    s->page[off / 4] = value;
}

/* ------------------------------------------------------------------ card to page */

/* Registers of one word that the host reads: from the last to the first, so that GENERATION is
 * behind STATUS. MBOX_DONE has its own moment. */
static const uint32_t state[] = {
    ESPL_REG_MBOX_DETAIL, ESPL_REG_MBOX_REASON, ESPL_REG_STATUS,    ESPL_REG_CAP_MODE,
    ESPL_REG_CAP_ALG,     ESPL_REG_CAP_SIZE,    ESPL_REG_CAP_NEIGH, ESPL_REG_CAP_POLICY,
    ESPL_REG_CAP_SA,      ESPL_REG_CHANGES,     ESPL_REG_CLOCK_KHZ, ESPL_REG_GENERATION,
    ESPL_REG_MAP_SUM,     ESPL_REG_VERSION,     ESPL_REG_MAGIC,
};
/* Registers that the host writes and a reset clears */
static const uint32_t shared[BAR_SHM_SHARED] = {ESPL_REG_TOKEN, ESPL_REG_EVENT_TAIL,
                                                ESPL_REG_EVENT_CONTROL};

static bool copy(struct bar_shm *s, uint32_t off)
{
    uint32_t value;
    if (!s->ops->read(s->user, off, &value))
        return false;
    if (s->page[off / 4] != value)
        poke(s, off, value);
    return true;
}

static bool copy_span(struct bar_shm *s, uint32_t off, uint32_t words)
{
    for (uint32_t i = 0; i < words; i++)
        if (!copy(s, off + 4 * i))
            return false;
    return true;
}

/* What the card has made of a shared register, unless the host has just written it. */
static bool copy_shared(struct bar_shm *s)
{
    for (size_t i = 0; i < BAR_SHM_SHARED; i++) {
        uint32_t there;
        if (!s->ops->read(s->user, shared[i], &there))
            return false;
        if (there != s->shared[i] && peek(s, shared[i]) == s->shared[i]) {
            s->shared[i] = there;
            poke(s, shared[i], there);
        }
    }
    return true;
}

static bool copy_state(struct bar_shm *s)
{
    bool fine = copy_shared(s);
    for (size_t i = 0; fine && i < sizeof state / sizeof *state; i++)
        fine = copy(s, state[i]);
    return fine;
}

/* New events: the entries, then the head that tells of them. */
static bool copy_events(struct bar_shm *s)
{
    uint32_t head;
    if (!s->ops->read(s->user, ESPL_REG_EVENT_HEAD, &head))
        return false;
    if (head == peek(s, ESPL_REG_EVENT_HEAD))
        return true;
    return copy_span(s, ESPL_REG_EVENTS, ESPL_EVENTS_WORDS) && copy(s, ESPL_REG_EVENT_LOST) &&
           copy(s, ESPL_REG_EVENT_HEAD);
}

static bool refresh(struct bar_shm *s)
{
    s->refreshed = now_ns();
    s->stale = false;
    return copy_events(s) && copy_state(s) && copy_span(s, ESPL_REG_COUNTERS, 2 * ESPL_CNT_SPAN);
}

/* ------------------------------------------------------------------ page to card */

static bool serve_shared(struct bar_shm *s)
{
    for (size_t i = 0; i < BAR_SHM_SHARED; i++) {
        uint32_t here = peek(s, shared[i]);
        if (here == s->shared[i])
            continue;
        s->shared[i] = here;
        if (!s->ops->write(s->user, shared[i], here))
            return false;
    }
    return true;
}

static bool serve_control(struct bar_shm *s)
{
    uint32_t value = peek(s, ESPL_REG_CONTROL);
    if (!value)
        return true;
    poke(s, ESPL_REG_CONTROL, 0);
    s->busy = false; /* what was under way ends with the reset */
    s->resetting = true;
    return s->ops->write(s->user, ESPL_REG_CONTROL, value);
}

/* The entry, the operation and the row, then the doorbell. */
static bool ring(struct bar_shm *s)
{
    for (uint32_t i = 0; i < ESPL_MBOX_REQ_WORDS; i++) {
        uint32_t off = ESPL_REG_MBOX_REQ + 4 * i, value = peek(s, off);
        /* the card's own copy is zero: it clears the entry after every operation */
        if (value && !s->ops->write(s->user, off, value))
            return false;
    }
    s->busy = true;
    return s->ops->write(s->user, ESPL_REG_MBOX_OP, peek(s, ESPL_REG_MBOX_OP)) &&
           s->ops->write(s->user, ESPL_REG_MBOX_INDEX, peek(s, ESPL_REG_MBOX_INDEX)) &&
           s->ops->write(s->user, ESPL_REG_MBOX_DOORBELL, s->doorbell);
}

/* The operation's end: its answer, the entry cleared as the card clears its own, then DONE. */
static bool answer(struct bar_shm *s)
{
    uint32_t done;
    if (!s->ops->read(s->user, ESPL_REG_MBOX_DONE, &done))
        return false;
    if (done != s->doorbell)
        return true;
    if (!copy_span(s, ESPL_REG_MBOX_RSP, ESPL_MBOX_RSP_WORDS) || !copy_state(s))
        return false;
    for (uint32_t i = 0; i < ESPL_MBOX_REQ_WORDS; i++)
        poke(s, ESPL_REG_MBOX_REQ + 4 * i, 0);
    s->busy = false;
    poke(s, ESPL_REG_MBOX_DONE, done);
    return true;
}

static bool serve_reset(struct bar_shm *s)
{
    uint32_t status;
    if (!s->ops->read(s->user, ESPL_REG_STATUS, &status))
        return false;
    s->resetting = !(status & ESPL_STATUS_READY_MASK);
    return s->resetting || refresh(s);
}

bool bar_shm_serve(struct bar_shm *s, bool moved)
{
    uint64_t now = now_ns();
    bool rung = peek(s, ESPL_REG_MBOX_DOORBELL) != s->doorbell;
    if (rung || peek(s, ESPL_REG_CONTROL))
        s->acted = now;
    if (!serve_control(s) || (s->resetting && !serve_reset(s)))
        return false;
    if (!s->resetting &&
        !serve_shared(s)) /* what was written while it was reset is written after */
        return false;
    if (rung && !s->busy && !s->resetting) {
        s->doorbell = peek(s, ESPL_REG_MBOX_DOORBELL);
        if (!ring(s))
            return false;
    }
    if (s->busy && !answer(s))
        return false;
    s->stale |= moved;
    if (moved && !s->resetting && !copy_events(s))
        return false;
    return !s->stale || s->resetting || now - s->refreshed < REFRESH_NS || refresh(s);
}

uint64_t bar_shm_patience(const struct bar_shm *s)
{
    return now_ns() - s->acted < EAGER_FOR_NS ? EAGER_NS : LAZY_NS;
}

/* ------------------------------------------------------------------ the file */

/* Nobody else serves it: a lock that goes with the process, of another kind than the driver's. */
static bool claim(int fd)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

static bool prepare(struct bar_shm *s, char *why, size_t why_len)
{
    struct stat st;
    if (fstat(s->fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        snprintf(why, why_len, "%s exists and is no file", s->path);
        return false;
    }
    if (!claim(s->fd)) {
        snprintf(why, why_len, "%s: another process serves it", s->path);
        return false;
    }
    if (st.st_size < ESPL_PAGE_BYTES && ftruncate(s->fd, ESPL_PAGE_BYTES) < 0) {
        snprintf(why, why_len, "%s: %s", s->path, strerror(errno));
        return false;
    }
    void *map = mmap(NULL, ESPL_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, s->fd, 0);
    if (map == MAP_FAILED) {
        snprintf(why, why_len, "%s: %s", s->path, strerror(errno));
        return false;
    }
    s->page = map;
    return true;
}

bool bar_shm_open(struct bar_shm *s, const char *path, const struct bar_ops *ops, void *user,
                  char *why, size_t why_len)
{
    *s = (struct bar_shm){.fd = -1, .ops = ops, .user = user};
    int n = snprintf(s->path, sizeof s->path, "%s", path);
    if (n <= 0 || (size_t)n >= sizeof s->path) {
        snprintf(why, why_len, "shm: a path has 1 to %zu bytes", sizeof s->path - 1);
        return false;
    }
    s->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600); /* who writes it commands the keys */
    if (s->fd < 0) {
        snprintf(why, why_len, "%s: %s", path, strerror(errno));
        return false;
    }
    if (!prepare(s, why, why_len)) {
        close(s->fd);
        s->fd = -1;
        return false;
    }
    for (uint32_t i = WORDS; i-- > 0;)
        poke(s, 4 * i, 0);
    if (refresh(s) && copy(s, ESPL_REG_MBOX_DONE))
        return true;
    snprintf(why, why_len, "the card has failed");
    bar_shm_close(s);
    return false;
}

void bar_shm_close(struct bar_shm *s)
{
    if (s->fd < 0)
        return;
    for (uint32_t i = 0; i < WORDS; i++)
        poke(s, 4 * i, UINT32_MAX);
    munmap((void *)(uintptr_t)s->page, ESPL_PAGE_BYTES);
    unlink(s->path);
    close(s->fd);
    s->fd = -1;
}
