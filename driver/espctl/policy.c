/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `policy`: the grammar of `ip xfrm policy`. The card has outbound policies: allow with a template
 * encrypts, allow without one hands to the host, block drops.
 */
#include "driver/espctl/objects.h"

#include <netinet/in.h>
#include <string.h>

struct policy_args {
    struct espl_policy policy;
    struct selector_args sel;
    bool dir, tmpl, block;
};

/* ------------------------------------------------------------------ words */

static int take_policy_dir(struct args *args, struct policy_args *p)
{
    char *dir;
    p->dir = true;
    if (args_value(args, "dir", &dir))
        return -1;
    if (strcmp(dir, "in") == 0 || strcmp(dir, "fwd") == 0)
        return espctl_fail(
            args->ctl,
            "dir: %s: the card checks inbound packets against their SA; give its selector to"
            " state add ... sel",
            dir);
    if (strcmp(dir, "out") != 0)
        return espctl_fail(args->ctl, "dir: \"%s\" is not out", dir);
    return 0;
}

static int take_action(struct args *args, struct policy_args *p)
{
    char *action;
    if (args_value(args, "action", &action))
        return -1;
    p->block = strcmp(action, "block") == 0;
    if (!p->block && strcmp(action, "allow") != 0)
        return espctl_fail(args->ctl, "action: \"%s\" is neither allow nor block", action);
    return 0;
}

/* A value that has only one choice on this card. */
static int take_only(struct args *args, const char *of, const char *only)
{
    char *value;
    if (args_value(args, of, &value))
        return -1;
    if (strcmp(value, only) != 0)
        return espctl_fail(args->ctl, "%s: \"%s\" is not on this card; it has %s", of, value, only);
    return 0;
}

static int take_tmpl(struct args *args, struct policy_args *p)
{
    if (p->tmpl)
        return espctl_fail(args->ctl, "tmpl: the card applies one SA to a packet, not two");
    p->tmpl = true;
    bool mode = false;
    int bad = 0;
    for (;;) {
        if (args_take(args, "src"))
            bad = args_addr(args, "tmpl src", &p->policy.tmpl_src);
        else if (args_take(args, "dst"))
            bad = args_addr(args, "tmpl dst", &p->policy.tmpl_dst);
        else if (args_take(args, "proto"))
            bad = take_only(args, "tmpl proto", "esp");
        else if (args_take(args, "mode"))
            mode = true, bad = args_mode(args, "tmpl mode", &p->policy.mode);
        else if (args_take(args, "reqid"))
            bad = args_number(args, "tmpl reqid", UINT32_MAX, &p->policy.reqid);
        else if (args_take(args, "level"))
            bad = take_only(args, "tmpl level", "required");
        else
            break;
        if (bad)
            return -1;
    }
    return mode ? 0 : espctl_fail(args->ctl, "tmpl: mode tunnel or mode transport is missing");
}

static int take_words(struct args *args, struct policy_args *p)
{
    selector_start(&p->sel);
    while (args_more(args)) {
        int taken = selector_word(args, &p->sel), bad = 0;
        if (taken < 0)
            return -1;
        if (taken)
            continue;
        if (args_take(args, "dir"))
            bad = take_policy_dir(args, p);
        else if (args_take(args, "action"))
            bad = take_action(args, p);
        else if (args_take(args, "priority"))
            bad = args_number(args, "priority", UINT32_MAX, &p->policy.priority);
        else if (args_take(args, "ptype"))
            bad = take_only(args, "ptype", "main");
        else if (args_take(args, "tmpl"))
            bad = take_tmpl(args, p);
        else
            bad = args_unknown(args);
        if (bad)
            return -1;
    }
    if (!p->dir)
        return espctl_fail(args->ctl, "%s: dir out is missing", args->what);
    if (selector_finish(args, &p->sel, ESPL_IPV4))
        return -1;
    p->policy.selector = p->sel.sel;
    return 0;
}

/* ------------------------------------------------------------------ commands */

static int add(struct args *args)
{
    struct policy_args p = {0};
    if (take_words(args, &p))
        return -1;
    if (p.block && p.tmpl)
        return espctl_fail(args->ctl, "action: block has no tmpl");
    p.policy.action = p.block ? ESPL_DISCARD : p.tmpl ? ESPL_PROTECT : ESPL_BYPASS;
    enum espl_err err = espl_policy_add(args->ctl->card, &p.policy);
    return err ? espctl_fail_card(args->ctl, err) : 0;
}

