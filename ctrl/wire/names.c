/* SPDX-License-Identifier: Apache-2.0 */
/* Names of exchanges and notifies, for the log. */
#include "ctrl/wire/ike.h"

#include <stddef.h>

static const struct {
    unsigned type;
    const char *name;
} notifies[] = {
    {UNSUPPORTED_CRITICAL_PAYLOAD, "UNSUPPORTED_CRITICAL_PAYLOAD"},
    {INVALID_IKE_SPI, "INVALID_IKE_SPI"},
    {INVALID_MAJOR_VERSION, "INVALID_MAJOR_VERSION"},
    {INVALID_SYNTAX, "INVALID_SYNTAX"},
    {INVALID_MESSAGE_ID, "INVALID_MESSAGE_ID"},
    {INVALID_SPI, "INVALID_SPI"},
    {NO_PROPOSAL_CHOSEN, "NO_PROPOSAL_CHOSEN"},
    {INVALID_KE_PAYLOAD, "INVALID_KE_PAYLOAD"},
    {AUTHENTICATION_FAILED, "AUTHENTICATION_FAILED"},
    {NO_ADDITIONAL_SAS, "NO_ADDITIONAL_SAS"},
    {INTERNAL_ADDRESS_FAILURE, "INTERNAL_ADDRESS_FAILURE"},
    {FAILED_CP_REQUIRED, "FAILED_CP_REQUIRED"},
    {UNACCEPTABLE_ADDRESSES, "UNACCEPTABLE_ADDRESSES"},
    {UNEXPECTED_NAT_DETECTED, "UNEXPECTED_NAT_DETECTED"},
    {TS_UNACCEPTABLE, "TS_UNACCEPTABLE"},
    {INVALID_SELECTORS, "INVALID_SELECTORS"},
    {TEMPORARY_FAILURE, "TEMPORARY_FAILURE"},
    {CHILD_SA_NOT_FOUND, "CHILD_SA_NOT_FOUND"},
    {INITIAL_CONTACT, "INITIAL_CONTACT"},
    {COOKIE, "COOKIE"},
    {USE_TRANSPORT_MODE, "USE_TRANSPORT_MODE"},
    {REKEY_SA, "REKEY_SA"},
};

const char *notify_name(unsigned type)
{
    for (size_t i = 0; i < sizeof notifies / sizeof *notifies; i++)
        if (notifies[i].type == type)
            return notifies[i].name;
    return type < NOTIFY_FIRST_STATUS ? "an error without a name here" : "a status notify";
}

const char *ike_exchange_name(unsigned exchange)
{
    switch (exchange) {
    case IKE_SA_INIT:
        return "IKE_SA_INIT";
    case IKE_AUTH:
        return "IKE_AUTH";
    case CREATE_CHILD_SA:
        return "CREATE_CHILD_SA";
    case INFORMATIONAL:
        return "INFORMATIONAL";
    default:
        return "unknown exchange";
    }
}
