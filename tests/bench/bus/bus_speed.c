/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast a card's bus is, as the driver sees it. usage: bus_speed URI [READS [SAS]]
 * Prints one line of JSON: microseconds (best, median, mean) of a register read, of a register
 * write with the read that ends it, of one mailbox operation, of an SA added and of one deleted.
 */
#include "driver/bus/bus.h"
#include "driver/regs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MOST 100000u

static const struct espl_bus_ops *const buses[] = {&espl_bus_pci, &espl_bus_xrt, &espl_bus_shm,
                                                   &espl_bus_sim};
static double sample[MOST];
static char line[1024]; /* written at once: XRT writes on the same descriptor */

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void tell(const char *name, unsigned count)
{
    double sum = 0;
    for (unsigned i = 0; i < count; i++)
        sum += sample[i];
    qsort(sample, count, sizeof *sample, by_size);
    size_t at = strlen(line);
    (void)snprintf(line + at, sizeof line - at,
                   ", \"%s_us\": {\"best\": %.2f, \"median\": %.2f, \"mean\": %.2f}", name,
                   sample[0], sample[count / 2], sum / count);
}

static void give_up(const char *why)
{
    fprintf(stderr, "bus_speed: %s\n", why);
    exit(1);
}

static const struct espl_bus_ops *open_bus(const char *uri, struct espl_bus **bus)
{
    char why[512];
    for (size_t i = 0; i < sizeof buses / sizeof *buses; i++) {
        size_t n = strlen(buses[i]->scheme);
        if (strncmp(uri, buses[i]->scheme, n) != 0 || uri[n] != ':')
            continue;
        if (buses[i]->open(uri + n + 1, bus, why, sizeof why))
            give_up(why);
        return buses[i];
    }
    give_up("no such bus");
    return NULL;
}

static void registers(const struct espl_bus_ops *ops, struct espl_bus *bus, unsigned count)
{
    uint32_t value;
    for (unsigned i = 0; i < count; i++) {
        double began = now_us();
        if (ops->rd32(bus, ESPL_REG_MAGIC, &value) || value != ESPL_MAGIC_VALUE)
            give_up("a read failed");
        sample[i] = now_us() - began;
    }
    tell("read", count);
    for (unsigned i = 0; i < count; i++) {
        double began = now_us();
        if (ops->wr32(bus, ESPL_REG_MBOX_INDEX, i) || ops->rd32(bus, ESPL_REG_MAGIC, &value))
            give_up("a write failed");
        sample[i] = now_us() - began;
    }
    tell("write_read", count);
}

static void tables(const struct espl_bus_ops *ops, struct espl_bus *bus, unsigned count)
{
    static double gone[MOST];
    struct espl_card *card;
    char why[512];
    bool set;
    espl_mac mac;
    struct espl_sa sa = {.dir = ESPL_DIR_OUT,
                         .spi = 0x45000000,
                         .src = {.family = ESPL_IPV4, .bytes = {192, 0, 2, 1}},
                         .dst = {.family = ESPL_IPV4, .bytes = {192, 0, 2, 2}},
                         .alg = ESPL_GCM16,
                         .key_len = 36};
    if (espl_card_open_bus(ops, bus, &card, why, sizeof why))
        give_up(why);
    if (espl_sa_add(card, &sa)) /* the first one reads the tables, and makes the next hop */
        give_up(espl_card_error(card));
    for (unsigned i = 0; i < count; i++) {
        double began = now_us();
        if (espl_port_get_mac(card, ESPL_PORT_PLAIN, &set, mac))
            give_up(espl_card_error(card));
        sample[i] = now_us() - began;
    }
    tell("mailbox", count);
    for (unsigned i = 0; i < count; i++) {
        sa.spi++;
        double began = now_us();
        if (espl_sa_add(card, &sa))
            give_up(espl_card_error(card));
        sample[i] = now_us() - began;
        began = now_us();
        if (espl_sa_delete(card, sa.dir, &sa.dst, sa.spi))
            give_up(espl_card_error(card));
        gone[i] = now_us() - began;
    }
    tell("sa_add", count);
    memcpy(sample, gone, count * sizeof *gone);
    tell("sa_delete", count);
    sa.spi = 0x45000000;
    if (espl_sa_delete(card, sa.dir, &sa.dst, sa.spi))
        give_up(espl_card_error(card));
    espl_card_close(card);
}

int main(int argc, char **argv)
{
    unsigned reads = argc > 2 ? (unsigned)atoi(argv[2]) : 2000;
    unsigned sas = argc > 3 ? (unsigned)atoi(argv[3]) : 100;
    if (argc < 2 || !reads || reads > MOST || !sas || sas > MOST || !strchr(argv[1], ':'))
        return 2;
    (void)snprintf(line, sizeof line, "{\"uri\": \"%.400s\"", argv[1]);
    struct espl_bus
        *bus; /* opened once: XRT waits 10 seconds when it loads an xclbin in emulation */
    const struct espl_bus_ops *ops = open_bus(argv[1], &bus);
    registers(ops, bus, reads);
    tables(ops, bus, sas);
    printf("\n%s}\n", line);
    return 0;
}
