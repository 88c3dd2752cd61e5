// Runs a command and writes its wall time and CPU time in microseconds and its peak memory in KiB to
// descriptor 3. The kernel counts the memory of the process that a command is started from as the
// command's own peak, so this program is small.
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long microseconds(struct timeval t) {
    return 1000000LL * t.tv_sec + t.tv_usec;
}

int main(int argc, char** argv) {
    struct timespec begin, end;
    if (argc < 2 || clock_gettime(CLOCK_MONOTONIC, &begin) != 0) {
        return 125;
    }
    const pid_t child = fork();
    if (child == 0) {
        close(3);
        execvp(argv[1], argv + 1);
        _exit(127);
    }
    int status = 0;
    struct rusage usage;
    if (child < 0 || wait4(child, &status, 0, &usage) != child) {
        return 125;
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    const long long wall =
        1000000LL * (end.tv_sec - begin.tv_sec) + (end.tv_nsec - begin.tv_nsec) / 1000;
    dprintf(3, "%lld %lld %ld\n", wall,
            microseconds(usage.ru_utime) + microseconds(usage.ru_stime), usage.ru_maxrss);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 126;
}
