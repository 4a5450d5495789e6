/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The processes of espalierd by what each may do: the signer has secrets, the one that fetches has
 * connections, the network-facing one has what strangers send, and this one, their parent, has
 * root.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctrl/daemon/daemon.h"
#include "ctrl/fetch/link.h"
#include "ctrl/log/log.h"
#include "ctrl/parent/parent.h"
#include "ctrl/signer/signer.h"

static int fork_network(struct parent *p, struct signer *signer, struct fetch_link *fetch)
{
    int ends[2];
    if (packet_pair(ends) != 0)
        return -1;
    p->link = ends[0];
    p->network = fork();
    if (p->network == 0) {
        signer_inherit(signer);
        _exit(daemon_process(p->options, signer, fetch, ends[1], p->queue.wake));
    }
    close(ends[1]);
    return p->network > 0 ? 0 : -1;
}

/* Each before there is a file, a socket or a secret that it would inherit. */
int processes_start(struct parent *p)
{
    struct signer *signer = signer_start();
    struct fetch_link *fetch = signer ? fetch_link_start() : NULL;
    int status = 0;
    p->queue.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!signer)
        status = parent_fail(p, EXIT_FAILED, "the signer can't be started: %s", strerror(errno));
    else if (!fetch)
        status = parent_fail(p, EXIT_FAILED, "the process that fetches can't be started: %s",
                             strerror(errno));
    else if (p->queue.wake < 0 || fork_network(p, signer, fetch) != 0)
        status = parent_fail(p, EXIT_FAILED, "the network-facing process can't be started: %s",
                             strerror(errno));
    p->signer = signer ? signer_pid(signer) : 0;
    p->fetch = fetch ? fetch_link_pid(fetch) : 0;
    signer_hand_over(signer, &p->keys, &p->door);
    fetch_link_free(fetch);
    return status;
}

void processes_tell(const struct parent *p)
{
    if (geteuid() != 0) {
        log_info("processes: parent %d, signer %d, fetch %d, network-facing %d; all are this user, "
                 "as espalierd was not started by root",
                 (int)getpid(), (int)p->signer, (int)p->fetch, (int)p->network);
        return;
    }
    const char *signer = confine_user(&signer_confinement), *none = "?";
    char names[2][64];
    (void)snprintf(names[0], sizeof names[0], "%s", signer ? signer : none);
    const char *other = confine_user(&daemon_confinement);
    (void)snprintf(names[1], sizeof names[1], "%s", other ? other : none);
    log_info("processes: parent %d (root, with CAP_NET_ADMIN only), signer %d (%s), fetch %d (%s), "
             "network-facing %d (%s, in an empty root)",
             (int)getpid(), (int)p->signer, names[0], (int)p->fetch, names[1], (int)p->network,
             names[1]);
}

bool processes_reap(struct parent *p, int *status)
{
    int ended;
    pid_t pid;
    bool ends = false;
    while ((pid = waitpid(-1, &ended, WNOHANG)) > 0) {
        const char *name = pid == p->signer  ? "the signer"
                           : pid == p->fetch ? "the process that fetches"
                                             : "the network-facing process";
        if (WIFSIGNALED(ended))
            (void)parent_fail(p, EXIT_FAILED, "%s was ended by signal %d (%s)", name,
                              WTERMSIG(ended), strsignal(WTERMSIG(ended)));
        if (pid == p->network) {
            p->network = 0;
            *status = WIFEXITED(ended) ? WEXITSTATUS(ended) : EXIT_FAILED;
            ends = true;
        }
    }
    return ends;
}
