/* One interface, and the two kinds of frames: ARP (RFC 826) and Neighbor Discovery (RFC 4861). Used by client.c and responder.c. */
#pragma once
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ARP_REQUEST = 1, ARP_REPLY = 2, SOLICITATION = 135, ADVERTISEMENT = 136, ICMPV6 = 58, FRAME_ROOM = 128 };

struct arp {
    uint8_t to[6], from[6];
    uint16_t ethertype, hardware, protocol;
    uint8_t hardware_size, protocol_size;
    uint16_t operation;
    uint8_t sender_mac[6], sender_ip[4], target_mac[6], target_ip[4];
    uint8_t padding[18];
} __attribute__((packed));
_Static_assert(sizeof(struct arp) == 60, "the shortest Ethernet frame");
enum { ARP_SIZE = 42 };

struct ndp {
    uint8_t to[6], from[6];
    uint16_t ethertype;
    uint32_t version;
    uint16_t payload_size;
    uint8_t next_header, hop_limit, source[16], destination[16];
    uint8_t type, code;
    uint16_t checksum;
    uint32_t flags;
    uint8_t target[16], option, option_size, option_mac[6];
} __attribute__((packed));
_Static_assert(sizeof(struct ndp) == 86, "one link-layer address option");
enum { NDP_ICMP_SIZE = 32 };

static inline void fail(const char *what) {
    fprintf(stderr, "%s: %s\n", what, errno ? strerror(errno) : "wrong");
    exit(2);
}

static inline int family_of(const char *text, uint8_t address[16]) {
    int family = strchr(text, ':') ? AF_INET6 : AF_INET;
    if (inet_pton(family, text, address) == 1) return family;
    errno = 0;
    fail(text);
    return 0;
}

static inline void mac_of(const char *name, uint8_t mac[6]) {
    struct ifreq request = {0};
    snprintf(request.ifr_name, IFNAMSIZ, "%s", name);
    int any = socket(AF_INET, SOCK_DGRAM, 0);
    if (any < 0 || ioctl(any, SIOCGIFHWADDR, &request)) fail(name);
    close(any);
    memcpy(mac, request.ifr_hwaddr.sa_data, 6);
}

/* A raw socket on the interface. The filter is attached before the bind, so that nothing else is ever queued. */
static inline int open_link(const char *name, uint16_t ethertype, const struct sock_filter *filter, unsigned short length) {
    int link = socket(AF_PACKET, SOCK_RAW, 0);
    if (link < 0) fail("socket");
    struct sock_fprog program = {length, (struct sock_filter *)filter};
    if (length && setsockopt(link, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program)) fail("SO_ATTACH_FILTER");
    int room = 8 << 20;
    setsockopt(link, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ethertype), .sll_ifindex = (int)if_nametoindex(name)};
    if (!address.sll_ifindex || bind(link, (struct sockaddr *)&address, sizeof address)) fail(name);
    return link;
}

/* Adds up 16-bit words; every length here is even. */
static inline uint32_t add_words(uint32_t sum, const void *from, size_t length) {
    const uint8_t *octets = from;
    for (size_t i = 0; i < length; i += 2) sum += (uint32_t)octets[i] << 8 | octets[i + 1];
    return sum;
}

/* The ICMPv6 checksum over the pseudo header and the message (RFC 4443, 2.3): 0 for a frame that carries the right one. */
static inline uint16_t checksum_of(const struct ndp *frame) {
    uint32_t sum = add_words(ICMPV6 + NDP_ICMP_SIZE, frame->source, 32);
    sum = add_words(sum, &frame->type, NDP_ICMP_SIZE);
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return htons((uint16_t)~sum);
}