static int delete_one(struct args *args)
{
    struct policy_args p = {0};
    if (take_words(args, &p))
        return -1;
    enum espl_err err = espl_policy_delete(args->ctl->card, &p.policy.selector);
    return err ? espctl_fail_card(args->ctl, err) : 0;
}

static int flush(struct args *args)
{
    if (args_take(args, "ptype") && take_only(args, "ptype", "main"))
        return -1;
    if (args_more(args))
        return args_unknown(args);
    enum espl_err err = espl_policy_flush(args->ctl->card);
    return err ? espctl_fail_card(args->ctl, err) : 0;
}

static void print(FILE *out, const struct espl_policy *policy, uint32_t sa_spi, bool stats)
{
    char src[SHOW_TEXT], dst[SHOW_TEXT];
    selector_print(out, &policy->selector);
    (void)fprintf(out, "\n\tdir out%s priority %u\n",
                  policy->action == ESPL_DISCARD ? " action block" : "", policy->priority);
    if (policy->action != ESPL_PROTECT)
        return;
    (void)fprintf(out, "\ttmpl src %s dst %s\n\t\tproto esp reqid %u mode %s\n",
                  show_addr(src, &policy->tmpl_src), show_addr(dst, &policy->tmpl_dst),
                  policy->reqid, show_mode(policy->mode));
    if (stats && sa_spi)
        (void)fprintf(out, "\tsa spi %s\n", show_spi(src, sa_spi));
    else if (stats)
        (void)fputs("\tsa none\n", out);
}

static json_t *to_json(const struct espl_policy *policy, uint32_t sa_spi)
{
    static const char *const actions[] = {
        [ESPL_DISCARD] = "discard", [ESPL_BYPASS] = "bypass", [ESPL_PROTECT] = "protect"};
    char src[SHOW_TEXT], dst[SHOW_TEXT], spi[SHOW_TEXT];
    json_t *j =
        json_pack("{s:o?,s:s,s:s,s:I}", "sel", selector_json(&policy->selector), "dir", "out",
                  "action", actions[policy->action], "priority", (json_int_t)policy->priority);
    if (!j || policy->action != ESPL_PROTECT)
        return j;
    json_t *tmpl = json_pack("{sssssssssI}", "src", show_addr(src, &policy->tmpl_src), "dst",
                             show_addr(dst, &policy->tmpl_dst), "proto", "esp", "mode",
                             show_mode(policy->mode),
                             "reqid", (json_int_t)policy->reqid);
    int bad = json_object_set_new(j, "tmpl", tmpl);
    if (!bad && sa_spi)
        bad = json_object_set_new(j, "sa_spi", json_string(show_spi(spi, sa_spi)));
    if (bad) {
        json_decref(j);
        return NULL;
    }
    return j;
}

struct listing {
    struct espctl *ctl;
    json_t *array; /* owned; NULL unless -j */
    bool failed;
};

static bool list_policy(void *user, const struct espl_policy *policy, uint32_t sa_spi)
{
    struct listing *l = user;
    if (!l->ctl->json)
        print(l->ctl->out, policy, sa_spi, l->ctl->stats);
    else
        l->failed = json_array_append_new(l->array, to_json(policy, sa_spi)) != 0;
    return !l->failed;
}

static int list(struct args *args)
{
    struct listing l = {.ctl = args->ctl};
    if (args_more(args))
        return args_unknown(args);
    if (args->ctl->json) {
        l.array = json_array();
        l.failed = !l.array;
    }
    enum espl_err err = l.failed ? ESPL_OK : espl_policy_each(args->ctl->card, list_policy, &l);
    if (err || l.failed) {
        json_decref(l.array);
        return err ? espctl_fail_card(args->ctl, err) : espctl_fail(args->ctl, "out of memory");
    }
    return args->ctl->json ? show_json(args->ctl, l.array) : 0;
}

int espctl_policy(struct args *args)
{
    static const struct espctl_verb verbs[] = {
        {"add", add}, {"delete", delete_one}, {"list", list}, {"flush", flush}};
    return espctl_verbs(args, verbs, sizeof verbs / sizeof *verbs);
}
