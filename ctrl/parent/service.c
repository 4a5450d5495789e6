/* SPDX-License-Identifier: Apache-2.0 */
/* One request of the network-facing process: checked, done, answered. See service.h. */
#include "ctrl/parent/service.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

/* ---------------------------------------------------------------- files */

struct page { /* of a list of paths that may be longer than an answer */
    struct wr *out;
    uint32_t skip; /* told before */
};

/* 1: the answer is full */
static int add_path(void *user, const char *path)
{
    struct page *page = user;
    struct wr *w = page->out;
    size_t before = w->len;
    if (page->skip > 0) {
        page->skip--;
        return 0;
    }
    put_text(w, path);
    if (!w->bad)
        return 0;
    w->bad = false;
    w->len = before;
    return 1;
}

static bool list_request(struct service *s, bool glob, struct rd *r, struct wr *out)
{
    const struct files *f = &s->env.files;
    char path[REQUEST_PATH];
    struct page page = {out, 0};
    get_line(r, path, sizeof path);
    page.skip = rd_u32(r);
    if (!request_ended(r))
        return false;
    wr_u8(out, 0);
    wr_u8(out, 0);
    errno = EACCES;
    int rc = !s->reading ? FILES_UNREADABLE
             : glob      ? f->glob(f->user, path, add_path, &page)
                         : f->folder(f->user, path, add_path, &page);
    if (rc == 1)
        wr_patch_u8(out, 1, true);
    if (rc < 0) {
        out->len = 0;
        wr_u8(out, errno ? (unsigned)errno : EIO);
    }
    return true;
}

/* Settings and private keys go past the one who asks for them, whatever names they have. */
static bool secret_request(struct service *s, struct rd *r, struct wr *out)
{
    char path[REQUEST_PATH];
    get_line(r, path, sizeof path);
    if (!request_ended(r))
        return false;
    errno = EACCES;
    int fd = s->reading ? s->env.files.open(s->env.files.user, path) : -1;
    unsigned err = fd >= 0 ? 0 : errno ? (unsigned)errno : EIO;
    if (!err && !s->env.give_key(s->env.user, ++s->tickets, fd))
        err = ENOBUFS;
    wr_u8(out, err);
    if (!err)
        wr_u32(out, s->tickets);
    if (fd >= 0)
        close(fd);
    return true;
}

/* What everybody may see anyway. */
static bool open_request(struct service *s, struct rd *r, struct wr *out,
                         struct packet_files *files)
{
    char path[REQUEST_PATH];
    get_line(r, path, sizeof path);
    if (!request_ended(r))
        return false;
    errno = EACCES;
    int fd = s->reading && files_path_is_public(s->env.files.user, path)
                 ? s->env.files.open(s->env.files.user, path)
                 : -1;
    wr_u8(out, fd >= 0 ? 0 : errno ? (unsigned)errno : EIO);
    if (fd >= 0)
        *files = (struct packet_files){{fd}, 1};
    return true;
}

/* ---------------------------------------------------------------- virtual addresses */

/* RFC 7296 3.15.1: a client's own address; never one that has another meaning. */
static bool may_be_vip(const struct espl_addr *a)
{
    static const uint8_t nobody[12];
    const uint8_t *b = a->bytes;
    if (a->family == ESPL_IPV4)
        return b[0] != 0 && b[0] != 127 && b[0] < 224 && !(b[0] == 169 && b[1] == 254);
    return b[0] != 0xff && !(b[0] == 0xfe && (b[1] & 0xc0) == 0x80) &&
           memcmp(b, nobody, 10) != 0; /* ::, ::1, IPv4 in IPv6 */
}

/* Only what was put on is taken off. */
static int change_vip(struct service *s, const struct espl_addr *addr, bool add)
{
    size_t i = 0;
    while (i < s->vip_count && memcmp(&s->vips[i], addr, sizeof *addr) != 0)
        i++;
    bool there = i < s->vip_count;
    if (add && !there && s->vip_count == SERVICE_VIPS)
        return ENOSPC;
    if (!may_be_vip(addr) || (!add && !there))
        return EADDRNOTAVAIL;
    errno = 0;
    if (s->env.vip(s->env.user, addr, add) != 0 && (add || errno != EADDRNOTAVAIL))
        return errno ? errno : EIO;
    if (add && !there)
        s->vips[s->vip_count++] = *addr;
    else if (!add)
        s->vips[i] = s->vips[--s->vip_count];
    return 0;
}

static bool vip_request(struct service *s, struct rd *r, struct wr *out)
{
    struct espl_addr addr;
    get_addr(r, &addr);
    bool add = get_bool(r);
    if (!request_ended(r))
        return false;
    wr_u8(out, (unsigned)change_vip(s, &addr, add));
    return true;
}

/* ---------------------------------------------------------------- the kernel, the log */

