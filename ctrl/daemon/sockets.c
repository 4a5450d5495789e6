/* SPDX-License-Identifier: Apache-2.0 */
/* UDP 500 and 4500 on the WAN netdev. */
#include "ctrl/daemon/sockets.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ctrl/log/log.h"
#include "ctrl/net/net.h"

#define IKE_PORT 500
#define NATT_PORT 4500
#define MARKER 4u /* zero bytes where ESP has its SPI */
#define DATAGRAM 65536u
#define RECEIVE_BUFFER (8 << 20) /* bytes: 4,096 IKE_SA_INITs as the kernel counts them, and more */

union sockaddr_ip {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static socklen_t to_sockaddr(const struct endpoint *e, union sockaddr_ip *sa)
{
    memset(sa, 0, sizeof(*sa));
    if (e->addr.family == ESPL_IPV6) {
        sa->v6.sin6_family = AF_INET6;
        sa->v6.sin6_port = htons(e->port);
        memcpy(&sa->v6.sin6_addr, e->addr.bytes, 16);
        return sizeof(sa->v6);
    }
    sa->v4.sin_family = AF_INET;
    sa->v4.sin_port = htons(e->port);
    memcpy(&sa->v4.sin_addr, e->addr.bytes, 4);
    return sizeof(sa->v4);
}

static void from_sockaddr(const union sockaddr_ip *sa, struct endpoint *e)
{
    memset(e, 0, sizeof(*e));
    if (sa->any.sa_family == AF_INET6) {
        e->addr.family = ESPL_IPV6;
        e->port = ntohs(sa->v6.sin6_port);
        memcpy(e->addr.bytes, &sa->v6.sin6_addr, 16);
    } else {
        e->addr.family = ESPL_IPV4;
        e->port = ntohs(sa->v4.sin_port);
        memcpy(e->addr.bytes, &sa->v4.sin_addr, 4);
    }
}

/* ---------------------------------------------------------------- opening */

static int set_options(int fd, bool v6, const char *device)
{
    int many = RECEIVE_BUFFER;
    int one = 1, no_pmtu = IP_PMTUDISC_DONT; /* IKE messages may be fragmented by IP */
    if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device)) != 0)
        return -1;
    /* a thousand peers may begin at once; without the privilege it is what the system allows */
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &many, sizeof(many)) != 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &many, sizeof(many));
    if (v6)
        return setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) ||
               setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one, sizeof(one));
    return setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one)) ||
           setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &no_pmtu, sizeof(no_pmtu));
}

static int open_one(enum espl_family family, uint16_t port, const char *device)
{
    struct endpoint any = {.addr.family = family, .port = port};
    union sockaddr_ip sa;
    socklen_t len = to_sockaddr(&any, &sa);
    int fd = socket(sa.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 &&
        (set_options(fd, family == ESPL_IPV6, device) != 0 || bind(fd, &sa.any, len) != 0)) {
        int err = errno;
        close(fd);
        errno = err;
        fd = -1;
    }
    return fd;
}

int sockets_open(struct sockets *s, const char *device, char *why, size_t why_len)
{
    static const uint16_t ports[] = {IKE_PORT, NATT_PORT};
    static const enum espl_family families[] = {ESPL_IPV4, ESPL_IPV6};
    s->count = 0;
    for (size_t f = 0; f < 2; f++) {
        for (size_t p = 0; p < 2; p++) {
            int fd = open_one(families[f], ports[p], device);
            if (fd < 0 && families[f] == ESPL_IPV6 &&
                (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
                continue;
            if (fd < 0) {
                (void)snprintf(why, why_len, "UDP port %d on %s can't be opened: %s%s", ports[p],
                               device, strerror(errno),
                               errno == EADDRINUSE ? " (does another IKE daemon run?)" : "");
                sockets_close(s);
                return -1;
            }
            s->all[s->count].fd = fd;
            s->all[s->count].family = families[f];
            s->all[s->count++].port = ports[p];
        }
    }
    return 0;
}

void sockets_close(struct sockets *s)
{
    for (size_t i = 0; i < s->count; i++)
        close(s->all[i].fd);
    s->count = 0;
}

/* ---------------------------------------------------------------- receiving */

/* The address that the datagram was sent to: a host may have several. */
static bool local_address(struct msghdr *msg, struct espl_addr *addr)
{
    memset(addr, 0, sizeof(*addr));
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof(info));
            addr->family = ESPL_IPV4;
            memcpy(addr->bytes, &info.ipi_addr, 4);
            return true;
        }
        if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof(info));
            addr->family = ESPL_IPV6;
            memcpy(addr->bytes, &info.ipi6_addr, 16);
            return true;
        }
    }
    return false;
}

/* RFC 3948 2.2, 2.3: on 4500, four zero bytes go before an IKE message; a single ff is a keepalive;
 * anything else is ESP with an SPI that the card left to the kernel. */
