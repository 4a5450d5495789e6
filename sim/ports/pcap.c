/* SPDX-License-Identifier: Apache-2.0 */
/* Capture files (see pcap.h). */
#include "sim/ports/pcap.h"

#include <errno.h>
#include <string.h>

#define MAGIC_US 0xa1b2c3d4u
#define MAGIC_NS 0xa1b23c4du
#define MAGIC_NG 0x0a0d0d0au /* pcapng's first block */
#define ETHERNET 1u

struct file_header {
    uint32_t magic;
    uint16_t major, minor;
    uint32_t zone, accuracy, snap_len, link_type;
};

struct frame_header {
    uint32_t seconds, fraction, kept, length;
};

static uint32_t order(const struct pcap_reader *r, uint32_t v)
{
    return r->swapped ? __builtin_bswap32(v) : v;
}

static bool check_header(struct pcap_reader *r, char *why, size_t why_len)
{
    struct file_header h;

    if (fread(&h, sizeof h, 1, r->file) != 1) {
        snprintf(why, why_len, "too short for a capture");
        return false;
    }
    r->swapped = h.magic == __builtin_bswap32(MAGIC_US) || h.magic == __builtin_bswap32(MAGIC_NS);
    if (h.magic == MAGIC_NG) {
        snprintf(why, why_len, "a pcapng file; convert it by `editcap -F pcap`");
        return false;
    }
    if (!r->swapped && h.magic != MAGIC_US && h.magic != MAGIC_NS) {
        snprintf(why, why_len, "not a pcap file");
        return false;
    }
    if ((order(r, h.link_type) & 0xffff) != ETHERNET) {
        snprintf(why, why_len, "link type %u is not Ethernet", order(r, h.link_type) & 0xffff);
        return false;
    }
    return true;
}

bool pcap_open(struct pcap_reader *r, const char *path, char *why, size_t why_len)
{
    memset(r, 0, sizeof *r);
    r->file = fopen(path, "rb");
    if (!r->file) {
        snprintf(why, why_len, "%s", strerror(errno));
        return false;
    }
    if (check_header(r, why, why_len))
        return true;
    pcap_close(r);
    return false;
}

long pcap_read(struct pcap_reader *r, uint8_t *frame, size_t cap, char *why, size_t why_len)
{
    struct frame_header h;
    size_t n = fread(&h, 1, sizeof h, r->file);
    unsigned long long at = r->frames + 1;
    uint32_t kept, length;

    if (n == 0 && feof(r->file))
        return 0;
    if (n != sizeof h) {
        snprintf(why, why_len, "ends inside the header of frame %llu", at);
        return -1;
    }
    kept = order(r, h.kept);
    length = order(r, h.length);
    if (kept > cap) {
        snprintf(why, why_len, "frame %llu says it has %u bytes", at, kept);
        return -1;
    }
    if (kept != length || kept == 0) {
        snprintf(why, why_len, "frame %llu was cut to %u of %u bytes when captured", at, kept,
                 length);
        return -1;
    }
    if (fread(frame, 1, kept, r->file) != kept) {
        snprintf(why, why_len, "ends inside frame %llu", at);
        return -1;
    }
    r->frames++;
    return (long)kept;
}

void pcap_close(struct pcap_reader *r)
{
    if (r->file)
        fclose(r->file);
    r->file = NULL;
}

bool pcap_create(struct pcap_writer *w, const char *path, char *why, size_t why_len)
{
    const struct file_header h = {MAGIC_NS, 2, 4, 0, 0, 65536, ETHERNET};

    w->file = fopen(path, "wb");
    if (w->file && fwrite(&h, sizeof h, 1, w->file) == 1)
        return true;
    snprintf(why, why_len, "%s", strerror(errno));
    (void)pcap_finish(w);
    return false;
}

bool pcap_write(struct pcap_writer *w, uint64_t nanoseconds, const uint8_t *frame, size_t len)
{
    const struct frame_header h = {(uint32_t)(nanoseconds / 1000000000u),
                                   (uint32_t)(nanoseconds % 1000000000u), (uint32_t)len,
                                   (uint32_t)len};
    return fwrite(&h, sizeof h, 1, w->file) == 1 && fwrite(frame, len, 1, w->file) == 1;
}

bool pcap_finish(struct pcap_writer *w)
{
    FILE *file = w->file;
    bool ok;

    w->file = NULL;
    if (!file)
        return true;
    ok = !ferror(file);
    return fclose(file) == 0 && ok;
}