static bool source_request(struct service *s, struct rd *r, struct wr *out)
{
    struct espl_addr remote, local;
    get_addr(r, &remote);
    if (!request_ended(r))
        return false;
    bool found = s->env.source(s->env.user, &remote, &local);
    wr_u8(out, found ? 0 : ENETUNREACH);
    if (found)
        put_addr(out, &local);
    return true;
}

static void addresses_request(struct service *s, struct wr *out)
{
    struct espl_addr list[REQUEST_ADDRESSES_MAX];
    size_t n = s->env.addresses(s->env.user, list, REQUEST_ADDRESSES_MAX);
    wr_u8(out, 0);
    for (size_t i = 0; i < n; i++)
        put_addr(out, &list[i]);
}

/* The two files of Wireshark, and no other. */
static bool keys_request(struct service *s, struct rd *r, struct wr *out)
{
    char file[64], line[REQUEST_BYTES];
    get_line(r, file, sizeof file);
    get_line(r, line, sizeof line);
    bool good = request_ended(r) && s->env.keys &&
                (strcmp(file, "ikev2_decryption_table") == 0 || strcmp(file, "esp_sa") == 0);
    if (good) {
        s->env.keys(s->env.user, file, line);
        wr_u8(out, 0);
    }
    OPENSSL_cleanse(line, sizeof line);
    return good;
}

static void events_request(struct service *s, struct wr *out)
{
    struct parent_event list[REQUEST_EVENTS_MAX];
    size_t n = s->env.events(s->env.user, list, REQUEST_EVENTS_MAX);
    wr_u8(out, 0);
    for (size_t i = 0; i < n; i++) {
        wr_u8(out, list[i].kind);
        wr_u32(out, list[i].value);
    }
}

static void log_request(struct service *s, struct wr *out, struct packet_files *files)
{
    int fd = s->env.log(s->env.user);
    wr_u8(out, fd >= 0 ? 0 : errno ? (unsigned)errno : EIO);
    if (fd >= 0)
        *files = (struct packet_files){{fd}, 1};
}

static bool start_request(struct service *s, struct wr *out, struct packet_files *files)
{
    if (s->dp)
        return false;
    wr_u8(out, 0);
    if (!s->env.start(s->env.user, out, files, &s->dp)) {
        out->len = 0;
        wr_u8(out, ECANCELED);
    }
    return true;
}

/* Those that say nothing but their kind. */
static bool simple_request(struct service *s, enum request_kind kind, struct wr *out,
                           struct packet_files *files)
{
    switch (kind) {
    case REQUEST_START:
        return start_request(s, out, files);
    case REQUEST_LOG:
        log_request(s, out, files);
        return true;
    case REQUEST_ADDRESSES:
        addresses_request(s, out);
        return true;
    case REQUEST_EVENTS:
        events_request(s, out);
        return true;
    case REQUEST_CONFIGURED:
        s->reading = false;
        break;
    case REQUEST_READY:
        s->env.ready(s->env.user);
        break;
    case REQUEST_ALIVE:
        s->env.alive(s->env.user);
        break;
    default:
        return false;
    }
    wr_u8(out, 0);
    return true;
}

/* ---------------------------------------------------------------- which */

/* Before START there is a configuration to read, and nothing else. */
static bool too_early(enum request_kind kind)
{
    return kind != REQUEST_OPEN && kind != REQUEST_SECRET && kind != REQUEST_GLOB &&
           kind != REQUEST_FOLDER && kind != REQUEST_CONFIGURED && kind != REQUEST_START;
}

bool service_answer(struct service *s, const uint8_t *ask, size_t len, struct wr *out,
                    struct packet_files *files)
{
    struct rd r = rd_over(ask, len);
    enum request_kind kind = rd_u8(&r);
    files->count = 0;
    if (r.bad || (!s->dp && too_early(kind)))
        return false;
    switch (kind) {
    case REQUEST_OPEN:
        return open_request(s, &r, out, files);
    case REQUEST_SECRET:
        return secret_request(s, &r, out);
    case REQUEST_GLOB:
    case REQUEST_FOLDER:
        return list_request(s, kind == REQUEST_GLOB, &r, out);
    case REQUEST_SPIS:
    case REQUEST_SPI_FREE:
    case REQUEST_INSTALL_IN:
    case REQUEST_INSTALL_OUT:
    case REQUEST_REMOVE:
    case REQUEST_STATS:
    case REQUEST_TRAP:
        return service_dataplane(s, kind, &r, out);
    case REQUEST_SOURCE:
        return source_request(s, &r, out);
    case REQUEST_VIP:
        return vip_request(s, &r, out);
    case REQUEST_KEYS:
        return keys_request(s, &r, out);
    default:
        return request_ended(&r) && simple_request(s, kind, out, files);
    }
}
