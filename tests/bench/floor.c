/* The least that is possible, for comparison. `floor` prints the monotonic clock in ns; `floor PORT redis|nats` connects, is greeted and
 * gets one PONG, with nothing verified. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int pong(int peer, const char *request) {
    char answer[8192] = {0};
    size_t have = 0;
    if (write(peer, request, strlen(request)) < 0) return 1;
    while (strstr(answer, "PONG") == NULL && have < sizeof answer - 1) {
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
    return pong(peer, strcmp(argv[2], "nats") == 0 ? "CONNECT {\"verbose\":false}\r\nPING\r\n" : "PING\r\n");
}
