/* SPDX-License-Identifier: Apache-2.0 */
/* version, stats, get-algorithms, reload-settings: about the daemon itself. */
#include <malloc.h>
#include <sys/utsname.h>
#include <time.h>

#include "ctrl/crypto/alg.h"
#include "ctrl/vici/commands.h"
#include "ctrl/vici/names.h"

bool vici_version(struct vici_request *r)
{
    struct utsname u;
    vici_add(&r->out, "daemon", "espalierd");
    vici_add(&r->out, "version", "%s", ESPL_VERSION);
    if (uname(&u) == 0) {
        vici_add(&r->out, "sysname", "%s", u.sysname);
        vici_add(&r->out, "release", "%s", u.release);
        vici_add(&r->out, "machine", "%s", u.machine);
    }
    return true;
}

/* swanctl shows what charon has: there is one thread, and what its queues would be is done at once.
 */
static void put_jobs(struct vici_out *o)
{
    static const char *const priorities[] = {"critical", "high", "medium", "low"};
    vici_section(o, "workers");
    vici_add(o, "total", "1");
    vici_add(o, "idle", "0");
    vici_section(o, "active");
    for (size_t i = 0; i < 4; i++)
        vici_add(o, priorities[i], "%u", i == 0);
    vici_section_end(o);
    vici_section_end(o);
    vici_section(o, "queues");
    for (size_t i = 0; i < 4; i++)
        vici_add(o, priorities[i], "0");
    vici_section_end(o);
}

static void put_uptime(struct vici_out *o, const struct vici *v)
{
    uint64_t up = (uv_now(v->loop) - v->started_at) / 1000;
    char since[64] = "";
    time_t t = (time_t)v->since;
    struct tm tm;
    if (gmtime_r(&t, &tm))
        (void)strftime(since, sizeof(since), "%b %d %H:%M:%S %Y", &tm);
    vici_section(o, "uptime");
    if (up < 120)
        vici_add(o, "running", "%llu seconds", (unsigned long long)up);
    else if (up < 7200)
        vici_add(o, "running", "%llu minutes", (unsigned long long)up / 60);
    else
        vici_add(o, "running", "%llu hours", (unsigned long long)up / 3600);
    vici_add(o, "since", "%s", since);
    vici_section_end(o);
}

static void put_ike_sas(struct vici_out *o, const struct ike_manager *m)
{
    size_t total = 0, half_open = 0;
    for (const struct ike_sa *sa = ike_manager_first(m); sa; sa = ike_manager_next(sa)) {
        total++;
        half_open += (sa->state & (IKE_INIT_SENT | IKE_HALF_OPEN | IKE_AUTH_SENT)) != 0;
    }
    vici_section(o, "ikesas");
    vici_add(o, "total", "%zu", total);
    vici_add(o, "half-open", "%zu", half_open);
    vici_section_end(o);
}

static size_t count_tasks(const struct ike_manager *m)
{
    size_t n = 0;
    for (const struct ike_sa *sa = ike_manager_first(m); sa; sa = ike_manager_next(sa))
        for (const struct task *t = sa->tasks; t; t = t->next)
            n++;
    return n;
}

bool vici_stats(struct vici_request *r)
{
    struct vici_out *o = &r->out;
    struct mallinfo2 heap = mallinfo2();
    put_uptime(o, r->vici);
    put_jobs(o);
    vici_add(o, "scheduled", "%zu", count_tasks(r->vici->env.ike));
    put_ike_sas(o, r->vici->env.ike);
    vici_list(o, "plugins");
    vici_item(o, "espalier"); /* the card's data plane */
    vici_list_end(o);
    vici_section(o, "mallinfo");
    vici_add(o, "sbrk", "%zu", heap.arena);
    vici_add(o, "mmap", "%zu", heap.hblkhd);
    vici_add(o, "used", "%zu", heap.uordblks);
    vici_add(o, "free", "%zu", heap.fordblks);
    vici_section_end(o);
    return true;
}

static void put_algorithms(struct vici_out *o, const char *section, const struct vici_name *table,
                           bool (*take)(unsigned id))
{
    vici_section(o, section);
    for (; table->name; table++)
        if (!take || take(table->id))
            vici_add(o, table->name, "openssl");
    vici_section_end(o);
}

static bool is_aead(unsigned id)
{
    return alg_is_aead(id);
}

static bool is_no_aead(unsigned id)
{
    return !alg_is_aead(id);
}

bool vici_get_algorithms(struct vici_request *r)
{
    put_algorithms(&r->out, "encryption", vici_encrs, is_no_aead);
    put_algorithms(&r->out, "integrity", vici_integs, NULL);
    put_algorithms(&r->out, "aead", vici_encrs, is_aead);
    put_algorithms(&r->out, "prf", vici_prfs, NULL);
    put_algorithms(&r->out, "dh", vici_groups, NULL);
    return true;
}

bool vici_reload_settings(struct vici_request *r)
{
    char why[512] = "";
    if (r->vici->env.reload(r->vici->env.user, why, sizeof(why)) != 0)
        return vici_refuse(r, "%s", why);
    return vici_succeed(r);
}
