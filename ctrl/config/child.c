/* SPDX-License-Identifier: Apache-2.0 */
/* connections.<name>.children.<name>: what a CHILD_SA protects, and how it is kept. */
#include <stdlib.h>
#include <string.h>

#include "ctrl/config/reader.h"

#define CHILD_REKEY_TIME 3600u
#define REPLAY_WINDOW 32u

struct ts_list {
    struct espl_selector *list;
    size_t *count;
    bool dynamic;
};

static int add_ts(struct reader *r, const struct setting *s, const char *item, void *into)
{
    struct ts_list *ts = into;
    ts->dynamic |= strcmp(item, "dynamic") == 0;
    if (ts->dynamic && strcmp(s->value, "dynamic") != 0)
        return reader_complain(r, s, "dynamic is supported alone only");
    if (ts->dynamic)
        return 0;
    if (*ts->count >= CONFIG_TS)
        return reader_complain(r, s, "has more than %d traffic selectors", CONFIG_TS);
    const char *why = value_selector(item, &ts->list[*ts->count]);
    if (why)
        return reader_complain(r, s, "%s %s", item, why);
    (*ts->count)++;
    return 0;
}

static int read_local_ts(struct reader *r, const struct setting *s, void *into)
{
    struct config_child *c = into;
    struct ts_list ts = {c->local_ts, &c->local_ts_count, false};
    return read_list(r, s, &ts, add_ts);
}

static int read_remote_ts(struct reader *r, const struct setting *s, void *into)
{
    struct config_child *c = into;
    struct ts_list ts = {c->remote_ts, &c->remote_ts_count, false};
    return read_list(r, s, &ts, add_ts);
}

/* What is done at a start, a close, a dead peer; old words mean the same as new ones. */
static const struct word_value start_words[] = {
    {"none", CONFIG_START_NONE},
    {"start", CONFIG_START_START},
    {"trap", CONFIG_START_TRAP},
    {"trap|start", CONFIG_START_TRAP | CONFIG_START_START},
    {NULL, 0},
};
static const struct word_value close_words[] = {
    {"none", CONFIG_START_NONE},
    {"start", CONFIG_START_START},
    {"trap", CONFIG_START_TRAP},
    {NULL, 0},
};
static const struct word_value dpd_words[] = {
    {"clear", CONFIG_START_NONE},    {"trap", CONFIG_START_TRAP}, {"restart", CONFIG_START_START},
    {"start", CONFIG_START_START},   {"none", CONFIG_START_NONE}, {"hold", CONFIG_START_TRAP},
    {NULL, 0},
};
static const struct word_value modes[] = {
    {"tunnel", CONFIG_MODE_TUNNEL}, {"transport", CONFIG_MODE_TRANSPORT}, {NULL, 0}};

