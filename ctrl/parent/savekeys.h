/* SPDX-License-Identifier: Apache-2.0 */
/* --save-keys: the two files that Wireshark reads, each with mode 0600. */
#ifndef CTRL_PARENT_SAVEKEYS_H
#define CTRL_PARENT_SAVEKEYS_H

struct save_keys {
    int folder; /* -1: no keys are saved */
};

/* Says in the log what that means. -1: errno. */
int savekeys_open(struct save_keys *s, const char *folder);
void savekeys_close(struct save_keys *s);
void savekeys_line(struct save_keys *s, const char *file, const char *line);

#endif
