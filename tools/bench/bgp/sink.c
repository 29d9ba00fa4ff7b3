// A BGP router that only counts. Takes one session at a time, from whoever connects, and says when the number of prefixes that it knows becomes one that is watched for.
//   sink ADDRESS COUNT...
// Prints lines, times in nanoseconds of CLOCK_MONOTONIC:
//   established TIME              when our KEEPALIVE was sent, before which the peer may send no route; said when its own has come
//   prefixes COUNT TIME OCTETS    after what came at once; octets of UPDATE messages since the session was established
//   lost                          the session is over; the next one is awaited
// The prefixes are IPv4 /32s above 10.0.0.0, at most a million; any other octets are a fault, which ends it with exit code 1.
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEADER = 19, LONGEST = 4096, OPEN = 1, UPDATE = 2, NOTIFICATION = 3, KEEPALIVE = 4, FIRST = 0x0A000000, MOST = 1 << 20 };

static uint8_t known[MOST];
static long count;
static int connection;

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void fail(const char *what) {
    fprintf(stderr, "sink: %s\n", what);
    exit(1);
}

static unsigned get16(const uint8_t *p) { return (unsigned)p[0] << 8 | p[1]; }

static void say(uint8_t type, const uint8_t *body, size_t length) {
    uint8_t message[LONGEST];
    memset(message, 0xFF, 16);
    message[16] = (uint8_t)((HEADER + length) >> 8);
    message[17] = (uint8_t)(HEADER + length);
    message[18] = type;
    if (length > 0) memcpy(message + HEADER, body, length);
    // Who has gone meanwhile is found out at the next read.
    if (send(connection, message, HEADER + length, MSG_NOSIGNAL) < 0) return;
}

static void take_prefixes(const uint8_t *p, const uint8_t *end, bool comes) {
    while (p < end) {
        if (*p != 32 || end - p < 5) fail("a prefix that is no /32");
        uint32_t index = ((uint32_t)p[1] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 8 | p[4]) - FIRST;
        if (index >= MOST) fail("a prefix out of range");
        if (known[index] != comes) count += comes ? 1 : -1;
        known[index] = comes;
        p += 5;
    }
}

static void take_update(const uint8_t *body, size_t length) {
    if (length < 4) fail("an UPDATE that is too short");
    size_t withdrawn = get16(body);
    if (withdrawn + 4 > length) fail("an UPDATE whose withdrawn routes do not fit");
    size_t attributes = get16(body + 2 + withdrawn);
    if (withdrawn + attributes + 4 > length) fail("an UPDATE whose attributes do not fit");
    take_prefixes(body + 2, body + 2 + withdrawn, false);
    take_prefixes(body + 4 + withdrawn + attributes, body + length, true);
}

// Version 4, AS 64513, hold time 90 s, identifier 192.0.2.2; IPv4 unicast, route refresh, four-octet AS numbers.
static const uint8_t open_body[] = { 4, 0xFC, 0x01, 0, 90, 192, 0, 2, 2, 16, 2, 14, 1, 4, 0, 1, 0, 1, 2, 0, 65, 4, 0, 0, 0xFC, 0x01 };

static void serve(int counts, const long *watched) {
    static uint8_t input[1 << 20];
    size_t have = 0;
    int64_t octets = 0, allowed = 0;
    bool established = false;
    memset(known, 0, sizeof known);
    count = 0;
    say(OPEN, open_body, sizeof open_body);
    for (;;) {
        ssize_t got = recv(connection, input + have, sizeof input - have, 0);
        if (got <= 0) break;
        have += (size_t)got;
        long before = count;
        size_t at = 0;
        while (have - at >= HEADER) {
            size_t length = get16(input + at + 16);
            if (length < HEADER || length > LONGEST) fail("a message that is too short or too long");
            if (have - at < length) break;
            switch (input[at + 18]) {
                case OPEN:
                    allowed = now();
                    say(KEEPALIVE, NULL, 0);
                    break;
                case KEEPALIVE:
                    if (!established) {
                        printf("established %lld\n", (long long)allowed);
                        // As a router does that has nothing to announce. BIRD's loop and FRR's come back to what they have left for later when something comes in.
                        say(KEEPALIVE, NULL, 0);
                        say(UPDATE, (const uint8_t[]){ 0, 0, 0, 0 }, 4);
                        established = true;
                    } else say(KEEPALIVE, NULL, 0);
                    break;
                case UPDATE:
                    octets += (int64_t)length;
                    take_update(input + at + HEADER, length - HEADER);
                    break;
                case NOTIFICATION: fprintf(stderr, "sink: NOTIFICATION %u/%u\n", input[at + HEADER], input[at + HEADER + 1]); break;
            }
            at += length;
        }
        memmove(input, input + at, have - at);
        have -= at;
        for (int i = 0; i < counts; i++)
            if (count == watched[i] && before != count) printf("prefixes %ld %lld %lld\n", count, (long long)now(), (long long)octets);
        fflush(stdout);
    }
    puts("lost");
    fflush(stdout);
}

int main(int argc, char **argv) {
    long watched[16];
    if (argc < 3 || argc > 18) fail("usage: sink ADDRESS COUNT...");
    for (int i = 2; i < argc; i++) watched[i - 2] = atol(argv[i]);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(179) };
    if (inet_pton(AF_INET, argv[1], &address.sin_addr) != 1) fail("no IPv4 address");
    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 1) < 0) fail("cannot listen on port 179");
    while ((connection = accept(listener, NULL, NULL)) >= 0) {
        serve(argc - 2, watched);
        close(connection);
    }
    return 1;
}
