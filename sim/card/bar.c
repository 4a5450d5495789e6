/* SPDX-License-Identifier: Apache-2.0 */
/* The ways into the register page, together (see bar.h). */
#include "sim/card/bar.h"

#include <string.h>

bool bar_spec_parse(struct bar_specs *specs, const char *text)
{
    if (strncmp(text, "shm:", 4) != 0 || !text[4])
        return false;
    specs->shm = text + 4;
    return true;
}

bool bar_open(struct bar *bar, const struct bar_specs *specs, const struct bar_ops *ops, void *user,
              char *why, size_t why_len)
{
    memset(bar, 0, sizeof *bar);
    if (specs->socket)
        bar->has_server = bar_server_open(&bar->server, specs->socket, ops, user, why, why_len);
    if (specs->socket && !bar->has_server)
        return false;
    if (specs->shm)
        bar->has_shm = bar_shm_open(&bar->shm, specs->shm, ops, user, why, why_len);
    return !specs->shm || bar->has_shm;
}

void bar_close(struct bar *bar)
{
    if (bar->has_shm)
        bar_shm_close(&bar->shm);
    if (bar->has_server)
        bar_server_close(&bar->server);
}

size_t bar_fds(const struct bar *bar, struct pollfd fds[BAR_FDS])
{
    return bar->has_server ? bar_server_fds(&bar->server, fds) : 0;
}

bool bar_serve(struct bar *bar, const struct pollfd *fds, size_t n, bool moved)
{
    return (!bar->has_server || bar_server_serve(&bar->server, fds, n)) &&
           (!bar->has_shm || bar_shm_serve(&bar->shm, moved));
}

void bar_irq(struct bar *bar, bool level)
{
    if (bar->has_server)
        bar_server_irq(&bar->server, level);
}

uint64_t bar_patience(const struct bar *bar)
{
    return bar->has_shm ? bar_shm_patience(&bar->shm) : UINT64_MAX;
}
