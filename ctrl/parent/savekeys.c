/* SPDX-License-Identifier: Apache-2.0 */
/* Keys on disk, for who asks for it in so many words. See savekeys.h. */
#include "ctrl/parent/savekeys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "ctrl/log/log.h"

int savekeys_open(struct save_keys *s, const char *folder)
{
    s->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->folder < 0)
        return -1;
    log_info("WARNING: --save-keys: who reads %s can read all traffic of all tunnels", folder);
    return 0;
}

void savekeys_close(struct save_keys *s)
{
    if (s->folder >= 0)
        close(s->folder);
    s->folder = -1;
}

void savekeys_line(struct save_keys *s, const char *file, const char *line)
{
    struct iovec parts[2] = {{(void *)(uintptr_t)line, strlen(line)}, {(char[]){'\n'}, 1}};
    struct stat st;
    int fd = openat(s->folder, file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool good = fd >= 0 && fstat(fd, &st) == 0;
    if (good && (!S_ISREG(st.st_mode) || st.st_mode & 077)) {
        errno = EPERM; /* somebody else's file, or one that others may read */
        good = false;
    }
    if (!good || writev(fd, parts, 2) != (ssize_t)(parts[0].iov_len + 1))
        log_errno("--save-keys: %s was not written", file);
    if (fd >= 0)
        close(fd);
}
