/* responder INTERFACE IPV4 IPV6
 *
 * The yardstick: the least that a program in user space can do to answer ARP and NDP for addresses that the kernel does not have.
 * One AF_PACKET socket for both; a kernel filter that lets through only requests for the two addresses; one thread that blocks in recv
 * and answers with send. It is no product: it follows no link, announces nothing, and its answers to probes (RFC 5227) are not right.
 */
#include "link.h"

int main(int count, char **words) {
    if (count != 4) {
        fprintf(stderr, "usage: responder INTERFACE IPV4 IPV6\n");
        return 2;
    }
    uint8_t v4[16], v6[16], mac[6];
    if (family_of(words[2], v4) != AF_INET || family_of(words[3], v6) != AF_INET6) fail("IPV4 IPV6");
    mac_of(words[1], mac);
    uint32_t tail4, tail6;
    memcpy(&tail4, v4, 4);
    memcpy(&tail6, v6 + 12, 4);
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_ARP, 0, 4),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 20),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARP_REQUEST, 0, 8),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 38),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohl(tail4), 5, 6),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 0, 5),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 54),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SOLICITATION, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 74),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohl(tail6), 0, 1),
        BPF_STMT(BPF_RET | BPF_K, FRAME_ROOM),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    int link = open_link(words[1], ETH_P_ALL, filter, sizeof filter / sizeof *filter);
    struct packet_mreq every_group = {.mr_ifindex = (int)if_nametoindex(words[1]), .mr_type = PACKET_MR_ALLMULTI};
    if (setsockopt(link, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &every_group, sizeof every_group)) fail("PACKET_ADD_MEMBERSHIP");
    puts("answering");
    fflush(stdout);

    for (;;) {
        union { uint8_t octets[FRAME_ROOM]; struct arp arp; struct ndp ndp; } frame;
        ssize_t size = recv(link, &frame, sizeof frame, 0);
        if (size < 0) fail("recv");
        if (size >= ARP_SIZE && frame.arp.ethertype == htons(ETH_P_ARP) && !memcmp(frame.arp.target_ip, v4, 4)) {
            struct arp answer = frame.arp;
            memcpy(answer.to, frame.arp.sender_mac, 6);
            memcpy(answer.from, mac, 6);
            answer.operation = htons(ARP_REPLY);
            memcpy(answer.sender_mac, mac, 6);
            memcpy(answer.sender_ip, v4, 4);
            memcpy(answer.target_mac, frame.arp.sender_mac, 6);
            memcpy(answer.target_ip, frame.arp.sender_ip, 4);
            if (send(link, &answer, ARP_SIZE, 0) < 0 && errno != ENOBUFS) fail("send");
        } else if (size == sizeof frame.ndp && frame.ndp.hop_limit == 255 && !memcmp(frame.ndp.target, v6, 16)) {
            struct ndp answer = frame.ndp;
            memcpy(answer.to, frame.ndp.from, 6);
            memcpy(answer.from, mac, 6);
            memcpy(answer.source, v6, 16);
            memcpy(answer.destination, frame.ndp.source, 16);
            answer.type = ADVERTISEMENT;
            answer.flags = htonl(0x60000000); /* Solicited, Override */
            answer.option = 2;
            memcpy(answer.option_mac, mac, 6);
            answer.checksum = 0;
            answer.checksum = checksum_of(&answer);
            if (send(link, &answer, sizeof answer, 0) < 0 && errno != ENOBUFS) fail("send");
        }
    }
}
