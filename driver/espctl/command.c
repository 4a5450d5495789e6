/* SPDX-License-Identifier: Apache-2.0 */
/* From a line of words to the object and the verb it names; batch files. */
#include "driver/espctl/args.h"
#include "driver/espctl/objects.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(struct args *args);
} objects[] = {
    {"state", espctl_state},     {"policy", espctl_policy},     {"neigh", espctl_neigh},
    {"link", espctl_link},       {"counters", espctl_counters}, {"card", espctl_card},
    {"nexthop", espctl_nexthop}, {"stat", espctl_stat},         {"dump", espctl_dump},
    {"monitor", espctl_monitor},
};

enum { OBJECT_COUNT = sizeof objects / sizeof *objects };

/* iproute2 takes any beginning of a word; the first that fits wins. */
static bool abbreviates(const char *text, const char *name)
{
    return *text && strncmp(text, name, strlen(text)) == 0;
}

int espctl_verbs(struct args *args, const struct espctl_verb *verbs, size_t count)
{
    char what[64];
    const char *object = args->what;
    if (!args_more(args)) {
        for (size_t i = 0; i < count; i++)
            if (strcmp(verbs[i].name, "list") == 0 || strcmp(verbs[i].name, "info") == 0)
                return verbs[i].run(args);
        return espctl_fail(args->ctl, "%s: a command is missing", object);
    }
    const char *word = args_peek(args);
    if (strcmp(word, "show") == 0 || strcmp(word, "ls") == 0)
        word = "list";
    for (size_t i = 0; i < count; i++) {
        if (!abbreviates(word, verbs[i].name))
            continue;
        (void)snprintf(what, sizeof what, "%s %s", object, verbs[i].name);
        struct args rest = {args->ctl, what, args->word + 1, args->count - 1};
        return verbs[i].run(&rest);
    }
    return espctl_fail(args->ctl, "%s: \"%s\" is not a command", object, word);
}

int espctl_command(struct espctl *ctl, int argc, char **argv)
{
    ctl->why[0] = '\0';
    if (argc < 1)
        return espctl_fail(ctl, "an object is missing (%s)", ESPCTL_OBJECTS);
    size_t i = 0;
    while (i < OBJECT_COUNT && strcmp(argv[0], objects[i].name) != 0) /* stat is not state */
        i++;
    for (size_t first = 0; i == OBJECT_COUNT && first < OBJECT_COUNT; first++)
        if (abbreviates(argv[0], objects[first].name))
            i = first;
    if (i < OBJECT_COUNT) {
        struct args args = {ctl, objects[i].name, argv + 1, argc - 1};
        return objects[i].run(&args);
    }
    return espctl_fail(ctl, "\"%s\" is not an object (%s)", argv[0], ESPCTL_OBJECTS);
}

bool espctl_needs_card(int argc, char **argv)
{
    return argc < 2 || !abbreviates(argv[0], "card") ||
           !(abbreviates(argv[1], "list") || strcmp(argv[1], "show") == 0 ||
             strcmp(argv[1], "ls") == 0);
}

/* ------------------------------------------------------------------ batch */

#define WORDS_MAX 128
#define PROGRESS_LINES 100u

/* Cuts a line into its words, in place; quotes keep spaces. -1: too many words or an open quote. */
static int split(char *line, char *words[WORDS_MAX])
{
    int count = 0;
    char *from = line;
    for (;;) {
        from += strspn(from, " \t\r\n");
        if (!*from || *from == '#')
            return count;
        if (count == WORDS_MAX)
            return -1;
        char *to = from, quote = '\0';
        words[count++] = to;
        for (; *from && (quote || !strchr(" \t\r\n", *from)); from++) {
            if (quote ? *from == quote : *from == '\'' || *from == '"')
                quote = quote ? '\0' : *from;
            else
                *to++ = *from;
        }
        if (quote)
            return -1;
        bool end = !*from;
        *to = '\0';
        if (end)
            return count;
        from++;
    }
}

/* A growing line buffer that never leaves a key behind in freed memory. */
struct line {
    char *text; /* owned */
    size_t len, room;
};

static int line_add(struct line *line, char c)
{
    if (line->len + 1 >= line->room) {
        size_t room = line->room ? 2 * line->room : 256;
        char *text = malloc(room);
        if (!text)
            return -1;
        if (line->text) {
            memcpy(text, line->text, line->len);
            explicit_bzero(line->text, line->room);
            free(line->text);
        }
        line->text = text;
        line->room = room;
    }
    line->text[line->len++] = c;
    line->text[line->len] = '\0';
    return 0;
}

static void line_clear(struct line *line)
{
    if (line->text)
        explicit_bzero(line->text, line->room);
    free(line->text);
    *line = (struct line){0};
}

/* One command, of one or more lines joined by \; *number counts lines. 1: a line, 0: the end, -1:
 * no memory. */
static int line_read(struct line *line, FILE *in, unsigned *number)
{
    int c;
    line->len = 0;
    if (line_add(line, ' ')) /* a line is never without a buffer */
        return -1;
    bool any = false;
    while ((c = getc(in)) != EOF) {
        any = true;
        if (c == '\n') {
            ++*number;
            if (line->text[line->len - 1] != '\\')
                return 1;
            line->text[line->len - 1] = ' ';
        } else if (line_add(line, c ? (char)c : ' ')) {
            return -1;
        }
    }
    *number += any;
    return any;
}

static int run_line(struct espctl *ctl, char *text)
{
    char *words[WORDS_MAX];
    int count = split(text, words);
    if (count < 0)
        return espctl_fail(ctl, "more than %d words, or a quote that is not closed", WORDS_MAX);
    return count ? espctl_command(ctl, count, words) : 0;
}

int espctl_batch(struct espctl *ctl, FILE *in, const char *name, bool force)
{
    struct line line = {0};
    unsigned number = 0, failed = 0;
    int more;
    while ((more = line_read(&line, in, &number)) > 0) {
        if (ctl->progress && number % PROGRESS_LINES == 0)
            (void)fprintf(ctl->progress, "\r%s: %u lines ", name, number);
        if (run_line(ctl, line.text) == 0)
            continue;
        char why[sizeof ctl->why];
        (void)snprintf(why, sizeof why, "%s", ctl->why);
        (void)espctl_fail(ctl, "%s:%u: %s", name, number, why);
        failed++;
        if (!force)
            break;
        if (ctl->err)
            (void)fprintf(ctl->err, "%s\n", ctl->why);
    }
    if (ctl->progress && number >= PROGRESS_LINES)
        (void)fprintf(ctl->progress, "\r%s: %u lines\n", name, number);
    if (more < 0)
        (void)espctl_fail(ctl, "%s:%u: out of memory", name, number);
    else if (!more && ferror(in))
        more = espctl_fail(ctl, "%s: cannot be read", name);
    else if (force && failed)
        (void)espctl_fail(ctl, "%s: %u commands failed", name, failed);
    line_clear(&line);
    return more < 0 || failed ? -1 : 0;
}
