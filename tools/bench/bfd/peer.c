// The other end of many BFD sessions (RFC 5880, single hop, IPv4), 50 ms three times: one that is never late, so that what goes wrong is the doing of the side under test.
//   peer SESSIONS
// Session N is from 192.0.2.(100+N) to 192.0.2.N. Orders come by the standard input, a line each:
//   cut COUNT         so often, one session after the other falls silent until the other side has said that it is down
// Prints lines, times in milliseconds:
//   up                every session is up, at the intervals agreed
//   cut TIME          from the last packet of a session that fell silent until the other side's word that it is down
//   down neighbor N   a session that did not fall silent: the other side says that it is down, for diagnostic N (1: it has heard nothing for its detection time)
//   down silence      likewise: nothing was heard of the other side for our detection time
//   late TIME         a packet of ours was sent later than it was to be since all are up: by 5 and more than any before
// The sessions come up again by themselves. Exit code 1: a cut was not noticed in five seconds.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PORT = 3784, FIRST_SOURCE_PORT = 49152, LENGTH = 24, MOST = 100, MULTIPLIER = 3 };
enum { DOWN = 1, INIT = 2, UP = 3 };
enum { POLL = 0x20, FINAL = 0x10 };

static const int64_t MS = 1000000, FAST = 50 * 1000000LL, SLOW = 1000 * 1000000LL;

struct session {
    int socket, state, diagnostic;
    uint32_t theirs;
    // What the other side has said, in nanoseconds; its multiplier.
    int64_t transmits, receives;
    int multiplier;
    bool polling, cut;
    int64_t heard, sent, due, since;
};

