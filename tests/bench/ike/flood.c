/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strangers who begin and never go on: IKE_SA_INIT requests that could be right, each from another
 * address of 10.0.0.0/8, for make bench-ike (tests/bench/ike.py). Only for a network namespace that
 * leads nowhere.
 *
 * usage: ike-flood DESTINATION COUNT PER_SECOND
 */
#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "ctrl/wire/payload.h"
#include "ctrl/wire/proposal.h"

#define BATCH 50u
#define MESSAGE 512u

struct packet {
    struct iphdr ip;
    struct udphdr udp;
    uint8_t ike[MESSAGE];
};

static uint64_t spread(uint64_t x) /* all bits of a count */
{
    x = (x ^ x >> 31) * UINT64_C(0x9e3779b97f4a7c15);
    return x ^ x >> 29;
}

/* One number fills the SPI and begins the nonce and the public value: none of them comes twice. */
static size_t write_init(uint64_t number, uint8_t *out)
{
    static const struct transform transforms[] = {
        {.type = TRANSFORM_ENCR, .id = ENCR_AES_GCM_16, .key_bits = 128},
        {.type = TRANSFORM_PRF, .id = PRF_HMAC_SHA2_256},
        {.type = TRANSFORM_KE, .id = KE_X25519}};
    struct sa_payload sa = {.count = 1};
    uint8_t body[MESSAGE], random[32] = {9};
    struct chain c;
    uint64_t spi = spread(number);
    const struct ike_header h = {
        .spi_i = spi ? spi : 1, .exchange = IKE_SA_INIT, .flags = IKE_FLAG_INITIATOR};
    sa.proposals[0] = (struct proposal){.number = 1, .protocol = PROTO_IKE, .count = 3};
    memcpy(sa.proposals[0].transforms, transforms, sizeof transforms);
    memcpy(random, &spi, sizeof spi);
    chain_begin(&c, body, sizeof body);
    sa_write(&c, &sa);
    ke_write(&c, KE_X25519, (struct bytes){random, sizeof random});
    nonce_write(&c, (struct bytes){random, sizeof random});
    return message_write(&h, &c, out, MESSAGE);
}

/* Without a UDP checksum, which IPv4 allows; the kernel fills in the header's. */
static size_t write_packet(uint64_t number, struct in_addr dst, struct packet *p)
{
    size_t len = write_init(number, p->ike);
    size_t whole = sizeof p->ip + sizeof p->udp + len;
    p->ip = (struct iphdr){.version = 4,
                           .ihl = 5,
                           .tot_len = htons((uint16_t)whole),
                           .ttl = 64,
                           .protocol = IPPROTO_UDP,
                           .saddr = htonl(10u << 24 | ((uint32_t)(number * 167) & 0xffffff)),
                           .daddr = dst.s_addr};
    p->udp = (struct udphdr){
        .source = htons(500), .dest = htons(500), .len = htons((uint16_t)(sizeof p->udp + len))};
    return whole;
}

static bool send_batch(int fd, uint64_t first, unsigned count, struct in_addr dst)
{
    static struct packet packets[BATCH];
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = dst};
    struct mmsghdr messages[BATCH];
    struct iovec parts[BATCH];
    memset(messages, 0, sizeof messages);
    for (unsigned i = 0; i < count; i++) {
        parts[i] = (struct iovec){&packets[i], write_packet(first + i, dst, &packets[i])};
        messages[i].msg_hdr = (struct msghdr){
            .msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &parts[i], .msg_iovlen = 1};
    }
    for (unsigned sent = 0; sent < count;) {
        int n = sendmmsg(fd, messages + sent, count - sent, 0);
        if (n <= 0)
            return false;
        sent += (unsigned)n;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct in_addr dst;
    if (argc != 4 || inet_pton(AF_INET, argv[1], &dst) != 1) {
        fprintf(stderr, "usage: ike-flood DESTINATION COUNT PER_SECOND\n");
        return 2;
    }
    uint64_t count = strtoull(argv[2], NULL, 10), rate = strtoull(argv[3], NULL, 10);
    int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    for (uint64_t done = 0; fd >= 0 && done < count;) {
        unsigned n = count - done < BATCH ? (unsigned)(count - done) : BATCH;
        if (!send_batch(fd, done, n, dst))
            break;
        done += n;
        at.tv_nsec += (long)(n * UINT64_C(1000000000) / rate);
        at.tv_sec += at.tv_nsec / 1000000000;
        at.tv_nsec %= 1000000000;
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
        if (done == count)
            return 0;
    }
    perror("ike-flood");
    return 1;
}
