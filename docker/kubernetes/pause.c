// The first process of a pod, which holds its namespaces: it waits for a signal to exit.
#include <signal.h>
#include <unistd.h>

static void leave(int signal_number) {
    (void)signal_number;
    _exit(0);
}

int main(void) {
    signal(SIGINT, leave);
    signal(SIGTERM, leave);
    signal(SIGCHLD, SIG_IGN);  // the kernel reaps
    for (;;) {
        pause();
    }
}
