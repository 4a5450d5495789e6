/* SPDX-License-Identifier: Apache-2.0 */
/* One request, and the wait for its answer. See ask.h. */
#include "ctrl/privilege/ask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

/* ---------------------------------------------------------------- a round */

struct wr ask_begin(struct asker *a, enum request_kind kind)
{
    struct wr w = wr_over(a->out, sizeof a->out);
    wr_u8(&w, kind);
    return w;
}

unsigned ask_round(struct asker *a, const struct wr *request, struct rd *answer)
{
    ssize_t n = -1;
    *answer = rd_over(a->in, 0);
    if (request->bad)
        return ENAMETOOLONG;
    packet_close(&a->files);
    if (!a->gone && packet_send(a->fd, a->out, request->len, NULL, 0))
        n = packet_receive(a->fd, a->in, sizeof a->in, &a->files, 0);
    OPENSSL_cleanse(a->out, request->len);
    a->gone = n <= 0;
    if (n <= 0)
        return EPIPE;
    *answer = rd_over(a->in, (size_t)n);
    return rd_u8(answer);
}

static int take_file(struct asker *a)
{
    return a->files.count ? a->files.fd[--a->files.count] : -1;
}

int ask_simple(struct asker *a, enum request_kind kind)
{
    struct rd answer;
    const struct wr w = ask_begin(a, kind);
    return (int)ask_round(a, &w, &answer);
}

/* ---------------------------------------------------------------- files */

static int open_by_parent(void *user, const char *path)
{
    struct asker *a = user;
    struct rd answer;
    struct wr w = ask_begin(a, REQUEST_OPEN);
    put_text(&w, path);
    errno = (int)ask_round(a, &w, &answer);
    return errno ? -1 : take_file(a);
}

/* The signer has it then; *ticket: its number */
static int key_by_parent(void *user, const char *path, int *fd, uint32_t *ticket)
{
    struct asker *a = user;
    struct rd answer;
    struct wr w = ask_begin(a, REQUEST_SECRET);
    put_text(&w, path);
    *fd = -1;
    errno = (int)ask_round(a, &w, &answer);
    *ticket = rd_u32(&answer);
    return errno || answer.bad || *ticket == 0 ? -1 : 0;
}

static int text_by_parent(void *user, const char *path, struct files_text *text)
{
    const struct asker *a = user;
    uint32_t ticket;
    int fd;
    return key_by_parent(user, path, &fd, &ticket) == 0 ? a->text(a->text_user, ticket, path, text)
                                                        : -1;
}

/* Those of one answer, which is copied: for each path the next question may be asked. */
static int each_told(const struct rd *answer, uint32_t *told, files_fn each, void *user)
{
    char path[REQUEST_PATH];
    size_t len = answer->len - answer->pos;
    uint8_t *copy = malloc(len + 1);
    int rc = 0;
    if (!copy)
        return FILES_UNREADABLE;
    memcpy(copy, answer->data + answer->pos, len);
    struct rd r = rd_over(copy, len);
    while (rc == 0 && rd_left(&r)) {
        get_line(&r, path, sizeof path);
        ++*told;
        rc = r.bad ? FILES_UNREADABLE : each(user, path);
    }
    free(copy);
    return rc;
}

static int each_path(struct asker *a, enum request_kind kind, const char *text, files_fn each,
                     void *user)
{
    uint32_t told = 0;
    bool more = true;
    int rc = 0;
    while (rc == 0 && more) {
        struct rd answer;
        uint32_t before = told;
        struct wr w = ask_begin(a, kind);
        put_text(&w, text);
        wr_u32(&w, told);
        errno = (int)ask_round(a, &w, &answer);
        more = get_bool(&answer);
        rc = errno || answer.bad ? FILES_UNREADABLE : each_told(&answer, &told, each, user);
        more = more && told > before;
    }
    return rc;
}

static int glob_by_parent(void *user, const char *pattern, files_fn each, void *each_user)
{
    return each_path(user, REQUEST_GLOB, pattern, each, each_user);
}

static int folder_by_parent(void *user, const char *path, files_fn each, void *each_user)
{
    return each_path(user, REQUEST_FOLDER, path, each, each_user);
}

void asker_init(struct asker *a, int fd)
{
    memset(a, 0, sizeof *a);
    a->fd = fd;
    a->configuration = (struct files){
        a, open_by_parent, text_by_parent, key_by_parent, glob_by_parent, folder_by_parent};
}

const struct files *asker_files(struct asker *a)
{
    return &a->configuration;
}

int ask_log(struct asker *a, int *fd)
{
    int err = ask_simple(a, REQUEST_LOG);
    *fd = err ? -1 : take_file(a);
    return err;
}

/* ---------------------------------------------------------------- the kernel */

int ask_source(struct asker *a, const struct espl_addr *remote, struct espl_addr *local)
{
    struct rd answer;
    struct wr w = ask_begin(a, REQUEST_SOURCE);
    put_addr(&w, remote);
    unsigned err = ask_round(a, &w, &answer);
    if (err)
        return (int)err;
    get_addr(&answer, local);
    return answer.bad ? EBADMSG : 0;
}

size_t ask_addresses(struct asker *a, struct espl_addr *list, size_t max)
{
    struct rd answer;
    const struct wr w = ask_begin(a, REQUEST_ADDRESSES);
    size_t n = 0;
    unsigned err = ask_round(a, &w, &answer);
    for (; !err && n < max && rd_left(&answer); n += !answer.bad)
        get_addr(&answer, &list[n]);
    return n;
}

int ask_vip(struct asker *a, const struct espl_addr *addr, bool add)
{
    struct rd answer;
    struct wr w = ask_begin(a, REQUEST_VIP);
    put_addr(&w, addr);
    wr_u8(&w, add);
    return (int)ask_round(a, &w, &answer);
}

int ask_keys(struct asker *a, const char *file, const char *line)
{
    struct rd answer;
    struct wr w = ask_begin(a, REQUEST_KEYS);
    put_text(&w, file);
    put_text(&w, line);
    return (int)ask_round(a, &w, &answer);
}

size_t ask_events(struct asker *a, struct parent_event *list, size_t max)
{
    struct rd answer;
    const struct wr w = ask_begin(a, REQUEST_EVENTS);
    size_t n = 0;
    unsigned err = ask_round(a, &w, &answer);
    for (; !err && n < max && rd_left(&answer); n += !answer.bad) {
        list[n].kind = rd_u8(&answer);
        list[n].value = rd_u32(&answer);
    }
    return n;
}

/* ---------------------------------------------------------------- the beginning */

int ask_start(struct asker *a, struct started *s)
{
    struct rd answer;
    const struct wr w = ask_begin(a, REQUEST_START);
    *s = (struct started){.events = -1};
    unsigned err = ask_round(a, &w, &answer);
    if (err)
        return (int)err;
    get_caps(&answer, &s->caps);
    s->count = rd_u8(&answer);
    if (s->count > sizeof s->sockets / sizeof *s->sockets)
        return EBADMSG;
    for (size_t i = 0; i < s->count; i++) {
        s->sockets[i].family = rd_u8(&answer);
        s->sockets[i].port = rd_u16(&answer);
    }
    unsigned flags = rd_u8(&answer);
    size_t files = s->count + !!(flags & START_EVENTS);
    if (!request_ended(&answer) || a->files.count != files)
        return EBADMSG;
    if (flags & START_EVENTS)
        s->events = take_file(a);
    s->vici = flags & START_VICI;
    for (size_t i = s->count; i-- > 0;)
        s->sockets[i].fd = take_file(a);
    return 0;
}
