/* SPDX-License-Identifier: Apache-2.0 */
/* What every command does; vici_command finds them by name. */
#ifndef CTRL_VICI_COMMANDS_H
#define CTRL_VICI_COMMANDS_H

#include "ctrl/vici/server.h"

/* status.c */
bool vici_version(struct vici_request *r);
bool vici_stats(struct vici_request *r);
bool vici_reload_settings(struct vici_request *r);
bool vici_get_algorithms(struct vici_request *r);

/* list.c */
bool vici_list_sas(struct vici_request *r);
bool vici_list_conns(struct vici_request *r);
bool vici_list_nothing(struct vici_request *r); /* there are none of that kind */
bool vici_get_conns(struct vici_request *r);
bool vici_get_shared(struct vici_request *r);

/* control.c */
bool vici_initiate(struct vici_request *r);
bool vici_terminate(struct vici_request *r);
bool vici_rekey(struct vici_request *r);

/* load.c */
bool vici_load_conn(struct vici_request *r);
bool vici_unload_conn(struct vici_request *r);

/* shared.c */
bool vici_load_shared(struct vici_request *r);
bool vici_unload_shared(struct vici_request *r);
bool vici_clear_creds(struct vici_request *r);
/* What a load-* message says, as the section `top` of swanctl.conf. NULL: the request was refused.
 */
struct config *vici_read_config(struct vici_request *r, const char *top);
/* The same of settings that were made otherwise. */
struct settings;
struct config *vici_config_of(struct vici_request *r, const struct settings *settings);

/* trap.c */
bool vici_install(struct vici_request *r);
bool vici_uninstall(struct vici_request *r);
bool vici_list_policies(struct vici_request *r);

/* pool.c */
bool vici_load_pool(struct vici_request *r);
bool vici_unload_pool(struct vici_request *r);
bool vici_get_pools(struct vici_request *r);

/* certs.c */
bool vici_load_cert(struct vici_request *r);
bool vici_load_key(struct vici_request *r);
bool vici_unload_key(struct vici_request *r);
bool vici_get_keys(struct vici_request *r);
bool vici_list_certs(struct vici_request *r);
bool vici_flush_certs(struct vici_request *r);
bool vici_load_authority(struct vici_request *r);
bool vici_unload_authority(struct vici_request *r);
bool vici_list_authorities(struct vici_request *r);
bool vici_get_authorities(struct vici_request *r);

#endif
