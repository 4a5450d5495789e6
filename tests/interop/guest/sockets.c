/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The UDP sockets of the guest. usage: sockets ENCAP-PORT ECHO-PORT
 * The kernel decapsulates ESP in UDP only where a socket asks for it (RFC 3948; `ip xfrm` cannot ask);
 * what reaches the second port is sent back, from the address it was sent to.
 */
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/xfrm.h> /* after libc's own names of the same */

#define FAMILIES 2

static int udp_socket(int family, uint16_t port)
{
    const int on = 1;
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } at = {0};
    socklen_t len = family == AF_INET ? sizeof at.v4 : sizeof at.v6;
    int fd = socket(family, SOCK_DGRAM, 0);

    at.any.sa_family = (sa_family_t)family;
    if (family == AF_INET)
        at.v4.sin_port = htons(port);
    else
        at.v6.sin6_port = htons(port);
    if (fd >= 0 && family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on); /* else bind fails */
    if (fd < 0 || bind(fd, &at.any, len) != 0) {
        perror("sockets: bind");
        exit(1);
    }
    return fd;
}

/* As IKE does: what comes to this socket is not itself held against the policies of its addresses. */
static int bypass_policies(int fd, int family, uint8_t dir)
{
    struct xfrm_userpolicy_info policy = {.dir = dir, .action = XFRM_POLICY_ALLOW};

    policy.sel.family = (uint16_t)family;
    return family == AF_INET ? setsockopt(fd, IPPROTO_IP, IP_XFRM_POLICY, &policy, sizeof policy)
                             : setsockopt(fd, IPPROTO_IPV6, IPV6_XFRM_POLICY, &policy, sizeof policy);
}

static int encap_socket(int family, uint16_t port)
{
    const int type = UDP_ENCAP_ESPINUDP;
    int fd = udp_socket(family, port);

    if (setsockopt(fd, IPPROTO_UDP, UDP_ENCAP, &type, sizeof type) != 0 ||
        bypass_policies(fd, family, XFRM_POLICY_IN) != 0 || bypass_policies(fd, family, XFRM_POLICY_OUT) != 0) {
        perror("sockets: encapsulation");
        exit(1);
    }
    return fd;
}

static int echo_socket(int family, uint16_t port)
{
    const int on = 1;
    int fd = udp_socket(family, port);
    int level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
    int name = family == AF_INET ? IP_PKTINFO : IPV6_RECVPKTINFO;

    if (setsockopt(fd, level, name, &on, sizeof on) != 0) {
        perror("sockets: PKTINFO");
        exit(1);
    }
    return fd;
}

/* The packet's own destination becomes the source of the answer; the routes choose the interface. */
static void keep_address_only(struct msghdr *msg)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
            ((struct in_pktinfo *)(void *)CMSG_DATA(c))->ipi_ifindex = 0;
        else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO)
            ((struct in6_pktinfo *)(void *)CMSG_DATA(c))->ipi6_ifindex = 0;
    }
}

static void echo(int fd)
{
    static uint8_t data[65536];
    struct sockaddr_storage from;
    union {
        struct cmsghdr align;
        uint8_t bytes[256];
    } control;
    struct iovec iov = {.iov_base = data, .iov_len = sizeof data};
    struct msghdr msg = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &iov, .msg_iovlen = 1,
                         .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t n = recvmsg(fd, &msg, 0);

    if (n < 0)
        return;
    iov.iov_len = (size_t)n;
    keep_address_only(&msg);
    if (sendmsg(fd, &msg, 0) != n)
        perror("sockets: echo");
}

int main(int argc, char **argv)
{
    static const int family[FAMILIES] = {AF_INET, AF_INET6};
    struct pollfd fds[FAMILIES * 2];

    if (argc != 3)
        return 2;
    for (size_t i = 0; i < FAMILIES; i++) {
        fds[i].fd = encap_socket(family[i], (uint16_t)atoi(argv[1]));
        fds[FAMILIES + i].fd = echo_socket(family[i], (uint16_t)atoi(argv[2]));
    }
    for (size_t i = 0; i < FAMILIES * 2; i++)
        fds[i].events = POLLIN;
    while (poll(fds, FAMILIES * 2, -1) > 0) {
        static uint8_t ike[65536];
        for (size_t i = 0; i < FAMILIES; i++) {
            if (fds[i].revents) /* what is not ESP comes here, and nobody wants it */
                (void)!recv(fds[i].fd, ike, sizeof ike, 0);
            if (fds[FAMILIES + i].revents)
                echo(fds[FAMILIES + i].fd);
        }
    }
    return 1;
}
