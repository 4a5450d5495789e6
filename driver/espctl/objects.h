/* SPDX-License-Identifier: Apache-2.0 */
/* espctl's objects, one file each, and what they share: selectors and the notation of values. */
#ifndef ESPCTL_OBJECTS_H
#define ESPCTL_OBJECTS_H

#include <jansson.h>

#include "driver/espctl/args.h"

int espctl_state(struct args *args);
int espctl_policy(struct args *args);
int espctl_neigh(struct args *args);
int espctl_link(struct args *args);
int espctl_counters(struct args *args);
int espctl_card(struct args *args);
int espctl_selftest(struct args *args); /* card selftest */
int espctl_nexthop(struct args *args);
int espctl_stat(struct args *args);
int espctl_dump(struct args *args);
int espctl_monitor(struct args *args);

/* counters.c: words that are beginnings of counters' names; is this name wanted by them? */
int counters_check_names(struct args *args);
bool counters_wanted(const struct args *args, const char *name);

/* ------------------------------------------------------------------ state_add.c, state_show.c */

int espctl_state_add(struct args *args);
int espctl_state_update(struct args *args);
void espctl_state_print(FILE *out, const struct espl_sa *sa, const struct espl_sa_stats *stats,
                        bool with_stats);
json_t *espctl_state_json(const struct espl_sa *sa, const struct espl_sa_stats *stats,
                          bool with_stats);

/* ------------------------------------------------------------------ selector.c */

struct selector_args { /* a selector and which of its words were there */
    struct espl_selector sel;
    bool src, dst, sport, dport, type, code;
};
void selector_start(struct selector_args *s);
/* Takes the next word with its value when it belongs to a selector: 1; else 0; -1 on error. */
int selector_word(struct args *args, struct selector_args *s);
/* All words are there: fills what was left out. family: when no address tells it. */
int selector_finish(struct args *args, struct selector_args *s, enum espl_family family);
bool selector_any(const struct espl_selector *sel);
void selector_print(FILE *out, const struct espl_selector *sel);
json_t *selector_json(const struct espl_selector *sel);

/* ------------------------------------------------------------------ show.c */

#define SHOW_TEXT 64
bool same_addr(const struct espl_addr *a, const struct espl_addr *b);
const char *show_addr(char text[SHOW_TEXT], const struct espl_addr *addr);
const char *show_prefix(char text[SHOW_TEXT], const struct espl_prefix *prefix);
const char *show_mac(char text[SHOW_TEXT], const espl_mac mac);
const char *show_mode(enum espl_sa_mode mode);
/* " vlan 7" behind a MAC; nothing when the tag is kept */
const char *show_vlan(char text[SHOW_TEXT], const struct espl_vlan *vlan);
const char *show_spi(char text[SHOW_TEXT], uint32_t spi);
const char *show_proto(char text[SHOW_TEXT], uint8_t proto); /* proto.c */
bool proto_number(const char *name, uint8_t *number);        /* "esp", without the file too */
const char *show_port(enum espl_port port);
void show_time(FILE *out); /* a line, as iproute2's -t has it */
/* Prints and releases root; NULL is an error told as lack of memory. */
int show_json(struct espctl *ctl, json_t *root);

#endif
