/* SPDX-License-Identifier: Apache-2.0 */
/* Between espalierd's processes: a datagram (SOCK_SEQPACKET), and open files with it. */
#ifndef CTRL_PRIVILEGE_PACKET_H
#define CTRL_PRIVILEGE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PACKET_FILES 8

struct packet_files {
    int fd[PACKET_FILES];
    size_t count;
};

/* files: NULL for none; they stay the caller's. flags: MSG_DONTWAIT, or 0:
 * it is waited for, also where the socket does not block. */
bool packet_send(int fd, const uint8_t *data, size_t len, const struct packet_files *files,
                 int flags);
/* Its length; 0: the other side is gone; -1: errno, EMSGSIZE when it was longer than `cap` or
 * brought more files. The files are the caller's. */
ssize_t packet_receive(int fd, uint8_t *data, size_t cap, struct packet_files *files, int flags);
void packet_close(struct packet_files *files);
/* The two ends; -1: errno. */
int packet_pair(int ends[2]);

#endif
