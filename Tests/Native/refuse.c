/* Runs a program that the kernel refuses something: `refuse CALL PERM|NOSYS PROGRAM ARGUMENT...` (a system call, by a seccomp filter),
   `refuse threads N PROGRAM ARGUMENT...` (more than N threads of its user; root becomes another user first), `refuse version6 AFNOSUPPORT
   PROGRAM ARGUMENT...` (sockets of IPv6, as a kernel without it does), `refuse ruleset PERM|NOSYS PROGRAM ARGUMENT...` (a ruleset of
   Landlock, but not its version: a call without flags). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

static const struct {
    const char *name;
    unsigned number;
} calls[] = {
    { "clone3", SYS_clone3 }, { "getrandom", SYS_getrandom }, { "eventfd2", SYS_eventfd2 }, { "signalfd4", SYS_signalfd4 },
    { "epoll_create1", SYS_epoll_create1 }, { "epoll_ctl", SYS_epoll_ctl }, { "accept4", SYS_accept4 }, { "sendfile", SYS_sendfile },
    { "sendto", SYS_sendto }, { "recvfrom", SYS_recvfrom }, { "sendmsg", SYS_sendmsg },
    { "landlock", SYS_landlock_create_ruleset }, { "seccomp", SYS_seccomp }, { "capget", SYS_capget },
#ifdef SYS_epoll_wait
    { "epoll_wait", SYS_epoll_wait },
#else
    { "epoll_wait", SYS_epoll_pwait },
#endif
};

static int install(struct sock_filter *filter, size_t length)
{
    struct sock_fprog program = { (unsigned short)length, filter };
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0;
}

/* Refuses a system call that has this value as one of its arguments. */
static int refuse_value(unsigned call, unsigned argument, unsigned value, int error)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args) + argument * sizeof(__u64)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    return install(filter, sizeof filter / sizeof filter[0]);
}

static int refuse(const char *name, int error)
{
    if (strcmp(name, "version6") == 0) {
        return refuse_value(SYS_socket, 0, AF_INET6, EAFNOSUPPORT);
    }
    if (strcmp(name, "ruleset") == 0) {
        return refuse_value(SYS_landlock_create_ruleset, 2, 0, error);
    }
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if (strcmp(calls[i].name, name) == 0) {
            struct sock_filter filter[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i].number, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
            };
            return install(filter, sizeof filter / sizeof filter[0]);
        }
    }
    errno = EINVAL;
    return 1;
}

static int limit_threads(rlim_t most)
{
    /* A limit of threads does not bind root. The number is nobody's, so that nobody else's threads count. */
    if (geteuid() == 0 && setresuid(54321, 54321, 54321) != 0) {
        return 1;
    }
    struct rlimit limit = { most, most };
    return setrlimit(RLIMIT_NPROC, &limit);
}

int main(int count, char **arguments)
{
    if (count < 4) {
        return 2;
    }
    int program = open(arguments[3], O_RDONLY | O_CLOEXEC);
    int failed = program < 0
        || (strcmp(arguments[1], "threads") == 0 ? limit_threads((rlim_t)atoi(arguments[2])) : refuse(arguments[1], strcmp(arguments[2], "PERM") == 0 ? EPERM : ENOSYS));
    if (!failed) {
        fexecve(program, arguments + 3, environ);
    }
    perror(arguments[1]);
    return 2;
}