static bool strip_marker(const struct endpoint *peer, const uint8_t **data, size_t *len)
{
    static const uint8_t marker[MARKER];
    char text[INET6_ADDRSTRLEN];
    if (*len == 1 && (*data)[0] == 0xff)
        return false;
    if (*len < MARKER || memcmp(*data, marker, MARKER) != 0) {
        log_peer("%s: %zu bytes on UDP 4500 that are no IKE message",
                 net_addr_text(&peer->addr, text), *len);
        return false;
    }
    *data += MARKER;
    *len -= MARKER;
    return true;
}

/* False: nothing waits there any more. */
static bool receive_one(struct sockets *s, size_t i, sockets_fn each, void *user)
{
    static uint8_t buf[DATAGRAM];
    uint8_t control[256];
    union sockaddr_ip from;
    struct iovec iov = {.iov_base = buf, .iov_len = sizeof(buf)};
    struct msghdr msg = {.msg_name = &from,
                         .msg_namelen = sizeof(from),
                         .msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control,
                         .msg_controllen = sizeof(control)};
    memset(&from, 0, sizeof(from));
    ssize_t n = recvmsg(s->all[i].fd, &msg, 0);
    if (n < 0) /* an ICMP error of an earlier datagram comes here once: the next call goes on */
        return errno != EAGAIN && errno != EWOULDBLOCK && errno != EBADF;
    struct endpoint local = {.port = s->all[i].port}, peer;
    const uint8_t *data = buf;
    size_t len = (size_t)n;
    from_sockaddr(&from, &peer);
    if (msg.msg_flags & MSG_TRUNC || peer.port == 0 || !local_address(&msg, &local.addr))
        return true;
    if (local.port == NATT_PORT && !strip_marker(&peer, &data, &len))
        return true;
    each(user, &local, &peer, data, len);
    return true;
}

void sockets_input(struct sockets *s, size_t i, unsigned limit, sockets_fn each, void *user)
{
    while (limit-- > 0 && receive_one(s, i, each, user))
        ;
}

/* ---------------------------------------------------------------- sending */

static size_t source_info(const struct espl_addr *src, struct msghdr *msg)
{
    struct cmsghdr *c = CMSG_FIRSTHDR(msg);
    if (src->family == ESPL_IPV6) {
        struct in6_pktinfo info = {0};
        memcpy(&info.ipi6_addr, src->bytes, 16);
        c->cmsg_level = IPPROTO_IPV6;
        c->cmsg_type = IPV6_PKTINFO;
        c->cmsg_len = CMSG_LEN(sizeof(info));
        memcpy(CMSG_DATA(c), &info, sizeof(info));
        return CMSG_SPACE(sizeof(info));
    }
    struct in_pktinfo info = {0};
    memcpy(&info.ipi_spec_dst, src->bytes, 4);
    c->cmsg_level = IPPROTO_IP;
    c->cmsg_type = IP_PKTINFO;
    c->cmsg_len = CMSG_LEN(sizeof(info));
    memcpy(CMSG_DATA(c), &info, sizeof(info));
    return CMSG_SPACE(sizeof(info));
}

static void send_parts(struct sockets *s, const struct endpoint *src, const struct endpoint *dst,
                       struct iovec *iov, size_t parts)
{
    union sockaddr_ip to;
    _Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(struct in6_pktinfo))] = {0};
    struct msghdr msg = {.msg_name = &to, .msg_iov = iov, .msg_iovlen = parts};
    char text[INET6_ADDRSTRLEN];
    size_t i = 0;
    while (i < s->count && (s->all[i].port != src->port || s->all[i].family != dst->addr.family))
        i++;
    if (i == s->count) {
        log_debug("no socket for port %u", src->port);
        return;
    }
    msg.msg_namelen = to_sockaddr(dst, &to);
    if (src->addr.family == dst->addr.family) {
        msg.msg_control = control;
        msg.msg_controllen = sizeof(control);
        msg.msg_controllen = source_info(&src->addr, &msg);
    }
    if (sendmsg(s->all[i].fd, &msg, MSG_NOSIGNAL) < 0)
        log_peer("a datagram to %s was not sent: %s", net_addr_text(&dst->addr, text),
                 strerror(errno));
}

void sockets_send(struct sockets *s, const struct endpoint *src, const struct endpoint *dst,
                  const uint8_t *data, size_t len)
{
    static const uint8_t marker[MARKER];
    struct iovec iov[2] = {{(void *)(uintptr_t)marker, MARKER}, {(void *)(uintptr_t)data, len}};
    bool bare = src->port == IKE_PORT;
    send_parts(s, src, dst, bare ? iov + 1 : iov, bare ? 1 : 2);
}

void sockets_keepalive(struct sockets *s, const struct endpoint *src, const struct endpoint *dst)
{
    uint8_t byte = 0xff;
    struct iovec iov = {&byte, 1};
    send_parts(s, src, dst, &iov, 1);
}
