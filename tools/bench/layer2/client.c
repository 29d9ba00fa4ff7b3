/* client INTERFACE SOURCE TARGET ping COUNT           one request after the other; prints each round trip in microseconds
 * client INTERFACE SOURCE TARGET saturate SECONDS     64 requests outstanding at any time; prints answers per second
 * client INTERFACE SOURCE TARGET steady SECONDS       a request each millisecond, whether or not the last one is answered; prints how long each answer took in microseconds;
 *                                                     by ARP, and from all addresses that differ from SOURCE in their last octet only
 * client INTERFACE SOURCE TARGET flood RATE SECONDS   RATE requests per second for addresses that nobody has; prints what was sent per second,
 *                                                     then how many of the requests for TARGET strewn among them were answered, in percent
 *
 * Asks by ARP where TARGET is an IPv4 address and by NDP where it is an IPv6 one. Every field of every answer is checked.
 * It sleeps until an answer is there. A client that spins instead measures a few microseconds less on an idle machine, but where anything else runs it
 * has used up its share of the processor, is put aside in the middle of a round trip, and its p99 is that of the scheduler.
 * Exit code 0; 1 where an answer was missing (three seconds) or wrong; 2 where it could not work.
 */
#define _GNU_SOURCE
#include "link.h"
#include <poll.h>
#include <time.h>

enum { WINDOW = 64, BATCH = 50, STREWN = 1000, ASKERS = 256 };
static const int64_t second = 1000000000;

struct asker {
    int link, family;
    size_t named; /* octets of the source that an answer must name */
    uint8_t mac[6], source[16], target[16];
    size_t size;
    union { uint8_t octets[FRAME_ROOM]; struct arp arp; struct ndp ndp; } request;
};

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * second + time.tv_nsec;
}

static void compose(struct asker *asker) {
    memset(&asker->request, 0, sizeof asker->request);
    if (asker->family == AF_INET) {
        struct arp *arp = &asker->request.arp;
        memset(arp->to, 0xff, 6);
        memcpy(arp->from, asker->mac, 6);
        arp->ethertype = htons(ETH_P_ARP);
        arp->hardware = htons(1);
        arp->protocol = htons(ETH_P_IP);
        arp->hardware_size = 6;
        arp->protocol_size = 4;
        arp->operation = htons(ARP_REQUEST);
        memcpy(arp->sender_mac, asker->mac, 6);
        memcpy(arp->sender_ip, asker->source, 4);
        memcpy(arp->target_ip, asker->target, 4);
        asker->size = sizeof *arp;
        return;
    }
    /* To the solicited-node group of the target (RFC 4291, 2.7.1). */
    struct ndp *ndp = &asker->request.ndp;
    const uint8_t *tail = asker->target + 13;
    memcpy(ndp->to, (uint8_t[]){0x33, 0x33, 0xff, tail[0], tail[1], tail[2]}, 6);
    memcpy(ndp->from, asker->mac, 6);
    ndp->ethertype = htons(ETH_P_IPV6);
    ndp->version = htonl(6u << 28);
    ndp->payload_size = htons(NDP_ICMP_SIZE);
    ndp->next_header = ICMPV6;
    ndp->hop_limit = 255;
    memcpy(ndp->source, asker->source, 16);
    memcpy(ndp->destination, (uint8_t[]){0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0xff, tail[0], tail[1], tail[2]}, 16);
    ndp->type = SOLICITATION;
    memcpy(ndp->target, asker->target, 16);
    ndp->option = 1;
    ndp->option_size = 1;
    memcpy(ndp->option_mac, asker->mac, 6);
    ndp->checksum = checksum_of(ndp);
    asker->size = sizeof *ndp;
}

/* farpd writes the address of all where that of the asker belongs; its answers count. */
static int is_mine_or_all(const struct asker *asker, const uint8_t *mac) {
    static const uint8_t all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    return !memcmp(mac, asker->mac, 6) || !memcmp(mac, all, 6);
}

/* What is wrong with an answer; NULL where nothing is. */
static const char *fault_of(const struct asker *asker, const uint8_t *frame, ssize_t size) {
    if (asker->family == AF_INET) {
        const struct arp *arp = (const struct arp *)frame;
        if (size < ARP_SIZE) return "too short";
        if (!is_mine_or_all(asker, arp->to) || !is_mine_or_all(asker, arp->target_mac)) return "for another hardware address";
        if (arp->hardware != htons(1) || arp->protocol != htons(ETH_P_IP) || arp->hardware_size != 6 || arp->protocol_size != 4) return "wrong ARP header";
        if (memcmp(arp->from, arp->sender_mac, 6) || (arp->sender_mac[0] & 1)) return "wrong sender hardware address";
        if (memcmp(arp->sender_ip, asker->target, 4)) return "for another address";
        if (memcmp(arp->target_ip, asker->source, asker->named)) return "for another asker";
        return NULL;
    }
    const struct ndp *ndp = (const struct ndp *)frame;
    if (size < (ssize_t)sizeof *ndp) return "too short, or without the target's link-layer address";
    if (memcmp(ndp->destination, asker->source, 16)) return "not sent to the client's address";
    if (ndp->hop_limit != 255 || ndp->code || ndp->payload_size != htons(NDP_ICMP_SIZE)) return "wrong IPv6 or ICMPv6 header";
    if (!(ntohl(ndp->flags) & 0x40000000)) return "without the Solicited flag";
    if (memcmp(ndp->target, asker->target, 16)) return "for another address";
    if (ndp->option != 2 || ndp->option_size != 1 || memcmp(ndp->option_mac, ndp->from, 6)) return "wrong link-layer address option";
    if (checksum_of(ndp)) return "wrong checksum";
    return NULL;
}

