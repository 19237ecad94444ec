/* The filter of system calls of a confined node: calls.h as a program of classic BPF. A call that it does not allow ends the process by SIGSYS,
   and a handler writes the call's number to standard error before. It is C because the numbers and the structures are those of the headers of
   each architecture, and because no managed code may run in a signal handler here. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

/* Numbers from here on are x32's on x86-64; no other architecture has any. */
#define FIRST_OF_X32 0x40000000

/* The number of no call: a tracer has put it in the place of one that is not to be made (strace --inject). */
#define SKIPPED 0xFFFFFFFFu

/* Stands for this process's number until the filter is installed. */
#define OWN_PROCESS 0xFFFFFFFEu

/* Of a socket's type, without its flags. */
#define TYPES_OF_SOCKETS 0xF

#define NAMESPACES (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))

/* The lower half of an argument: all that are checked are of type int, or flags below 2^32. */
#define LOAD_ARGUMENT(number) LOAD(args[number])
#define JUMP(test, value, yes, no) BPF_JUMP(BPF_JMP | BPF_##test | BPF_K, value, yes, no)
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, action)
#define ALLOW RETURN(SECCOMP_RET_ALLOW)
#define TRAP RETURN(SECCOMP_RET_TRAP)

#define CALL(name, reason) JUMP(JEQ, __NR_##name, 0, 1), ALLOW,
#define UNSEEN(name, reason) CALL(name, reason)
#define EQUAL(name, argument, value, reason) JUMP(JEQ, __NR_##name, 0, 4), LOAD_ARGUMENT(argument), JUMP(JEQ, value, 0, 1), ALLOW, TRAP,
#define UNSEEN_EQUAL(...) EQUAL(__VA_ARGS__)
#define UNSEEN_OPTION(name, argument, first, second, third, error, reason) \
    JUMP(JEQ, __NR_##name, 0, 6), LOAD_ARGUMENT(argument), JUMP(JEQ, first, 2, 0), JUMP(JEQ, second, 1, 0), JUMP(JEQ, third, 0, 1), ALLOW, \
        RETURN(SECCOMP_RET_ERRNO | (error)),
#define THREAD(name, reason) \
    JUMP(JEQ, __NR_##name, 0, 5), LOAD_ARGUMENT(0), JUMP(JSET, NAMESPACES, 2, 0), JUMP(JSET, CLONE_THREAD, 0, 1), ALLOW, TRAP,
#define WITHOUT(name, argument, bits, reason) JUMP(JEQ, __NR_##name, 0, 4), LOAD_ARGUMENT(argument), JUMP(JSET, bits, 1, 0), ALLOW, TRAP,
#define OWN(name, reason) EQUAL(name, 0, OWN_PROCESS, reason)
#define REFUSED(name, error, reason) JUMP(JEQ, __NR_##name, 0, 1), RETURN(SECCOMP_RET_ERRNO | (error)),
#define INTERNET(name, reason) \
    JUMP(JEQ, __NR_##name, 0, 15), LOAD_ARGUMENT(0), JUMP(JEQ, AF_INET, 2, 0), JUMP(JEQ, AF_INET6, 1, 0), JUMP(JEQ, AF_NETLINK, 7, 10), \
        LOAD_ARGUMENT(1), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, TYPES_OF_SOCKETS), JUMP(JEQ, SOCK_STREAM, 1, 0), JUMP(JEQ, SOCK_DGRAM, 0, 6), \
        LOAD_ARGUMENT(2), JUMP(JEQ, IPPROTO_TCP, 3, 0), JUMP(JEQ, IPPROTO_UDP, 2, 0), LOAD_ARGUMENT(2), JUMP(JEQ, 0, 0, 1), ALLOW, \
        RETURN(SECCOMP_RET_ERRNO | EACCES),

static struct sock_filter filter[] = {
    LOAD(arch),
    JUMP(JEQ, ARCHITECTURE, 0, 4),
    LOAD(nr),
    JUMP(JEQ, SKIPPED, 0, 1),
    ALLOW,
    JUMP(JGE, FIRST_OF_X32, 0, 1),
    TRAP,
#include "calls.h"
    TRAP,
};

/* SIGSYS: no library function but write. When it returns, the signal that it has sent ends the process, for whom there is no handler any more. */
static void explain(int signal, siginfo_t *information, void *context)
{
    (void)context;
    static const char before[] = "epollsrv: the sandbox does not allow system call ";
    static const char behind[] = ": the process ends (see --sandbox)\n";
    char line[sizeof before + sizeof behind + 12];
    size_t length = 0;
    for (; before[length] != 0; length++) {
        line[length] = before[length];
    }
    unsigned number = (unsigned)information->si_syscall;
    unsigned divisor = 1;
    while (number / divisor >= 10) {
        divisor *= 10;
    }
    for (; divisor > 0; divisor /= 10) {
        line[length++] = (char)('0' + number / divisor % 10);
    }
    for (size_t i = 0; behind[i] != 0; i++) {
        line[length++] = behind[i];
    }
    long written = syscall(SYS_write, 2, line, length);
    (void)written;
    syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signal);
}

/* Installs the filter in every thread of the process; all need no_new_privs, which this sees to. Returns 0 or −errno. */
int epollsrv_filter(void)
{
    struct sigaction action = { 0 };
    action.sa_sigaction = explain;
    action.sa_flags = SA_SIGINFO | (int)SA_RESETHAND | SA_ONSTACK;
    for (size_t i = 0; i < sizeof filter / sizeof filter[0]; i++) {
        if (filter[i].code == (BPF_JMP | BPF_JEQ | BPF_K) && filter[i].k == OWN_PROCESS) {
            filter[i].k = (unsigned)getpid();
        }
    }
    struct sock_fprog program = { sizeof filter / sizeof filter[0], filter };
    if (sigaction(SIGSYS, &action, NULL) != 0) {
        return -errno;
    }

    /* Without SPEC_ALLOW, kernels before 5.16 slow the whole program down to protect it from code of others that runs in it. There is none. */
    long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program);
    return result < 0 ? -errno : result > 0 ? -EBUSY : 0;
}

/* Whether the kernel could take the filter: 0 or −errno. Changes nothing. */
int epollsrv_filter_probe(void)
{
    unsigned action = SECCOMP_RET_TRAP;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) != 0 ? -errno : 0;
}
