/* SPDX-License-Identifier: Apache-2.0 */
/* The ways into the register page, together (see bar.h). */
#include "sim/card/bar.h"

#include <string.h>

bool bar_spec_parse(struct bar_specs *specs, const char *text)
{
    static const char shm[] = "shm:", hwemu[] = "xrt-hwemu";
    if (strncmp(text, shm, strlen(shm)) == 0 && text[strlen(shm)]) {
        specs->shm = text + strlen(shm);
        return true;
    }
    if (strncmp(text, hwemu, strlen(hwemu)) != 0)
        return false;
    text += strlen(hwemu);
    specs->hwemu = *text == ':' ? text + 1 : text;
    return !*text || (*text == ':' && text[1]);
}

bool bar_open(struct bar *bar, const struct bar_specs *specs, const struct bar_ops *ops, void *user,
              char *why, size_t why_len)
{
    bar->has_server = bar->has_shm = bar->has_hwemu = false;
    if (specs->socket)
        bar->has_server = bar_server_open(&bar->server, specs->socket, ops, user, why, why_len);
    if (specs->socket && !bar->has_server)
        return false;
    if (specs->hwemu)
        bar->has_hwemu = bar_hwemu_open(&bar->hwemu, specs->hwemu, ops, user, why, why_len);
    if (specs->hwemu && !bar->has_hwemu)
        return false;
    if (specs->shm)
        bar->has_shm = bar_shm_open(&bar->shm, specs->shm, ops, user, why, why_len);
    return !specs->shm || bar->has_shm;
}

void bar_close(struct bar *bar)
{
    if (bar->has_shm)
        bar_shm_close(&bar->shm);
    if (bar->has_hwemu)
        bar_hwemu_close(&bar->hwemu);
    if (bar->has_server)
        bar_server_close(&bar->server);
}

size_t bar_fds(const struct bar *bar, struct pollfd fds[BAR_ALL_FDS])
{
    size_t n = bar->has_hwemu ? bar_hwemu_fds(&bar->hwemu, fds) : 0;
    return n + (bar->has_server ? bar_server_fds(&bar->server, fds + n) : 0);
}

bool bar_serve(struct bar *bar, const struct pollfd *fds, size_t n, bool moved)
{
    size_t own = bar->has_hwemu ? BAR_HWEMU_FDS : 0;
    return (!bar->has_hwemu || bar_hwemu_serve(&bar->hwemu, fds, own)) &&
           (!bar->has_server || bar_server_serve(&bar->server, fds + own, n - own)) &&
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
