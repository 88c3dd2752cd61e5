/* The least that is possible, for comparison. `floor` prints the monotonic clock in ns; `floor PORT redis|redis-all|nats|http` connects, asks
 * and waits for the answer's last word, with nothing verified. */
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

static int ask(int peer, const struct question *question) {
    char answer[65536] = {0};
    size_t have = 0;
    if (write(peer, question->request, strlen(question->request)) < 0) return 1;
    while (strstr(answer, question->end) == NULL && have < sizeof answer - 1) {
        ssize_t got = read(peer, answer + have, sizeof answer - 1 - have);
        if (got <= 0) return 1;
        have += (size_t)got;
    }
    return 0;
}

int main(int argc, char **argv) {
    if (argc < 3) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        printf("%lld\n", (long long)now.tv_sec * 1000000000 + now.tv_nsec);
        return 0;
    }
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int peer = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(peer, (struct sockaddr *)&address, sizeof address) != 0) return 1;
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; ++i) {
        if (strcmp(argv[2], questions[i].name) == 0) return ask(peer, &questions[i]);
    }
    return 64;
}
