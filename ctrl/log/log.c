/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's log: one line a call, whole, with the time of day in front. See log.h. */
#include "ctrl/log/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024
#define PEER_BURST 20u     /* lines at once */
#define PEER_EVERY_MS 200u /* then one in this time */

static FILE *log_out;
static bool log_verbose;
static void (*log_listener)(void *user, const char *text);
static void *log_listener_user;

static struct {
    uint64_t last_ms; /* when `tokens` was counted last */
    unsigned tokens;
    unsigned long kept_back;
} peer;

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}

void log_init(FILE *out, bool debug)
{
    log_out = out;
    log_verbose = debug;
    peer.last_ms = now_ms();
    peer.tokens = PEER_BURST;
    peer.kept_back = 0;
}

bool log_reopen_at(int fd)
{
    return dup3(fd, fileno(log_out), O_CLOEXEC) >= 0; /* the FILE stays the same */
}

bool log_reopen(const char *path)
{
    FILE *again = fopen(path, "ae");
    if (!again)
        return false;
    bool done = log_reopen_at(fileno(again));
    int err = errno;
    fclose(again);
    errno = err;
    return done;
}

int log_fd(void)
{
    return log_out ? fileno(log_out) : -1;
}

void log_listen(void (*line)(void *user, const char *text), void *user)
{
    log_listener = line;
    log_listener_user = user;
}

/* Identities and names come from peers: no control characters, no escape sequences in a log. */
static void make_printable(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || (unsigned char)*text >= 0x7f)
            *text = '?';
}

static void put_line(const char *text)
{
    if (log_listener)
        log_listener(log_listener_user, text);
    if (!log_out)
        return;
    struct timespec t;
    struct tm tm;
    clock_gettime(CLOCK_REALTIME, &t);
    gmtime_r(&t.tv_sec, &tm);
    fprintf(log_out, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ %s\n", tm.tm_year + 1900, tm.tm_mon + 1,
            tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(t.tv_nsec / 1000000), text);
    fflush(log_out);
}

LOG_PRINTF(1, 0) static void put(const char *fmt, va_list ap, int err)
{
    char text[LINE_MAX_BYTES];
    int n = vsnprintf(text, sizeof(text), fmt, ap);
    if (n < 0)
        return;
    size_t len = strlen(text);
    if (err)
        (void)snprintf(text + len, sizeof(text) - len, ": %s", strerror(err));
    make_printable(text);
    put_line(text);
}

void log_errno(const char *fmt, ...)
{
    int err = errno;
    va_list ap;
    va_start(ap, fmt);
    put(fmt, ap, err);
    va_end(ap);
    errno = err;
}

void log_info(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    put(fmt, ap, 0);
    va_end(ap);
}

void log_debug(const char *fmt, ...)
{
    if (!log_verbose)
        return;
    va_list ap;
    va_start(ap, fmt);
    put(fmt, ap, 0);
    va_end(ap);
}

/* A token bucket. True when a line may be written now. */
static bool peer_may_speak(void)
{
    uint64_t now = now_ms();
    uint64_t earned = (now - peer.last_ms) / PEER_EVERY_MS;
    if (earned > 0) {
        peer.tokens =
            earned >= PEER_BURST - peer.tokens ? PEER_BURST : peer.tokens + (unsigned)earned;
        peer.last_ms += earned * PEER_EVERY_MS;
    }
    if (peer.tokens == 0)
        return false;
    peer.tokens--;
    return true;
}

void log_peer(const char *fmt, ...)
{
    if (!peer_may_speak()) {
        peer.kept_back++;
        return;
    }
    if (peer.kept_back > 0) {
        log_info("%lu lines about messages of peers were kept back", peer.kept_back);
        peer.kept_back = 0;
    }
    va_list ap;
    va_start(ap, fmt);
    put(fmt, ap, 0);
    va_end(ap);
}
