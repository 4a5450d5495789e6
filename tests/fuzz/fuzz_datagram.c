/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagrams of a stranger: header, payload chain, IKE_SA_INIT as responder and its answer as
 * initiator, cookies, fragments that nobody can decrypt. Input: datagrams, each behind two bytes: who
 * gets it (bit 0) from which port (bit 1), how long it is in units of 4.
 */
#include <string.h>

#include "ctrl/sa/state.h"
#include "tests/ctrl/exchange/lab.h"
#include "tests/fuzz/fuzz.h"

#define DATAGRAMS 8

/* SPIs of the IKE_SA that waits for an answer, where the datagram has zeros: a stranger on the path
 * sees them. */
static void fill_spi(const struct lab *lab, uint8_t *data, size_t len)
{
    const struct ike_sa *sa = lab->side[0].m->sas;
    if (!sa || len < IKE_HEADER_LEN)
        return;
    for (size_t i = 0; i < 8; i++)
        if (data[i] == 0)
            data[i] = (uint8_t)(sa->spi_own >> (56 - 8 * i));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const struct lab_conf conf = {.proposals = "aes256gcm16-prfsha384-x25519"};
    static struct lab lab;
    struct feed f = {data, len};
    struct endpoint end[2] = {{{ESPL_IPV4, {10, 99, 0, 1}}, 500}, {{ESPL_IPV4, {10, 99, 0, 2}}, 500}};
    lab_init(&lab, &conf, &conf);
    lab.cut[0] = lab.cut[1] = true;
    ike_manager_initiate(lab.side[0].m, "net", "net");
    for (unsigned i = 0; i < DATAGRAMS && f.len; i++) {
        uint8_t how = feed_u8(&f), copy[1024];
        size_t n = (size_t)feed_u8(&f) * 4;
        unsigned to = how & 1;
        n = n < f.len ? n : f.len;
        memcpy(copy, f.data, n);
        f.data += n;
        f.len -= n;
        if (!to)
            fill_spi(&lab, copy, n);
        end[0].port = end[1].port = how & 2 ? 4500 : 500;
        lab_inject(&lab, to, &end[!to], &end[to], copy, n);
        lab_run(&lab, 15);
    }
    lab_run(&lab, 40000);
    lab_free(&lab);
    return 0;
}
