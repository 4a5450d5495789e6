/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a command, taken one by one; what is wrong with one is told in espctl.why. */
#ifndef ESPCTL_ARGS_H
#define ESPCTL_ARGS_H

#include "driver/espctl/command.h"

struct args {
    struct espctl *ctl;
    const char *what; /* "state add", for messages */
    char **word;
    int count;
};

struct espctl_verb {
    const char *name; /* "add"; may be abbreviated */
    int (*run)(struct args *args);
};

/* Sets ctl->why; -1. */
int espctl_fail(struct espctl *ctl, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The last failure of the card, in its words; -1. */
int espctl_fail_card(struct espctl *ctl, enum espl_err err);

/* Runs the verb that the first word names; without words the one called "list" or "info". */
int espctl_verbs(struct args *args, const struct espctl_verb *verbs, size_t count);

bool args_more(const struct args *args);
/* Is the next word this one? Then it is taken. */
bool args_take(struct args *args, const char *word);
/* The next word, or NULL when there is none. */
char *args_peek(const struct args *args);
/* The value of the word taken before: "spi: a value is missing" when there is none. */
int args_value(struct args *args, const char *of, char **value);
/* Refuses the next word by its name. */
int args_unknown(struct args *args);

int args_number(struct args *args, const char *of, uint32_t most, uint32_t *value);
int args_long_number(struct args *args, const char *of, uint64_t most, uint64_t *value);
int args_addr(struct args *args, const char *of, struct espl_addr *addr);
int args_prefix(struct args *args, const char *of,
                struct espl_prefix *prefix); /* "any", "default", ADDR[/LEN] */
/* "mode tunnel", "mode transport": of = "mode" or "tmpl mode" */
int args_mode(struct args *args, const char *of, enum espl_sa_mode *mode);
/* "vlan VID", or "vlan untagged" */
int args_vlan(struct args *args, struct espl_vlan *vlan);
int args_mac(struct args *args, const char *of, espl_mac mac);
int args_proto(struct args *args, const char *of, uint8_t *proto);
int args_ports(struct args *args, const char *of, struct espl_ports *ports); /* N or N-M */
int args_port_name(struct args *args, const char *of, enum espl_port *port);
int args_dir(struct args *args, enum espl_dir *dir);
/* 0x and hexadecimal digits; the word is wiped whatever comes of it. */
int args_key(struct args *args, const char *of, uint8_t *key, size_t room, size_t *len);

#endif