static void ask(struct asker *asker) {
    if (send(asker->link, &asker->request, asker->size, 0) < 0) fail("send");
}

/* The number of answers that are there, up to WINDOW, each checked; with MSG_WAITFORONE it waits for the first, a tenth of a second at most. */
static int take(struct asker *asker, int flags) {
    static uint8_t frames[WINDOW][FRAME_ROOM];
    struct iovec rooms[WINDOW];
    struct mmsghdr messages[WINDOW] = {0};
    for (int i = 0; i < WINDOW; i++) {
        rooms[i] = (struct iovec){frames[i], FRAME_ROOM};
        messages[i].msg_hdr.msg_iov = &rooms[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    int count = recvmmsg(asker->link, messages, WINDOW, flags, NULL);
    if (count < 0 && errno != EAGAIN) fail("recvmmsg");
    for (int i = 0; i < count; i++) {
        const char *fault = fault_of(asker, frames[i], messages[i].msg_len);
        if (!fault) continue;
        fprintf(stderr, "an answer is %s\n", fault);
        exit(1);
    }
    return count < 0 ? 0 : count;
}

static int ping(struct asker *asker, long count) {
    int64_t *taken = calloc((size_t)count, sizeof *taken);
    for (long i = 0; i < count; i++) {
        uint8_t frame[FRAME_ROOM];
        ssize_t size;
        int64_t begin = now();
        ask(asker);
        while ((size = recv(asker->link, frame, sizeof frame, 0)) < 0) {
            if (errno != EAGAIN) fail("recv");
            if (now() - begin < 3 * second) continue;
            fprintf(stderr, "request %ld of %ld was not answered within three seconds\n", i + 1, count);
            return 1;
        }
        taken[i] = now() - begin;
        const char *fault = fault_of(asker, frame, size);
        if (!fault) continue;
        fprintf(stderr, "answer %ld is %s\n", i + 1, fault);
        return 1;
    }
    for (long i = 0; i < count; i++) printf("%s%.2f", i ? " " : "", (double)taken[i] / 1000);
    putchar('\n');
    return 0;
}

static int saturate(struct asker *asker, double seconds) {
    int64_t begin = now(), end = begin + (int64_t)(seconds * (double)second);
    long answered = 0, outstanding = 0, lost = 0;
    while (now() < end) {
        for (; outstanding < WINDOW; outstanding++) ask(asker);
        int count = take(asker, MSG_WAITFORONE);
        answered += count;
        outstanding -= count < outstanding ? count : outstanding;
        if (count) continue;
        /* A frame that a full queue dropped never comes: its place is given to another. */
        lost += outstanding;
        outstanding = 0;
    }
    if (lost) fprintf(stderr, "%ld of %ld requests were not answered\n", lost, lost + answered);
    printf("%.0f\n", (double)answered / ((double)(now() - begin) / (double)second));
    return answered ? 0 : 1;
}

/* Each asks from an address of its own, of the 256 that share all of the source but its last octet: an answer names its request. What is not answered within 256 ms is counted as that. */
static int steady(struct asker *asker, double seconds) {
    const int64_t interval = 1000000;
    long count = (long)(seconds * 1000), missing = 0;
    int64_t *taken = calloc((size_t)count, sizeof *taken), begin = now();
    long asked[ASKERS];
    for (int i = 0; i < ASKERS; i++) asked[i] = -1;
    for (long sent = 0; sent < count + ASKERS;) {
        int64_t time = now(), due = begin + sent * interval;
        if (time < due) {
            struct timespec until = {0, due - time};
            struct pollfd poll = {.fd = asker->link, .events = POLLIN};
            if (ppoll(&poll, 1, &until, NULL) < 0) fail("ppoll");
            uint8_t frame[FRAME_ROOM];
            ssize_t size;
            while ((size = recv(asker->link, frame, sizeof frame, MSG_DONTWAIT)) >= 0) {
                const char *fault = fault_of(asker, frame, size);
                if (fault) {
                    fprintf(stderr, "an answer is %s\n", fault);
                    return 1;
                }
                long *request = &asked[((const struct arp *)frame)->target_ip[3]];
                if (*request >= 0) taken[*request] = now() - taken[*request];
                *request = -1;
            }
            continue;
        }
        long *last = &asked[sent % ASKERS];
        if (*last >= 0) {
            taken[*last] = ASKERS * interval;
            missing++;
        }
        *last = -1;
        if (sent < count) {
            asker->request.arp.sender_ip[3] = (uint8_t)sent;
            *last = sent;
            taken[sent] = now();
            ask(asker);
        }
        sent++;
    }
    if (missing) fprintf(stderr, "%ld of %ld requests were not answered in time\n", missing, count);
    for (long i = 0; i < count; i++) printf("%s%.2f", i ? " " : "", (double)taken[i] / 1000);
    putchar('\n');
    return missing == count;
}

/* Addresses of the target's network that nobody has: the target itself is what is strewn in. */
static void make_foreign(struct asker *asker, uint8_t *frame, long number) {
    memcpy(frame, &asker->request, asker->size);
    if (asker->family == AF_INET) {
        struct arp *arp = (struct arp *)frame;
        memcpy(arp->target_ip, (uint8_t[]){198, 51, 100, (uint8_t)number}, 4);
        return;
    }
    struct ndp *ndp = (struct ndp *)frame;
    ndp->target[8] = 0xf0;
    ndp->target[13] = (uint8_t)(number >> 16);
    ndp->target[14] = (uint8_t)(number >> 8);
    ndp->target[15] = (uint8_t)number;
    memcpy(ndp->to + 3, ndp->target + 13, 3);
    memcpy(ndp->destination + 13, ndp->target + 13, 3);
    ndp->checksum = 0;
    ndp->checksum = checksum_of(ndp);
}

static int flood(struct asker *asker, double rate, double seconds) {
    static uint8_t frames[BATCH][FRAME_ROOM];
    struct iovec rooms[BATCH];
    struct mmsghdr messages[BATCH] = {0};
    int64_t begin = now(), end = begin + (int64_t)(seconds * (double)second);
    long sent = 0, asked = 0, answered = 0;
    for (int64_t time = begin; time < end; time = now()) {
        answered += take(asker, MSG_DONTWAIT);
        int64_t due = begin + (int64_t)((double)sent / rate * (double)second);
        if (due > time) {
            struct timespec until = {due / second, due % second};
            clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        }
        for (int i = 0; i < BATCH; i++) {
            make_foreign(asker, frames[i], sent + i);
            rooms[i] = (struct iovec){frames[i], asker->size};
            messages[i].msg_hdr.msg_iov = &rooms[i];
            messages[i].msg_hdr.msg_iovlen = 1;
        }
        int count = sendmmsg(asker->link, messages, BATCH, 0);
        if (count < 0) fail("sendmmsg");
        sent += count;
        if (sent / STREWN > asked) {
            ask(asker);
            asked++;
        }
    }
    int64_t stop = now() + second;
    while (answered < asked && now() < stop) answered += take(asker, MSG_WAITFORONE);
    printf("%.0f %.1f\n", (double)sent / ((double)(end - begin) / (double)second), asked ? 100.0 * (double)answered / (double)asked : 0);
    return 0;
}

int main(int count, char **words) {
    if (count < 6) {
        fprintf(stderr, "usage: client INTERFACE SOURCE TARGET ping COUNT | saturate SECONDS | steady SECONDS | flood RATE SECONDS\n");
        return 2;
    }
    struct asker asker;
    asker.family = family_of(words[3], asker.target);
    if (family_of(words[2], asker.source) != asker.family) fail("SOURCE and TARGET of one family");
    mac_of(words[1], asker.mac);
    /* Only what is meant for this client and about the target is an answer: announcements are not, nor what the kernels say to each other. */
    asker.named = strcmp(words[4], "steady") ? 4 : 3;
    uint32_t source, tail, mask = asker.named == 4 ? 0xffffffff : 0xffffff00;
    memcpy(&source, asker.source, 4);
    memcpy(&tail, asker.target + 12, 4);
    const struct sock_filter replies[] = {
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 20),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARP_REPLY, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 38),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohl(source) & mask, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, FRAME_ROOM),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    const struct sock_filter advertisements[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 1, 5, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 74),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohl(tail), 0, 3),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 54),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ADVERTISEMENT, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, FRAME_ROOM),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    asker.link = asker.family == AF_INET ? open_link(words[1], ETH_P_ARP, replies, sizeof replies / sizeof *replies)
                                         : open_link(words[1], ETH_P_IPV6, advertisements, sizeof advertisements / sizeof *advertisements);
    struct timeval tenth = {0, 100000};
    if (setsockopt(asker.link, SOL_SOCKET, SO_RCVTIMEO, &tenth, sizeof tenth)) fail("SO_RCVTIMEO");
    compose(&asker);
    if (!strcmp(words[4], "ping")) return ping(&asker, atol(words[5]));
    if (!strcmp(words[4], "saturate")) return saturate(&asker, atof(words[5]));
    if (!strcmp(words[4], "steady") && asker.family == AF_INET) return steady(&asker, atof(words[5]));
    if (!strcmp(words[4], "flood") && count == 7) return flood(&asker, atof(words[5]), atof(words[6]));
    errno = 0;
    fail(words[4]);
}
