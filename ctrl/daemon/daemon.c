/* SPDX-License-Identifier: Apache-2.0 */
/* The network-facing process from its fork to its end, and what IKE asks of its surroundings. */
#include "ctrl/daemon/daemon.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctrl/exchange/reconfigure.h"
#include "ctrl/log/log.h"
#include "ctrl/net/net.h"

enum { EXIT_FAILED = 1, EXIT_WRONG = 2 };

/* To the log, and to the terminal when the log is elsewhere. */
__attribute__((format(printf, 3, 4))) static int fail(const struct daemon *d, int status,
                                                      const char *fmt, ...)
{
    char text[800];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    log_info("%s", text);
    if (d->options->log)
        fprintf(stderr, "espalierd: %s\n", text);
    return status;
}

/* ---------------------------------------------------------------- what IKE asks for */

static uint64_t now_ms(void *user)
{
    struct timespec t;
    (void)user;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}

static void send_message(void *user, const struct endpoint *src, const struct endpoint *dst,
                         const uint8_t *data, size_t len)
{
    struct daemon *d = user;
    sockets_send(&d->sockets, src, dst, data, len);
}

static bool source_address(void *user, const struct espl_addr *remote, struct espl_addr *local)
{
    struct daemon *d = user;
    return ask_source(&d->parent, remote, local) == 0;
}

/* Asked for with every IKE_SA, so the answer is kept until the parent tells of a change. */
static size_t own_addresses(void *user, struct espl_addr *list, size_t max)
{
    struct daemon *d = user;
    if (!d->own_known)
        d->own_count = ask_addresses(&d->parent, d->own, REQUEST_ADDRESSES_MAX);
    d->own_known = true;
    size_t n = d->own_count < max ? d->own_count : max;
    if (n)
        memcpy(list, d->own, n * sizeof(*list));
    return n;
}

static void virtual_address(void *user, const struct espl_addr *addr, bool add)
{
    struct daemon *d = user;
    char text[INET6_ADDRSTRLEN];
    errno = ask_vip(&d->parent, addr, add);
    d->own_known = false;
    if (errno)
        log_errno("the virtual address %s can't be %s %s", net_addr_text(addr, text),
                  add ? "put on" : "taken off", d->options->lan);
}

/* For asker_files. */
static int text_of_signer(void *user, uint32_t number, const char *path, struct files_text *text)
{
    return signer_text(user, number, path, text);
}

static bool fetch(void *user, unsigned number, const char *url, const uint8_t *post, size_t len)
{
    struct daemon *d = user;
    return d->fetch && fetch_link_begin(d->fetch, number, url, post, len);
}

static void keys(void *user, const char *file, const char *line)
{
    struct daemon *d = user;
    if (ask_keys(&d->parent, file, line) != 0)
        log_info("--save-keys: %s was not written", file);
}

/* ---------------------------------------------------------------- opening */

/* The parent's sockets become this process's. */
static int take_over(struct daemon *d)
{
    const struct started *s = &d->started;
    for (size_t i = 0; i < s->count; i++) {
        d->sockets.all[i].fd = s->sockets[i].fd;
        d->sockets.all[i].family = s->sockets[i].family;
        d->sockets.all[i].port = s->sockets[i].port;
    }
    d->sockets.count = s->count;
    d->events = s->events >= 0 ? fdopen(s->events, "a") : NULL;
    d->vici = s->vici ? vici_of_door(signer_door(d->signer)) : NULL;
    d->dp = proxy_dp_new(&d->parent, &s->caps);
    return d->dp && (s->events < 0 || d->events) && (!s->vici || d->vici)
               ? 0
               : fail(d, EXIT_FAILED, "out of memory");
}

static int open_ike(struct daemon *d)
{
    const struct ike_env env = {.user = d,
                                .signer = d->signer,
                                .fetch = fetch,
                                .now_ms = now_ms,
                                .send = send_message,
                                .event = daemon_event,
                                .source = source_address,
                                .addresses = own_addresses,
                                .vip = virtual_address,
                                .keys = d->options->save_keys ? keys : NULL,
                                .fragment_size = d->options->fragment_size};
    d->ike = ike_manager_new(d->config, d->dp, &env);
    return d->ike ? 0 : fail(d, EXIT_FAILED, "out of memory");
}

int daemon_open(struct daemon *d)
{
    char why[512];
    if (daemon_confine(d) != 0)
        return fail(d, EXIT_FAILED, "the network-facing process can't be confined: %s",
                    strerror(errno));
    files_ask(asker_files(&d->parent));
    if (config_load(d->options->config, &d->config, why, sizeof(why)) != 0)
        return fail(d, EXIT_WRONG, "%s", why);
    if (ask_simple(&d->parent, REQUEST_CONFIGURED) != 0 ||
        ask_start(&d->parent, &d->started) != 0) /* it has said why */
        return EXIT_FAILED;
    int status = take_over(d);
    status = status ? status : open_ike(d);
    signer_forget(d->signer);
    return status;
}

void daemon_close(struct daemon *d)
{
    vici_free(d->vici);
    ike_manager_free(d->ike);
    proxy_dp_free(d->dp);
    sockets_close(&d->sockets);
    if (d->events && fclose(d->events) != 0)
        log_errno("--events");
    live_clear(&d->live);
    config_unref(d->config);
    fetch_link_free(d->fetch);
    signer_free(d->signer);
}

int daemon_process(const struct options *options, struct signer *signer, struct fetch_link *fetcher,
                   int link, int wake)
{
    static struct daemon d;
    d = (struct daemon){.options = options, .wake = wake, .signer = signer, .fetch = fetcher};
    asker_init(&d.parent, link);
    d.parent.text = text_of_signer;
    d.parent.text_user = signer;
    int status = daemon_open(&d);
    if (status == 0)
        status = daemon_run(&d);
    daemon_close(&d);
    return status;
}

/* ---------------------------------------------------------------- signals */

void daemon_reload(struct daemon *d)
{
    char why[512];
    struct config *config;
    int rc = config_load(d->options->config, &config, why, sizeof(why));
    if (ask_simple(&d->parent, REQUEST_CONFIGURED) != 0)
        return; /* the loop hears of the parent's end */
    if (rc != 0) {
        signer_forget(d->signer);
        log_info("the configuration stays as it was: %s", why);
        return;
    }
    bool whole = ike_manager_configure(d->ike, config);
    signer_forget(d->signer);
    config_unref(config);
    log_info("the configuration was read again%s", whole ? "" : ", but for a part of it");
}

void daemon_status(struct daemon *d)
{
    log_info("state: %zu IKE_SAs", ike_manager_count(d->ike));
    for (const struct live_sa *sa = d->live.sas; sa; sa = sa->next)
        log_info("state: %s%s%s: %s", sa->conn, *sa->child ? "." : "", sa->child, sa->text);
}
