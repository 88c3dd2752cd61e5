/* The least that is possible, for comparison. `floor` prints the monotonic clock in ns; `floor PORT
 * redis|redis-all|nats|http` connects, asks and waits for the answer's last word, with nothing
 * verified. `floor PORT nats-all MONITOR STREAM...` exchanges every byte of a verdict on NATS: each
 * stream's and the account's state on the client port, /healthz and /varz on the monitor, both at the
 * same time. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct question {
    const char *name;
    const char *request;
    const char *end; /* of the answer */
};

static const struct question questions[] = {
    {"redis", "PING\r\n", "PONG"},
    /* Every byte that a verdict on Redis needs. */
    {"redis-all", "INFO\r\nCONFIG GET append* maxmemory*\r\nPING\r\n", "+PONG"},
    {"nats", "CONNECT {\"verbose\":false}\r\nPING\r\n", "PONG"},
    {"http", "GET /healthz HTTP/1.0\r\n\r\n", "200 OK"},
};

static int connected(const char *port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int peer = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(peer, (struct sockaddr *)&address, sizeof address) != 0) exit(1);
    return peer;
}

static void send_all(int peer, const char *text) {
    if (write(peer, text, strlen(text)) != (ssize_t)strlen(text)) exit(1);
}

/* Reads until `end` has been seen `count` times. */
static void wait_for(int peer, const char *end, int count) {
    static char answer[1 << 20];
    size_t have = 0;
    char *from = answer;
    answer[0] = '\0';
    while (count > 0) {
        ssize_t got = read(peer, answer + have, sizeof answer - 1 - have);
        if (got <= 0) exit(1);
        have += (size_t)got;
        answer[have] = '\0';
        for (char *hit; count > 0 && (hit = strstr(from, end)) != NULL; --count) from = hit + strlen(end);
    }
}

static void nats_all(const char *port, const char *monitor, char **streams, int count) {
    char text[4096] = "CONNECT {\"verbose\":false,\"no_responders\":true,\"headers\":true}\r\nSUB _I 1\r\n";
    for (int i = 0; i < count; ++i) {
        snprintf(text + strlen(text), sizeof text - strlen(text), "PUB $JS.API.STREAM.INFO.%s _I 0\r\n\r\n",
                 streams[i]);
    }
    strcat(text, "PUB $JS.API.INFO _I 0\r\n\r\nPING\r\n");
    int client = connected(port), http = connected(monitor);
    send_all(client, text);
    send_all(http, "GET /healthz?details=true HTTP/1.1\r\nHost: x\r\n\r\n");
    wait_for(http, "200 OK", 1);
    send_all(http, "GET /varz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    wait_for(http, "\n}", 1);
    wait_for(client, "\"type\":\"io.nats.jetstream.api.v1", count + 1);
}

int main(int argc, char **argv) {
    if (argc < 3) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        printf("%lld\n", (long long)now.tv_sec * 1000000000 + now.tv_nsec);
        return 0;
    }
    if (argc > 4 && strcmp(argv[2], "nats-all") == 0) {
        nats_all(argv[1], argv[3], argv + 4, argc - 4);
        return 0;
    }
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; ++i) {
        if (strcmp(argv[2], questions[i].name) == 0) {
            int peer = connected(argv[1]);
            send_all(peer, questions[i].request);
            wait_for(peer, questions[i].end, 1);
            return 0;
        }
    }
    return 64;
}
