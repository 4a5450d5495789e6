/* SPDX-License-Identifier: Apache-2.0 */
/* What the process gives up. */
#ifndef CTRL_HARDEN_H
#define CTRL_HARDEN_H

/* Before a secret is read: no core dump, no debugger of the same user. -1: errno. */
int harden_secrets(void);
/* After everything is open: of root's capabilities only that to ask for neighbours is kept, and
 * nothing can be got back. 0, or -1. */
int harden_privileges(void);

#endif
