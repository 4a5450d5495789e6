/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket on a loop of its own, over an IKE manager that talks to another one in this
 * process (tests/ctrl/exchange/lab.h), and clients of it.
 */
#ifndef TESTS_VICI_HARNESS_H
#define TESTS_VICI_HARNESS_H

#include "ctrl/vici/vici.h"
#include "ctrl/vici/wire.h"
#include "tests/ctrl/exchange/lab.h"

extern struct lab lab; /* side A has the socket */
extern char path[64];
extern char answer[1 << 16]; /* what hear() heard, as text: "1 success=yes \n" */

int set_up(void **state);
int tear_down(void **state); /* checks that no handle and no file is left */
void turn(void);             /* 20 ms of the lab, and what the loop has to do */
void turns(unsigned n);

int client(void);
void raw(int fd, const void *data, size_t len);
void post(int fd, struct vici_out *o); /* takes it */
void ask(int fd, enum vici_type type, const char *name);
/* A request with one value, and a timeout unless that is NULL. */
void choose(int fd, const char *command, const char *key, const char *value, const char *timeout);
/* Waits for so many packets. */
const char *hear(int fd, unsigned packets);
void expect(int fd, unsigned packets, const char *words); /* heard, with these words somewhere */
void says(const char *words);                             /* the same, of what was heard last */
void expect_closed(int fd);
void expect_alive(int fd);

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