static const struct key child_keys[] = {
    KEY_WITH("esp_proposals", read_esp_proposals),
    KEY_WITH("local_ts", read_local_ts),
    KEY_WITH("remote_ts", read_remote_ts),
    KEY_FIELD("rekey_time", KEY_TIME, struct config_child, rekey_time),
    KEY_FIELD("life_time", KEY_TIME, struct config_child, life_time),
    KEY_FIELD("rand_time", KEY_TIME, struct config_child, rand_time),
    KEY_FIELD("replay_window", KEY_NUMBER, struct config_child, replay_window),
    KEY_ONE_OF("start_action", start_words, struct config_child, start_action),
    KEY_ONE_OF("dpd_action", dpd_words, struct config_child, dpd_action),
    KEY_ONE_OF("close_action", close_words, struct config_child, close_action),
    KEY_ONE_OF("mode", modes, struct config_child, mode),
    KEY_MUST("ipcomp", "no"),
    KEY_MUST("policies", "yes"),
    KEY_MUST("policies_fwd_out", "no"),
    KEY_MUST("hostaccess", "no"),
    KEY_MUST("sha256_96", "no"),
    KEY_MUST("hw_offload", "no"), /* of the kernel's XFRM */
    KEY_MUST("copy_df", "yes"),
    KEY_MUST("copy_ecn", "yes"),
    KEY_MUST("copy_dscp", "out"),
    KEY_MUST("tfc_padding", "0"),
    KEY_MUST("priority", "0"),
    KEY_MUST("inactivity", "0"),
    KEY_MUST("reqid", "0"),
    KEY_FIELD("rekey_bytes", KEY_COUNT, struct config_child, rekey_bytes),
    KEY_FIELD("life_bytes", KEY_COUNT, struct config_child, life_bytes),
    KEY_FIELD("rand_bytes", KEY_COUNT, struct config_child, rand_bytes),
    KEY_FIELD("rekey_packets", KEY_COUNT, struct config_child, rekey_packets),
    KEY_FIELD("life_packets", KEY_COUNT, struct config_child, life_packets),
    KEY_FIELD("rand_packets", KEY_COUNT, struct config_child, rand_packets),
    KEY_MUST("mark_in", "0"),
    KEY_MUST("mark_in_sa", "no"),
    KEY_MUST("mark_out", "0"),
    KEY_MUST("set_mark_in", "0"),
    KEY_MUST("set_mark_out", "0"),
    KEY_MUST("if_id_in", "0"),
    KEY_MUST("if_id_out", "0"),
    KEY_MUST("label_mode", "system"),
    KEY_NOT("ah_proposals"),
    KEY_NOT("updown"),
    KEY_NOT("interface"),
    KEY_NOT("label"),
};

/* As of times: the hard limit is a tenth more than the soft one, and the random part their
 * difference. false: they contradict each other. */
static bool finish_count(uint64_t soft, uint64_t *hard, uint64_t *spread)
{
    if (soft && !*hard)
        *hard = soft + soft / 10;
    if (soft && !*spread)
        *spread = *hard - soft < soft ? *hard - soft : 0;
    return !soft || (*hard >= soft && *spread < soft);
}

static int finish(struct reader *r, const struct section *s, struct config_child *c)
{
    if (c->proposal_count == 0)
        default_esp_proposals(c);
    if (c->life_time == TIME_UNSET)
        c->life_time = c->rekey_time + c->rekey_time / 10;
    if (c->life_time > 0 && c->life_time < c->rekey_time)
        return reader_complain_section(r, s, "life_time is less than rekey_time");
    if (c->rand_time == TIME_UNSET)
        c->rand_time = c->life_time > c->rekey_time ? c->life_time - c->rekey_time : 0;
    if (c->rekey_time > 0 && c->rand_time >= c->rekey_time)
        return reader_complain_section(r, s, "rand_time is not less than rekey_time");
    if (!finish_count(c->rekey_bytes, &c->life_bytes, &c->rand_bytes) ||
        !finish_count(c->rekey_packets, &c->life_packets, &c->rand_packets))
        return reader_complain_section(
            r, s, "of bytes or packets, life_* is less than rekey_*, or rand_* is not");
    return 0;
}

static int read_child(struct reader *r, const struct section *s, struct config_child *c)
{
    c->rekey_time = CHILD_REKEY_TIME;
    c->life_time = c->rand_time = TIME_UNSET;
    c->replay_window = REPLAY_WINDOW;
    if (read_keys(r, s, child_keys, sizeof(child_keys) / sizeof(*child_keys), c) != 0)
        return -1;
    if (s->sections)
        return reader_complain_section(r, s->sections, "%s: is not a section of swanctl.conf",
                                       s->sections->name);
    return finish(r, s, c);
}

int read_children(struct reader *r, const struct section *section, struct config_conn *conn)
{
    struct config_child **end = &conn->children;
    if (section->settings)
        return reader_complain(r, section->settings, "is not a word of swanctl.conf");
    for (const struct section *s = section->sections; s; s = s->next) {
        struct config_child *c = calloc(1, sizeof(*c));
        if (!c || !(c->name = strdup(s->name))) {
            free(c);
            return reader_complain_section(r, s, "out of memory");
        }
        *end = c;
        end = &c->next;
        size_t mark = reader_enter(r, s->name);
        if (read_child(r, s, c) != 0)
            return -1;
        reader_leave(r, mark);
    }
    return 0;
}