static struct session sessions[MOST];
static int count, left, next_cut;
static int64_t cut_due, worst = 5 * 1000000LL;
static bool said_up;

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void fail(const char *what) {
    fprintf(stderr, "peer: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

static uint32_t get32(const uint8_t *p) { return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]; }

static void put32(uint8_t *p, uint32_t value) {
    value = htonl(value);
    memcpy(p, &value, 4);
}

// RFC 5880 section 6.8.3: no faster than once a second unless up.
static int64_t desired(const struct session *s) { return s->state == UP ? FAST : SLOW; }

static void transmit(struct session *s, int bits) {
    uint8_t packet[LENGTH] = { (uint8_t)(1 << 5 | s->diagnostic), (uint8_t)(s->state << 6 | bits), MULTIPLIER, LENGTH };
    put32(packet + 4, (uint32_t)(s - sessions) + 1);
    put32(packet + 8, s->theirs);
    put32(packet + 12, (uint32_t)(desired(s) / 1000));
    put32(packet + 16, (uint32_t)(FAST / 1000));
    // A refusal (ICMP) while nobody is there yet comes back as an error, and means nothing.
    if (send(s->socket, packet, sizeof packet, 0) < 0 && errno != ECONNREFUSED) fail("send");
    s->sent = now();
}

// RFC 5880 section 6.8.7: 75 to 100 % of the interval.
static void schedule(struct session *s) {
    int64_t interval = larger(desired(s), s->receives);
    s->due = s->sent + interval / 4 * 3 + (int64_t)((double)interval / 4 * rand() / RAND_MAX);
}

static void become(struct session *s, int state, int diagnostic, int64_t at) {
    s->state = state;
    s->diagnostic = diagnostic;
    s->since = at;
    // The interval changes with the state, which is to be confirmed.
    s->polling = state == UP;
}

static bool is_settled(const struct session *s) { return s->state == UP && !s->polling && s->transmits == FAST && s->receives == FAST; }

static void take(struct session *s, const uint8_t *packet, int64_t at) {
    int state = packet[1] >> 6, before = s->state;
    int64_t interval = s->receives;
    s->heard = at;
    s->multiplier = packet[2];
    s->theirs = get32(packet + 4);
    s->transmits = get32(packet + 12) * 1000LL;
    s->receives = get32(packet + 16) * 1000LL;
    if (packet[1] & FINAL) s->polling = false;
    if (s->cut) {
        if (state > DOWN) return;
        printf("cut %.3f\n", (double)(at - s->sent) / (double)MS);
        s->cut = false;
        left--;
        cut_due = at + 100 * MS;
        become(s, DOWN, 3, at);
    } else if (state <= DOWN && before == UP) {
        printf("down neighbor %d\n", packet[0] & 0x1F);
        become(s, DOWN, 3, at);
    } else if (before == DOWN && state == DOWN) become(s, INIT, 0, at);
    else if ((before == DOWN && state == INIT) || (before == INIT && state >= INIT)) become(s, UP, 0, at);
    if (packet[1] & POLL) transmit(s, FINAL);
    if (s->state != before) {
        transmit(s, s->polling ? POLL : 0);
        schedule(s);
    } else if (s->receives != interval) schedule(s);
}

static void receive(int socket, int64_t at) {
    uint8_t packet[256];
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    ssize_t got;
    while ((got = recvfrom(socket, packet, sizeof packet, MSG_DONTWAIT, (struct sockaddr *)&from, &length)) >= 0) {
        uint32_t ours = get32(packet + 8);
        int index = ours > 0 ? (int)ours - 1 : (int)(ntohl(from.sin_addr.s_addr) & 0xFF) - 1;
        if (got >= LENGTH && index >= 0 && index < count) take(&sessions[index], packet, at);
        length = sizeof from;
    }
}

static void advance(struct session *s, int64_t at) {
    if (s->state != DOWN && !s->cut && at - s->heard > s->multiplier * larger(FAST, s->transmits)) {
        if (s->state == UP) puts("down silence");
        become(s, DOWN, 1, at);
        s->theirs = 0;
        s->due = at;
    }
    if (s->cut && at - s->sent > 5000 * MS) fail("a cut that nobody has noticed");
    if (s->cut || at < s->due) return;
    if (said_up && at - s->due > worst) {
        worst = at - s->due;
        printf("late %.1f\n", (double)worst / (double)MS);
    }
    transmit(s, s->polling ? POLL : 0);
    schedule(s);
}

int main(int argc, char **argv) {
    count = argc == 2 ? atoi(argv[1]) : 0;
    if (count < 1 || count > MOST) {
        fputs("usage: peer SESSIONS (1 to 100)\n", stderr);
        return 2;
    }
    int listener = socket(AF_INET, SOCK_DGRAM, 0), hops = 255;
    struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(PORT) };
    if (bind(listener, (struct sockaddr *)&any, sizeof any) < 0) fail("port 3784");
    for (int i = 0; i < count; i++) {
        struct sockaddr_in here = { AF_INET, htons((uint16_t)(FIRST_SOURCE_PORT + i)), { htonl(0xC0000200u + 101u + (uint32_t)i) }, { 0 } };
        struct sockaddr_in there = { AF_INET, htons(PORT), { htonl(0xC0000200u + 1u + (uint32_t)i) }, { 0 } };
        struct session *s = &sessions[i];
        *s = (struct session){ .socket = socket(AF_INET, SOCK_DGRAM, 0), .state = DOWN };
        if (setsockopt(s->socket, IPPROTO_IP, IP_TTL, &hops, sizeof hops) < 0 || bind(s->socket, (struct sockaddr *)&here, sizeof here) < 0) fail("bind");
        if (connect(s->socket, (struct sockaddr *)&there, sizeof there) < 0) fail("connect");
    }
    struct pollfd ready[] = { { listener, POLLIN, 0 }, { STDIN_FILENO, POLLIN, 0 } };
    for (;;) {
        int64_t at = now(), first = at + SLOW;
        for (int i = 0; i < count; i++)
            if (!sessions[i].cut && sessions[i].due < first) first = sessions[i].due;
        if (left > 0 && cut_due < first) first = cut_due;
        struct timespec wait = { 0, first > at ? first - at : 0 };
        if (wait.tv_nsec >= 1000000000) wait = (struct timespec){ 1, 0 };
        if (ppoll(ready, 2, &wait, NULL) < 0) fail("ppoll");
        // First the clock, then the socket: what is taken for silent has nothing unread that came before.
        at = now();
        if (ready[0].revents) receive(listener, at);
        if (ready[1].revents) {
            char line[64];
            ssize_t got = read(STDIN_FILENO, line, sizeof line - 1);
            if (got <= 0) ready[1].fd = -1;
            else if (line[got] = 0, sscanf(line, "cut %d", &left) == 1) cut_due = at;
        }
        int settled = 0;
        for (int i = 0; i < count; i++) {
            advance(&sessions[i], at);
            settled += is_settled(&sessions[i]);
        }
        if (!said_up && settled == count) {
            puts("up");
            said_up = true;
        }
        if (left > 0 && at >= cut_due) {
            struct session *s = &sessions[next_cut];
            if (is_settled(s) && at - s->since > SLOW) {
                s->cut = true;
                next_cut = (next_cut + 1) % count;
                cut_due = INT64_MAX;
            } else cut_due = at + 10 * MS;
        }
        fflush(stdout);
    }
}
