/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capture files of the classic pcap format, Ethernet only. Read: both byte orders, microseconds and
 * nanoseconds. Written: this machine's byte order, nanoseconds.
 */
#ifndef SIM_PORTS_PCAP_H
#define SIM_PORTS_PCAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct pcap_reader {
    FILE *file; /* owned */
    bool swapped;
    uint64_t frames; /* read so far */
};

/* False: no such file, or no capture of Ethernet frames; `why` is a sentence without the file's
 * name. */
bool pcap_open(struct pcap_reader *r, const char *path, char *why, size_t why_len);
/* The next frame: its length, 0 at the end of the file, -1 when the file is damaged or the frame
 * was cut when it was captured, or is longer than cap. */
long pcap_read(struct pcap_reader *r, uint8_t *frame, size_t cap, char *why, size_t why_len);
void pcap_close(struct pcap_reader *r);

struct pcap_writer {
    FILE *file; /* owned */
};

bool pcap_create(struct pcap_writer *w, const char *path, char *why, size_t why_len);
bool pcap_write(struct pcap_writer *w, uint64_t nanoseconds, const uint8_t *frame, size_t len);
/* False: something could not be written (a full disk). */
bool pcap_finish(struct pcap_writer *w);

#endif
