/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VFIO (linux/Documentation/driver-api/vfio.rst): container, group, device, region, interrupt. The
 * kernel gives a group to one process at a time, so there is no lock: who comes second is told
 * here. The card reads and writes no memory of the host, so nothing is mapped for it in the IOMMU.
 */
#include "driver/bus/vfio.h"
#include "driver/regs.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/vfio.h>
#include <pci/header.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { CONTAINER, GROUP, DEVICE, INTERRUPT }; /* bus->fds: closed from the last */

static enum espl_err cannot(enum espl_err err, const char *what, char *why, size_t why_len)
{
    (void)snprintf(why, why_len, "%s: %s", what, strerror(errno));
    return err;
}

/* /dev/vfio/N of the device's IOMMU group */
static enum espl_err open_group(struct espl_bus *bus, const struct espl_pci_device *device,
                                char *why, size_t why_len)
{
    char link[ESPL_PCI_PATH + 16], target[ESPL_PCI_PATH], path[64];
    (void)snprintf(link, sizeof link, "%s/iommu_group", device->folder);
    ssize_t n = readlink(link, target, sizeof target - 1);
    if (n <= 0) {
        (void)snprintf(why, why_len,
                       "VFIO: the device is in no IOMMU group; is the IOMMU switched "
                       "on (intel_iommu=on)?");
        return ESPL_ERR_OPEN;
    }
    target[n] = '\0';
    (void)snprintf(path, sizeof path, "/dev/vfio/%.40s", basename(target));
    bus->fds[GROUP] = open(path, O_RDWR | O_CLOEXEC);
    if (bus->fds[GROUP] < 0 && errno == EBUSY) {
        (void)snprintf(why, why_len,
                       "%s: another program has the card; VFIO gives it to one at a "
                       "time",
                       path);
        return ESPL_ERR_OPEN;
    }
    return bus->fds[GROUP] < 0 ? cannot(ESPL_ERR_OPEN, path, why, why_len) : ESPL_OK;
}

static enum espl_err join_container(struct espl_bus *bus, char *why, size_t why_len)
{
    struct vfio_group_status status = {.argsz = sizeof status};
    bus->fds[CONTAINER] = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
    if (bus->fds[CONTAINER] < 0)
        return cannot(ESPL_ERR_OPEN, "/dev/vfio/vfio", why, why_len);
    if (ioctl(bus->fds[GROUP], VFIO_GROUP_GET_STATUS, &status) < 0)
        return cannot(ESPL_ERR_OPEN, "VFIO: the group's status", why, why_len);
    if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE)) {
        (void)snprintf(why, why_len,
                       "VFIO: another device of the same IOMMU group has a kernel "
                       "driver; bind all of them to vfio-pci");
        return ESPL_ERR_OPEN;
    }
    if (ioctl(bus->fds[GROUP], VFIO_GROUP_SET_CONTAINER, &bus->fds[CONTAINER]) < 0)
        return cannot(ESPL_ERR_OPEN, "VFIO: joining a container", why, why_len);
    if (ioctl(bus->fds[CONTAINER], VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) < 0)
        return cannot(ESPL_ERR_OPEN, "VFIO: no IOMMU of type 1", why, why_len);
    return ESPL_OK;
}

