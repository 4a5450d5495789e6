/* SPDX-License-Identifier: Apache-2.0 */
/* Keys in the files that Wireshark reads, for who looks for a fault: only when env.keys is set. */
#ifndef CTRL_SA_KEYLOG_H
#define CTRL_SA_KEYLOG_H

#include "ctrl/sa/state.h"

void keylog_ike(const struct ike_sa *sa);
/* Before the keys of the CHILD_SA are wiped. */
void keylog_child(const struct ike_sa *sa, const struct child_sa *child);

#endif
