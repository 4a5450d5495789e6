/* SPDX-License-Identifier: Apache-2.0 */
/* Names of algorithms. See names.h. */
#include "ctrl/vici/names.h"

#include <stddef.h>

const struct vici_name vici_encrs[] = {
    {ENCR_AES_GCM_16, "AES_GCM_16"},
    {ENCR_CHACHA20_POLY1305, "CHACHA20_POLY1305"},
    {ENCR_AES_CBC, "AES_CBC"},
    {0, NULL}};
const struct vici_name vici_integs[] = {{AUTH_HMAC_SHA2_256_128, "HMAC_SHA2_256_128"},
                                        {AUTH_HMAC_SHA2_384_192, "HMAC_SHA2_384_192"},
                                        {AUTH_HMAC_SHA2_512_256, "HMAC_SHA2_512_256"},
                                        {0, NULL}};
const struct vici_name vici_prfs[] = {{PRF_HMAC_SHA2_256, "PRF_HMAC_SHA2_256"},
                                      {PRF_HMAC_SHA2_384, "PRF_HMAC_SHA2_384"},
                                      {PRF_HMAC_SHA2_512, "PRF_HMAC_SHA2_512"},
                                      {0, NULL}};
const struct vici_name vici_groups[] = {{KE_MODP2048, "MODP_2048"}, {KE_MODP3072, "MODP_3072"},
                                        {KE_MODP4096, "MODP_4096"}, {KE_ECP256, "ECP_256"},
                                        {KE_ECP384, "ECP_384"},     {KE_ECP521, "ECP_521"},
                                        {KE_X25519, "CURVE_25519"}, {0, NULL}};

const char *vici_name(const struct vici_name *table, unsigned id)
{
    while (table->name && table->id != id)
        table++;
    return table->name;
}