/* Answers to memory accesses, and may write messages: an MSI is one. */
static enum espl_err switch_on(struct espl_bus *bus, char *why, size_t why_len)
{
    struct vfio_region_info config = {.argsz = sizeof config,
                                      .index = VFIO_PCI_CONFIG_REGION_INDEX};
    uint16_t command;
    if (ioctl(bus->fds[DEVICE], VFIO_DEVICE_GET_REGION_INFO, &config) < 0)
        return cannot(ESPL_ERR_OPEN, "VFIO: the configuration space", why, why_len);
    off_t at = (off_t)config.offset + PCI_COMMAND;
    if (pread(bus->fds[DEVICE], &command, sizeof command, at) == sizeof command) {
        command |= htole16(PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
        if (pwrite(bus->fds[DEVICE], &command, sizeof command, at) == sizeof command)
            return ESPL_OK;
    }
    return cannot(ESPL_ERR_OPEN, "VFIO: switching the device on", why, why_len);
}

static enum espl_err map_bar(struct espl_bus *bus, unsigned bar, uint32_t offset, char *why,
                             size_t why_len)
{
    struct vfio_region_info region = {.argsz = sizeof region,
                                      .index = VFIO_PCI_BAR0_REGION_INDEX + bar};
    if (ioctl(bus->fds[DEVICE], VFIO_DEVICE_GET_REGION_INFO, &region) < 0)
        return cannot(ESPL_ERR_OPEN, "VFIO: the BAR's description", why, why_len);
    if (!(region.flags & VFIO_REGION_INFO_FLAG_MMAP) ||
        region.size < (uint64_t)offset + ESPL_PAGE_BYTES) {
        (void)snprintf(why, why_len, "VFIO: BAR %u, of %llu bytes, cannot be mapped", bar,
                       (unsigned long long)region.size);
        return ESPL_ERR_OPEN;
    }
    if (!espl_mapped_map(bus, bus->fds[DEVICE], region.offset, offset))
        return cannot(ESPL_ERR_OPEN, "VFIO: mapping the BAR", why, why_len);
    return ESPL_OK;
}

static bool has_interrupt(int device, uint32_t index)
{
    struct vfio_irq_info info = {.argsz = sizeof info, .index = index};
    return ioctl(device, VFIO_DEVICE_GET_IRQ_INFO, &info) == 0 && info.count > 0 &&
           (info.flags & VFIO_IRQ_INFO_EVENTFD);
}

/* The first vector of MSI-X or MSI as an eventfd. An INTx line would have to be unmasked after each
 * interrupt; such a device is polled. */
static enum espl_err take_interrupt(struct espl_bus *bus, char *why, size_t why_len)
{
    static const uint32_t kinds[] = {VFIO_PCI_MSIX_IRQ_INDEX, VFIO_PCI_MSI_IRQ_INDEX};
    union {
        struct vfio_irq_set set;
        uint8_t room[sizeof(struct vfio_irq_set) + sizeof(int)];
    } request;
    size_t i = 0;
    while (i < sizeof kinds / sizeof *kinds && !has_interrupt(bus->fds[DEVICE], kinds[i]))
        i++;
    if (i == sizeof kinds / sizeof *kinds)
        return ESPL_OK;
    bus->fds[INTERRUPT] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (bus->fds[INTERRUPT] < 0)
        return cannot(ESPL_ERR_OPEN, "VFIO: eventfd", why, why_len);
    request.set =
        (struct vfio_irq_set){.argsz = sizeof request,
                              .flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
                              .index = kinds[i],
                              .count = 1};
    memcpy(request.set.data, &bus->fds[INTERRUPT], sizeof bus->fds[INTERRUPT]);
    if (ioctl(bus->fds[DEVICE], VFIO_DEVICE_SET_IRQS, &request) < 0)
        return cannot(ESPL_ERR_OPEN, "VFIO: the interrupt", why, why_len);
    bus->interrupt = bus->fds[INTERRUPT];
    return ESPL_OK;
}

enum espl_err espl_vfio_open(struct espl_bus *bus, const struct espl_pci_device *device,
                             unsigned bar, uint32_t offset, char *why, size_t why_len)
{
    char folder[ESPL_PCI_PATH];
    enum espl_err err = open_group(bus, device, why, why_len);
    if (!err)
        err = join_container(bus, why, why_len);
    if (err)
        return err;
    (void)snprintf(folder, sizeof folder, "%s", device->folder);
    bus->fds[DEVICE] = ioctl(bus->fds[GROUP], VFIO_GROUP_GET_DEVICE_FD, basename(folder));
    if (bus->fds[DEVICE] < 0)
        return cannot(ESPL_ERR_OPEN, "VFIO: the device", why, why_len);
    err = switch_on(bus, why, why_len);
    if (!err)
        err = map_bar(bus, bar, offset, why, why_len);
    return err ? err : take_interrupt(bus, why, why_len);
}
