/* Starts a program as systemd's socket activation does: with listening sockets that outlive it.
   Usage: activate [NAME=]PORT|PATH ... -- PROGRAM ARGUMENT ...
   A port is one of 127.0.0.1, or with * in front of all addresses; 0 lets the kernel choose. SIGUSR1 ends the program with SIGTERM and starts it again. SIGTERM ends it, and
   then this program with the same exit code. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FIRST = 3, BACKLOG = 4096 };

static void die(const char *what)
{
    fprintf(stderr, "activate: %s: %s\n", what, strerror(errno));
    exit(2);
}

static void listen_on(const char *address, int wanted)
{
    struct sockaddr_un path = { .sun_family = AF_UNIX };
    int is_path = address[0] == '/', is_public = address[0] == '*';
    struct sockaddr_in ip = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(is_public ? INADDR_ANY : INADDR_LOOPBACK),
        .sin_port = htons(atoi(address + is_public)) };
    int descriptor = socket(is_path ? AF_UNIX : AF_INET, SOCK_STREAM, 0);
    strncpy(path.sun_path, address, sizeof path.sun_path - 1);
    if (descriptor < 0 || bind(descriptor, is_path ? (void *)&path : (void *)&ip, is_path ? sizeof path : sizeof ip) < 0
        || listen(descriptor, BACKLOG) < 0)
        die(address);
    if (descriptor != wanted && (dup2(descriptor, wanted) < 0 || close(descriptor) < 0))
        die("dup2");
}

static pid_t start(char **command, const char *count)
{
    pid_t process = fork();
    if (process == 0) {
        char own[16];
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        snprintf(own, sizeof own, "%d", (int)getpid());
        setenv("LISTEN_PID", own, 1);
        setenv("LISTEN_FDS", count, 1);
        execvp(command[0], command);
        die(command[0]);
    }
    if (process < 0)
        die("fork");
    return process;
}

int main(int count, char **arguments)
{
    char names[1024] = "", sockets[16];
    int place = 1;
    for (; place < count && strcmp(arguments[place], "--") != 0; place++) {
        char *equals = strchr(arguments[place], '=');
        if (place > 1)
            strcat(names, ":");
        if (equals != NULL)
            strncat(names, arguments[place], equals - arguments[place]);
        /* Descriptors from FIRST on may be the caller's: they are replaced. */
        listen_on(equals != NULL ? equals + 1 : arguments[place], FIRST + place - 1);
    }
    snprintf(sockets, sizeof sockets, "%d", place - 1);
    setenv("LISTEN_FDNAMES", names, 1);

    sigset_t waited;
    sigemptyset(&waited);
    sigaddset(&waited, SIGUSR1);
    sigaddset(&waited, SIGTERM);
    sigaddset(&waited, SIGCHLD);
    sigprocmask(SIG_BLOCK, &waited, NULL);
    pid_t process = start(arguments + place + 1, sockets);
    int restarts = 0;
    for (;;) {
        int status, number;
        sigwait(&waited, &number);
        if (number != SIGCHLD) {
            restarts = number == SIGUSR1;
            kill(process, SIGTERM);
        } else if (waitpid(process, &status, WNOHANG) == process) {
            if (!restarts || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
                return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            restarts = 0;
            process = start(arguments + place + 1, sockets);
        }
    }
}
