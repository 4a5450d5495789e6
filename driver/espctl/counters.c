/* SPDX-License-Identifier: Apache-2.0 */
/* `counters [NAME ...]`: all of the card's counters, or those whose names begin so. */
#include "driver/espctl/objects.h"

#include <inttypes.h>
#include <string.h>

bool counters_wanted(const struct args *args, const char *name)
{
    for (int i = 0; i < args->count; i++)
        if (strncmp(name, args->word[i], strlen(args->word[i])) == 0)
            return true;
    return args->count == 0;
}

int counters_check_names(struct args *args)
{
    for (int i = 0; i < args->count; i++) {
        const struct args one = {args->ctl, args->what, args->word + i, 1};
        size_t n = 0;
        while (n < espl_counter_count() && !counters_wanted(&one, espl_counter_name(n)))
            n++;
        if (n == espl_counter_count())
            return espctl_fail(args->ctl, "counters: no counter's name begins with \"%s\"",
                               args->word[i]);
    }
    return 0;
}

int espctl_counters(struct args *args)
{
    if (args_peek(args) &&
        (strcmp(args_peek(args), "list") == 0 || strcmp(args_peek(args), "show") == 0))
        (void)args_take(args, args_peek(args));
    if (counters_check_names(args))
        return -1;
    uint64_t values[ESPL_COUNTERS_MAX];
    enum espl_err err = espl_counters(args->ctl->card, values);
    if (err)
        return espctl_fail_card(args->ctl, err);
    json_t *root = args->ctl->json ? json_object() : NULL;
    for (size_t i = 0; i < espl_counter_count(); i++) {
        const char *name = espl_counter_name(i);
        if (!counters_wanted(args, name))
            continue;
        if (!args->ctl->json) {
            (void)fprintf(args->ctl->out, "%-24s %" PRIu64 "\n", name, values[i]);
        } else if (json_object_set_new(root, name, json_integer((json_int_t)values[i]))) {
            json_decref(root);
            return espctl_fail(args->ctl, "out of memory");
        }
    }
    return args->ctl->json ? show_json(args->ctl, root) : 0;
}
