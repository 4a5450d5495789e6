/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `dump`: everything that a bug report needs and nothing that it must not have: what card, which
 * software, every table, every counter, in the words of the objects' own commands. Keys can't be
 * read back from a card, so there is none in it.
 */
#include "driver/espctl/objects.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

static const char *const parts[][3] = {
    {"card", "info", NULL},   {"link", "list", NULL},  {"state", "list", NULL},
    {"policy", "list", NULL}, {"neigh", "list", NULL}, {"nexthop", "list", NULL},
    {"counters", NULL, NULL},
};
enum { PARTS = sizeof parts / sizeof *parts };

static int run_part(struct espctl *ctl, size_t part)
{
    char words[2][16], *argv[2];
    int argc = 0;
    for (; argc < 2 && parts[part][argc]; argc++) {
        (void)snprintf(words[argc], sizeof words[argc], "%s", parts[part][argc]);
        argv[argc] = words[argc];
    }
    return espctl_command(ctl, argc, argv);
}

static void title(char text[SHOW_TEXT], size_t part)
{
    const char *second = parts[part][1];
    (void)snprintf(text, SHOW_TEXT, "%s%s%s", parts[part][0], second ? " " : "",
                   second ? second : "");
}

/* A part's JSON, taken from what the command prints. */
static json_t *part_json(struct espctl *ctl, size_t part)
{
    struct espctl inner = *ctl;
    char *text = NULL;
    size_t len = 0;
    inner.out = open_memstream(&text, &len);
    if (!inner.out)
        return NULL;
    int bad = run_part(&inner, part);
    bad |= fclose(inner.out) != 0;
    json_t *j = bad ? NULL : json_loadb(text, len, 0, NULL);
    if (bad)
        memcpy(ctl->why, inner.why, sizeof ctl->why);
    free(text);
    return j;
}

static int dump_json(struct espctl *ctl, const struct utsname *system)
{
    char name[SHOW_TEXT];
    json_t *root = json_pack("{ssssss}", "espctl", ESPL_VERSION, "system", system->release,
                             "machine", system->machine);
    ctl->why[0] = '\0';
    for (size_t i = 0; root && i < PARTS; i++) {
        title(name, i);
        if (!json_object_set_new(root, name, part_json(ctl, i)))
            continue;
        json_decref(root);
        root = NULL;
    }
    return root || !ctl->why[0] ? show_json(ctl, root) : -1;
}

int espctl_dump(struct args *args)
{
    struct espctl with_stats = *args->ctl, *ctl = &with_stats;
    struct utsname system;
    char name[SHOW_TEXT];
    int result = 0;
    if (args_more(args))
        return args_unknown(args);
    ctl->stats = true;
    (void)uname(&system); /* it has no way to fail here */
    if (ctl->json) {
        result = dump_json(ctl, &system);
    } else {
        (void)fprintf(ctl->out, "# espctl %s, %s %s\n", ESPL_VERSION, system.release,
                      system.machine);
        for (size_t i = 0; !result && i < PARTS; i++) {
            title(name, i);
            (void)fprintf(ctl->out, "\n# %s\n", name);
            ctl->stats = strcmp(parts[i][0], "card") != 0; /* its counters come last */
            result = run_part(ctl, i);
        }
    }
    memcpy(args->ctl->why, ctl->why, sizeof ctl->why);
    return result;
}
