/* SPDX-License-Identifier: Apache-2.0 */
/* Files and folders, opened by this process or by another one for it. See files.h. */
#include "ctrl/config/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#define FIRST (64u << 10) /* bytes of a text that is read */

static int own_open(void *user, const char *path)
{
    (void)user;
    return open(path, O_RDONLY | O_CLOEXEC);
}

void files_text_clear(struct files_text *text)
{
    if (text->len)
        OPENSSL_cleanse(text->data, text->len);
    free(text->data);
    *text = (struct files_text){.data = NULL};
}

/* Never by realloc, which leaves what it has moved. false: no memory */
static bool make_room(struct files_text *text, size_t *room)
{
    size_t more = *room ? 2 * *room : FIRST;
    char *grown = text->len < *room ? text->data : malloc(more);
    if (!grown)
        return false;
    if (grown != text->data) {
        if (text->len) {
            memcpy(grown, text->data, text->len);
            OPENSSL_cleanse(text->data, text->len);
        }
        free(text->data);
        text->data = grown;
        *room = more;
    }
    return true;
}

int files_text_read(int fd, struct files_text *text)
{
    size_t room = 0;
    ssize_t n = 1;
    int err = 0;
    while (!err && n > 0) {
        if (!make_room(text, &room)) {
            err = ENOMEM;
            break;
        }
        do
            n = read(fd, text->data + text->len, room - text->len);
        while (n < 0 && errno == EINTR);
        text->len += n > 0 ? (size_t)n : 0;
        err = n < 0 ? errno : text->len >= FILES_TEXT ? EFBIG : 0;
    }
    close(fd);
    if (err)
        files_text_clear(text);
    errno = err;
    return err ? -1 : 0;
}

static int own_text(void *user, const char *path, struct files_text *text)
{
    int fd = own_open(user, path);
    return fd < 0 ? -1 : files_text_read(fd, text);
}

static int own_key(void *user, const char *path, int *fd, uint32_t *ticket)
{
    *ticket = 0;
    *fd = own_open(user, path);
    return *fd < 0 ? -1 : 0;
}

static int own_glob(void *user, const char *pattern, files_fn each, void *each_user)
{
    glob_t found;
    (void)user;
    int rc = glob(pattern, GLOB_ERR | GLOB_NOMAGIC, NULL, &found);
    if (rc != 0)
        return rc == GLOB_NOMATCH ? 0 : FILES_UNREADABLE;
    for (size_t i = 0; i < found.gl_pathc && rc == 0; i++)
        rc = each(each_user, found.gl_pathv[i]);
    globfree(&found);
    return rc;
}

static int own_folder(void *user, const char *path, files_fn each, void *each_user)
{
    char file[1024];
    int rc = 0;
    DIR *dir = opendir(path);
    (void)user;
    if (!dir)
        return errno == ENOENT || errno == ENOTDIR ? 0 : FILES_UNREADABLE;
    for (const struct dirent *e; rc == 0 && (e = readdir(dir));) {
        if (*e->d_name == '.' || e->d_type == DT_DIR)
            continue;
        int n = snprintf(file, sizeof file, "%s/%s", path, e->d_name);
        if (n > 0 && (size_t)n < sizeof file)
            rc = each(each_user, file);
    }
    closedir(dir);
    return rc;
}

const struct files files_own = {
    .open = own_open, .text = own_text, .key = own_key, .glob = own_glob, .folder = own_folder};
static const struct files *from = &files_own;

void files_ask(const struct files *files)
{
    from = files ? files : &files_own;
}

int files_open(const char *path)
{
    return from->open(from->user, path);
}

int files_text(const char *path, struct files_text *text)
{
    return from->text(from->user, path, text);
}

int files_key(const char *path, int *fd, uint32_t *ticket)
{
    return from->key(from->user, path, fd, ticket);
}

int files_glob(const char *pattern, files_fn each, void *user)
{
    return from->glob(from->user, pattern, each, user);
}

int files_folder(const char *path, files_fn each, void *user)
{
    return from->folder(from->user, path, each, user);
}
