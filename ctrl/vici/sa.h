/* SPDX-License-Identifier: Apache-2.0 */
/* How VICI shows an IKE_SA and its CHILD_SAs: in list-sa, and in the events about them. */
#ifndef CTRL_VICI_SA_H
#define CTRL_VICI_SA_H

#include "ctrl/exchange/control.h"
#include "ctrl/vici/wire.h"

/* What stands inside the IKE_SA's section, but for child-sas. */
void vici_put_ike(struct vici_out *o, const struct ike_sa *sa);
/* What stands inside the CHILD_SA's section: its counters are asked of the data plane. */
void vici_put_child(struct vici_out *o, const struct ike_sa *sa, const struct child_sa *child);
/* A section of child-sas, with its name. */
void vici_put_child_section(struct vici_out *o, const struct ike_sa *sa,
                            const struct child_sa *child);

#endif
