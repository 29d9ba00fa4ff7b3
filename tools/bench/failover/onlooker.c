/* onlooker INTERFACE SOURCE TARGET ask       asks by ARP (RFC 826) for TARGET each millisecond, until SIGTERM. A line for each frame that says who has it:
 *                                            "answer TIME MAC" for an answer to the asker, "told TIME MAC" for what is said unasked (gratuitous)
 * onlooker INTERFACE SOURCE TARGET stream    sends an ICMP echo request to TARGET each millisecond, through the kernel and its neighbor table, as any host's
 *                                            packets go, until SIGTERM; then waits a second and prints "sent COUNT lost COUNT longest COUNT": replies that
 *                                            never came, and how many of them in a row
 * TIME is in microseconds of the wall clock, taken by the kernel when the frame came in. A request is sent when its time has come whether or not the one before was answered;
 * those whose time went by while the program did not run are not made up for. Exit code 0; 2 where it could not work.
 */
#define _GNU_SOURCE
#include "../layer2/link.h"
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <signal.h>
#include <time.h>

static const int64_t millisecond = 1000000, second = 1000000000;
static volatile sig_atomic_t stopped;

static void stop(int number) {
    (void)number;
    stopped = 1;
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * second + time.tv_nsec;
}

/* Whether something came before the time. */
static int wait_for(int socket, int64_t until) {
    int64_t left = until - now();
    if (left <= 0) return 0;
    struct timespec limit = {left / second, left % second};
    struct pollfd of = {.fd = socket, .events = POLLIN};
    int ready = ppoll(&of, 1, &limit, NULL);
    if (ready < 0 && errno != EINTR) fail("ppoll");
    return ready > 0;
}

/* The time for the request after the one that was due. */
static int64_t next_after(int64_t due) {
    int64_t time = now();
    return due + millisecond > time ? due + millisecond : time + millisecond;
}

static void ask(const char *interface, const uint8_t source[4], const uint8_t target[4]) {
    uint32_t wanted;
    memcpy(&wanted, target, 4);
    const struct sock_filter from_target[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 28),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohl(wanted), 0, 1),
        BPF_STMT(BPF_RET | BPF_K, FRAME_ROOM),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    int link = open_link(interface, ETH_P_ARP, from_target, sizeof from_target / sizeof *from_target), on = 1;
    if (setsockopt(link, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on)) fail("SO_TIMESTAMPNS");
    struct arp request = {.ethertype = htons(ETH_P_ARP), .hardware = htons(1), .protocol = htons(ETH_P_IP), .hardware_size = 6, .protocol_size = 4, .operation = htons(ARP_REQUEST)};
    memset(request.to, 0xff, 6);
    mac_of(interface, request.from);
    memcpy(request.sender_mac, request.from, 6);
    memcpy(request.sender_ip, source, 4);
    memcpy(request.target_ip, target, 4);
    for (int64_t due = now(); !stopped; due = next_after(due)) {
        /* A link that is full for a moment is no failure of the one who is asked. */
        if (send(link, &request, sizeof request, 0) < 0 && errno != ENOBUFS) fail("send");
        while (wait_for(link, due + millisecond) && !stopped) {
            struct arp frame;
            char control[CMSG_SPACE(sizeof(struct timespec))];
            struct iovec room = {&frame, sizeof frame};
            struct msghdr message = {.msg_iov = &room, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
            ssize_t size = recvmsg(link, &message, MSG_DONTWAIT);
            if (size < ARP_SIZE) continue;
            struct timespec at = {0};
            for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part))
                if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SO_TIMESTAMPNS) memcpy(&at, CMSG_DATA(part), sizeof at);
            int is_answer = frame.operation == htons(ARP_REPLY) && !memcmp(frame.target_ip, source, 4) && !memcmp(frame.target_mac, request.from, 6);
            const uint8_t *mac = frame.sender_mac;
            printf("%s %lld %02x:%02x:%02x:%02x:%02x:%02x\n", is_answer ? "answer" : "told", (long long)at.tv_sec * 1000000 + at.tv_nsec / 1000, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
        }
    }
}

static uint16_t sum_of(const void *octets, size_t length) {
    uint32_t sum = add_words(0, octets, length);
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return htons((uint16_t)~sum);
}

enum { SEQUENCES = 65536 };

/* Marks the replies that are there. */
static void collect(int socket, uint16_t id, uint8_t *seen) {
    for (;;) {
        uint8_t packet[FRAME_ROOM];
        ssize_t size = recv(socket, packet, sizeof packet, MSG_DONTWAIT);
        if (size < 0) return;
        size_t header = (size_t)(packet[0] & 15) * 4;
        if ((size_t)size < header + sizeof(struct icmphdr)) continue;
        struct icmphdr reply;
        memcpy(&reply, packet + header, sizeof reply);
        if (reply.type == ICMP_ECHOREPLY && reply.un.echo.id == id) seen[ntohs(reply.un.echo.sequence)] = 1;
    }
}

static void stream(const char *interface, const uint8_t source[4], const uint8_t target[4]) {
    static uint8_t seen[SEQUENCES];
    struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET};
    memcpy(&from.sin_addr, source, 4);
    memcpy(&to.sin_addr, target, 4);
    int link = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), room = 8 << 20;
    if (link < 0 || setsockopt(link, SOL_SOCKET, SO_BINDTODEVICE, interface, (socklen_t)strlen(interface)) || bind(link, (struct sockaddr *)&from, sizeof from)) fail(interface);
    setsockopt(link, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    uint16_t id = htons((uint16_t)getpid());
    long sent = 0, lost = 0, longest = 0, row = 0;
    for (int64_t due = now(); !stopped && sent < SEQUENCES; due = next_after(due)) {
        struct icmphdr request = {.type = ICMP_ECHO, .un.echo = {id, htons((uint16_t)sent)}};
        request.checksum = sum_of(&request, sizeof request);
        /* An answer that says "no route" would be one that is lost. */
        sendto(link, &request, sizeof request, 0, (struct sockaddr *)&to, sizeof to);
        sent++;
        while (wait_for(link, due + millisecond) && !stopped) collect(link, id, seen);
    }
    for (int64_t end = now() + second; now() < end;)
        if (wait_for(link, end)) collect(link, id, seen);
    for (long i = 0; i < sent; i++) {
        row = seen[i] ? 0 : row + 1;
        lost += !seen[i];
        if (row > longest) longest = row;
    }
    printf("sent %ld lost %ld longest %ld\n", sent, lost, longest);
}

int main(int count, char **words) {
    uint8_t source[16], target[16];
    if (count != 5 || family_of(words[2], source) != AF_INET || family_of(words[3], target) != AF_INET) {
        fprintf(stderr, "usage: onlooker INTERFACE SOURCE TARGET ask|stream (IPv4)\n");
        return 2;
    }
    struct sigaction action = {.sa_handler = stop};
    sigaction(SIGTERM, &action, NULL);
    /* Who reads along sees no half lines. */
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!strcmp(words[4], "ask")) ask(words[1], source, target);
    else if (!strcmp(words[4], "stream")) stream(words[1], source, target);
    else {
        errno = 0;
        fail(words[4]);
    }
    return 0;
}
