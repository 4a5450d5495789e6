/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state machine, as sequences of messages and wishes: both sides are ours, the input is the
 * network and the users. Each byte is one thing that happens; what travels is lost, doubled, late or
 * out of order as the input says. Whatever it says, no SA may be left behind, and no CHILD_SA may be
 * used with another key than its peer's.
 */
#include "ctrl/exchange/control.h"
#include "tests/ctrl/exchange/lab.h"
#include "tests/fuzz/fuzz.h"

#define STEPS 200
#define END_MS 600000u /* of the clock that jumps: more traffic than that finds nothing new */

static void one_step(struct lab *lab, uint8_t step)
{
    static const unsigned waits[8] = {1, 5, 20, 100, 1000, 4000, 30000, 200000};
    static const struct ike_choice whole = {.ike = "net"};
    struct lab_side *s = &lab->side[step & 1];
    switch (step >> 4) {
    case 0:
        (void)ike_manager_initiate(s->m, "net", "net");
        break;
    case 1:
        (void)ike_manager_rekey_child(s->m, "net");
        break;
    case 2:
        (void)ike_manager_terminate(s->m, "net");
        break;
    case 3:
        lab->cut[step & 1] = step & 2;
        break;
    case 4:
        lab->loss = step & 2 ? 40 : 0;
        lab->dup = step & 4 ? 40 : 0;
        break;
    case 5:
        lab->delay_max = lab->delay_min + (step & 8 ? 3000 : 5);
        break;
    case 6:
        (void)ike_manager_rekey(s->m, &whole);
        break;
    case 7:
        ike_manager_shutdown(s->m);
        break;
    default:
        lab_run(lab, waits[step & 7]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const struct lab_conf conf = {.proposals = "aes256gcm16-prfsha384-x25519"};
    static struct lab lab;
    lab_init(&lab, &conf, &conf);
    lab.traffic = true;
    uint64_t end = lab.now + END_MS;
    for (size_t i = 0; i < len && i < STEPS && lab.now < end; i++)
        one_step(&lab, data[i]);
    lab.loss = lab.dup = 0;
    lab.cut[0] = lab.cut[1] = false;
    for (unsigned i = 0; i < 2; i++)
        ike_manager_shutdown(lab.side[i].m);
    lab.traffic = false;
    lab_run(&lab, 400000);
    lab_free(&lab); /* checks both data planes */
    return 0;
}
