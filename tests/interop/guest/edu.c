/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QEMU's teaching device (docs/specs/edu.rst) through the driver's PCI bus: real registers that act
 * when written, behind the accessor that drives a card. usage: edu PCI-ADDRESS?OPTIONS [SECONDS]
 * It checks identity, liveness and the factorial engine, and where the bus has interrupts, one of
 * those. With SECONDS it keeps the device so long afterwards.
 */
#include "driver/bus/bus.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ID = 0x00, LIVENESS = 0x04, FACTORIAL = 0x08, STATUS = 0x20, RAISE = 0x60, ACK = 0x64 };

static const struct espl_bus_ops *const pci = &espl_bus_pci;

static void check(bool fine, const char *what)
{
    if (fine)
        return;
    printf("edu: %s\n", what);
    exit(1);
}

static uint32_t get(struct espl_bus *bus, uint32_t off)
{
    uint32_t value;
    check(pci->rd32(bus, off, &value) == ESPL_OK, "a read failed");
    return value;
}

static void put(struct espl_bus *bus, uint32_t off, uint32_t value)
{
    check(pci->wr32(bus, off, value) == ESPL_OK, "a write failed");
}

static void registers(struct espl_bus *bus)
{
    uint32_t number = 10;
    check(get(bus, ID) == 0x010000ed, "not the device's identity");
    for (uint32_t x = 1; x; x <<= 1) {
        put(bus, LIVENESS, x);
        check(get(bus, LIVENESS) == ~x, "liveness is not inverted");
    }
    put(bus, FACTORIAL, number);
    while (get(bus, STATUS) & 1)
        usleep(100);
    check(get(bus, FACTORIAL) == 3628800, "10! is not 3628800");
    printf("edu: registers act\n");
}

static void interrupts(struct espl_bus *bus)
{
    struct pollfd p = {.fd = pci->fd(bus), .events = POLLIN};
    uint64_t count;
    check(poll(&p, 1, 0) == 0, "an interrupt that nobody raised");
    for (unsigned i = 1; i <= 3; i++) {
        put(bus, RAISE, i);
        check(poll(&p, 1, 2000) == 1 && read(p.fd, &count, sizeof count) == sizeof count,
              "no interrupt came");
        check(get(bus, 0x24) == i, "another interrupt's status");
        put(bus, ACK, i);
    }
    check(poll(&p, 1, 0) == 0, "more interrupts than were raised");
    printf("edu: interrupts come\n");
}

int main(int argc, char **argv)
{
    struct espl_bus *bus;
    char why[256];
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc < 2)
        return 2;
    if (pci->open(argv[1], &bus, why, sizeof why)) {
        printf("edu: %s\n", why);
        return 1;
    }
    registers(bus);
    if (pci->fd(bus) >= 0)
        interrupts(bus);
    if (argc > 2)
        sleep((unsigned)atoi(argv[2]));
    pci->close(bus);
    return 0;
}
