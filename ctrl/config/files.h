/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of the configuration. Who reads it need not be allowed to open files: then somebody who
 * is opens them for it (ctrl/parent/files.c).
 */
#ifndef CTRL_CONFIG_FILES_H
#define CTRL_CONFIG_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One path that was found; not 0 ends the search. */
typedef int (*files_fn)(void *user, const char *path);

#define FILES_TEXT (32u << 20) /* bytes of settings: 10,000 connections are 4 MB */

/* What a file of settings says; begin with zeros. Where another process has read it first, its
 * secrets have stayed there: see SECRET_HELD in config.h. */
struct files_text {
    char *data; /* owned */
    size_t len;
    char why[512]; /* who read it says what is wrong: "FILE:LINE: sentence"; then it is no error */
};

struct files {
    void *user;
    int (*open)(void *user, const char *path);                          /* to be read; -1: errno */
    int (*text)(void *user, const char *path, struct files_text *text); /* 0, or -1: errno */
    /* A private key: *fd, or -1 and the number under which the signer has it. 0, or -1: errno. */
    int (*key)(void *user, const char *path, int *fd, uint32_t *ticket);
    int (*glob)(void *user, const char *pattern, files_fn each, void *each_user);
    int (*folder)(void *user, const char *path, files_fn each, void *each_user);
};

/* From now on all that is read here is asked for there; NULL: this process opens files itself. */
void files_ask(const struct files *files);

int files_open(const char *path);
int files_text(const char *path, struct files_text *text);
/* The whole of an open file, which is closed, into an empty one. 0, or -1: errno, EFBIG. */
int files_text_read(int fd, struct files_text *text);
void files_text_clear(struct files_text *text); /* wipes */
int files_key(const char *path, int *fd, uint32_t *ticket);
#define FILES_UNREADABLE (-2)
/* Every path that fits the pattern; none is fine, but a pattern without wildcards fits itself.
 * What `each` returned last, or FILES_UNREADABLE. */
int files_glob(const char *pattern, files_fn each, void *user);
/* Every file in a folder, hidden ones left out; a folder that is not there is empty. */
int files_folder(const char *path, files_fn each, void *user);

extern const struct files files_own;

#endif
