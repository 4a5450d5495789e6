/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of the configuration for the process that reads it. A path must lie below the folder of
 * swanctl.conf as it is written: no ".." in it. Symbolic links are followed, for only the owner of
 * that folder can have made them.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctrl/log/log.h"
#include "ctrl/parent/service.h"

static bool goes_up(const char *path)
{
    for (const char *at = path; at; at = (at = strchr(at, '/')) ? at + 1 : NULL)
        if (strncmp(at, "..", 2) == 0 && (at[2] == '/' || at[2] == '\0'))
            return true;
    return false;
}

bool files_path_allowed(const char *config, const char *path)
{
    const char *slash = strrchr(config, '/');
    size_t folder = slash ? (size_t)(slash - config) + 1 : 0;
    if (!slash && *path == '/')
        return false;
    return strncmp(path, config, folder) == 0 && path[folder] && !goes_up(path + folder);
}

static bool is_public(const char *config, const char *path)
{
    static const char *const folders[] = {"x509", "x509ca", "x509crl", "pubkey"};
    const char *slash = strrchr(config, '/');
    const char *at =
        files_path_allowed(config, path) ? path + (slash ? slash - config + 1 : 0) : "";
    while (*at == '/' || (*at == '.' && at[1] == '/')) /* "./private", "//private" */
        at++;
    size_t n = strcspn(at, "/");
    for (size_t i = 0; at[n] == '/' && i < sizeof folders / sizeof *folders; i++)
        if (strlen(folders[i]) == n && memcmp(folders[i], at, n) == 0)
            return true;
    return false;
}

bool files_path_is_public(const char *config, const char *path)
{
    bool is = is_public(config, path);
    if (!is)
        log_info("%s is in no folder of certificates (x509, x509ca, x509crl and pubkey beside %s)",
                 path, config);
    return is;
}

static bool allowed(const char *config, const char *path)
{
    bool may = files_path_allowed(config, path);
    if (!may)
        log_info("%s is not below the folder of %s, where all of the configuration must be (a "
                 "symbolic link there may lead to it)",
                 path, config);
    errno = may ? 0 : EACCES;
    return may;
}

static int open_file(void *user, const char *path)
{
    struct stat st;
    if (!allowed(user, path))
        return -1;
    /* O_NONBLOCK: a FIFO would be waited for */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return -1;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        return fd;
    errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
    int err = errno;
    close(fd);
    errno = err;
    return -1;
}

struct found {
    const char *config;
    files_fn each;
    void *user;
};

/* ".*" is a pattern that ".." fits */
static int each_allowed(void *user, const char *path)
{
    const struct found *f = user;
    return files_path_allowed(f->config, path) ? f->each(f->user, path) : 0;
}

static int glob_files(void *user, const char *pattern, files_fn each, void *each_user)
{
    struct found found = {user, each, each_user};
    return allowed(user, pattern) ? files_own.glob(NULL, pattern, each_allowed, &found)
                                  : FILES_UNREADABLE;
}

static int list_folder(void *user, const char *path, files_fn each, void *each_user)
{
    return allowed(user, path) ? files_own.folder(NULL, path, each, each_user) : FILES_UNREADABLE;
}

const struct files parent_files = {.open = open_file, .glob = glob_files, .folder = list_folder};
