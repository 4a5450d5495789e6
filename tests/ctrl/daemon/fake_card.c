/* SPDX-License-Identifier: Apache-2.0 */
/* The host's side of driver/bus/sim_proto.h, answered by a table of registers. */
#include "tests/ctrl/daemon/fake_card.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "driver/bus/sim_proto.h"
#include "driver/regs.h"

#define PAGE 4096u

static uint32_t regs[PAGE / 4];

static uint32_t *reg(uint32_t off)
{
    return &regs[off / 4];
}

static void note_operation(struct fake_card_seen *seen, uint32_t op, uint32_t index)
{
    const uint32_t *w = reg(ESPL_REG_MBOX_REQ);
    seen->ops[op & 0xff]++;
    if (op == ESPL_OP_NEIGH_SET && seen->neigh_count < 64) {
        uint32_t addr = w[ESPL_NEIGH_ENTRY_ADDR];
        for (int i = 0; i < 4; i++)
            seen->neigh[seen->neigh_count][i] = (uint8_t)(addr >> (24 - 8 * i));
        seen->neigh_count++;
    }
    if (op == ESPL_OP_PORT_SET && index < 3) {
        for (int i = 0; i < 2; i++)
            seen->mac[index][i] = (uint8_t)(w[ESPL_PORT_ENTRY_MAC_HI] >> (8 - 8 * i));
        for (int i = 0; i < 4; i++)
            seen->mac[index][2 + i] = (uint8_t)(w[ESPL_PORT_ENTRY_MAC_LO] >> (24 - 8 * i));
    }
    if ((op & 0x0f) < 0x04 && op != ESPL_OP_NOP && op != ESPL_OP_PORT_GET &&
        op != ESPL_OP_POLICY_GET && op != ESPL_OP_NEIGH_GET && op != ESPL_OP_NEXTHOP_GET)
        (*reg(ESPL_REG_CHANGES))++;
}

static void write_words(struct fake_card_seen *seen, uint32_t off, const uint32_t *words,
                        uint32_t count)
{
    for (uint32_t i = 0; i < count && off + 4 * i < PAGE; i++) {
        *reg(off + 4 * i) = words[i];
        if (off + 4 * i != ESPL_REG_MBOX_DOORBELL)
            continue;
        note_operation(seen, *reg(ESPL_REG_MBOX_OP), *reg(ESPL_REG_MBOX_INDEX));
        *reg(ESPL_REG_MBOX_DONE) = words[i];
        *reg(ESPL_REG_MBOX_REASON) = ESPL_REASON_OK;
        *reg(ESPL_REG_MBOX_DETAIL) = 0x10000; /* *_NEXT: no more rows */
        memset(reg(ESPL_REG_MBOX_REQ), 0, 4 * ESPL_MBOX_REQ_WORDS);
    }
}

static void serve(int fd, struct fake_card_seen *seen)
{
    struct espl_sim_msg m = {.magic = ESPL_SIM_MAGIC,
                             .op = ESPL_SIM_HELLO,
                             .count = 1,
                             .addr = ESPL_SIM_PROTO,
                             .words = {PAGE}};
    if (send(fd, &m, ESPL_SIM_HEADER + 4, 0) < 0)
        return;
    while (recv(fd, &m, sizeof(m), 0) >= (ssize_t)ESPL_SIM_HEADER) {
        if (m.op == ESPL_SIM_WRITE)
            write_words(seen, m.addr, m.words, m.count);
        if (m.op != ESPL_SIM_READ || m.addr + 4u * m.count > PAGE)
            continue;
        m.op = ESPL_SIM_DATA;
        memcpy(m.words, reg(m.addr), 4u * m.count);
        if (send(fd, &m, ESPL_SIM_HEADER + 4u * m.count, 0) < 0)
            return;
    }
}

static void set_registers(uint32_t map_sum)
{
    *reg(ESPL_REG_MAGIC) = ESPL_MAGIC_VALUE;
    *reg(ESPL_REG_MAP_SUM) = map_sum;
    *reg(ESPL_REG_CAP_SA) = 16u << ESPL_CAP_SA_OUT_SHIFT | 16u << ESPL_CAP_SA_IN_SHIFT;
    *reg(ESPL_REG_CAP_POLICY) = 16;
    *reg(ESPL_REG_CAP_NEIGH) =
        64u << ESPL_CAP_NEIGH_PER_BANK_SHIFT | 16u << ESPL_CAP_NEIGH_NEXTHOPS_SHIFT;
    *reg(ESPL_REG_CAP_SIZE) =
        1518u << ESPL_CAP_SIZE_FRAME_SHIFT | 64u << ESPL_CAP_SIZE_WINDOW_SHIFT;
    *reg(ESPL_REG_CAP_ALG) = ESPL_CAP_ALG_GCM16_256_MASK;
    *reg(ESPL_REG_CAP_MODE) =
        ESPL_CAP_MODE_TUNNEL_MASK | ESPL_CAP_MODE_ENCAP_MASK | ESPL_CAP_MODE_IPV4_MASK;
    *reg(ESPL_REG_STATUS) = ESPL_STATUS_READY_MASK;
}

void fake_card_start(struct fake_card *card, const char *path, uint32_t map_sum)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    assert_true(strlen(path) < sizeof(sa.sun_path));
    strcpy(sa.sun_path, path);
    card->seen =
        mmap(NULL, sizeof(*card->seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(card->seen != MAP_FAILED);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
    assert_int_equal(listen(fd, 4), 0);
    card->pid = fork();
    assert_true(card->pid >= 0);
    if (card->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        set_registers(map_sum);
        for (int c; (c = accept(fd, NULL, NULL)) >= 0; close(c))
            serve(c, card->seen);
        _exit(0);
    }
    close(fd);
}

void fake_card_kill(struct fake_card *card)
{
    if (card->pid > 0) {
        kill(card->pid, SIGKILL);
        waitpid(card->pid, NULL, 0);
    }
    if (card->seen)
        munmap(card->seen, sizeof(*card->seen));
    *card = (struct fake_card){0};
}
