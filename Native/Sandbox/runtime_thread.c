/* The .NET runtime's own thread, which runs finalizers and nothing else. The runtime starts it before any managed code runs, and it inherits
   nothing from what the main thread does later. So it is reached when it is started (--wrap=pthread_create): it blocks the signals that stop
   a node, gives up its privileges and may use no file by a path. It is C because managed code could run there only as a finalizer, and a
   garbage collection at the start takes as long as all that a node does before it is ready. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of Landlock, which the headers of older systems do not have: as Native/Landlock.cs. */
#define CREATE_RULESET 444
#define RESTRICT_SELF 446
#define ASK_VERSION 1
#define FIRST_RIGHTS 0x1FFF
#define REFER_RIGHT (1 << 13)
#define TRUNCATE_RIGHT (1 << 14)
#define DEVICE_RIGHT (1 << 15)
#define SCOPE_ABSTRACT_SOCKETS 1

/* What has no error number. */
#define RUNNING 1

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*routine)(void *), void *argument);

/* Of the first thread: 0 when it is confined, RUNNING before, or a negative error number. Set by it, read by epollsrv_runtime_thread. */
static atomic_int confined = RUNNING;
static atomic_flag is_started = ATOMIC_FLAG_INIT;
static void *(*first_routine)(void *);

static int give_up_privileges(void)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || syscall(SYS_capget, &header, sets) != 0) {
        return -errno;
    }
    if ((sets[0].permitted | sets[1].permitted) == 0) {
        return 0;
    }
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };
    return syscall(SYS_capset, &header, none) == 0 ? 0 : -errno;
}

/* A kernel without Landlock is none of this thread's errors: the main thread finds it too, and says so. */
static int give_up_files(void)
{
    long version = syscall(CREATE_RULESET, NULL, 0, ASK_VERSION);
    struct { uint64_t files, network, scope; } rules = {
        .files = FIRST_RIGHTS | (version >= 2 ? REFER_RIGHT : 0) | (version >= 3 ? TRUNCATE_RIGHT : 0) | (version >= 5 ? DEVICE_RIGHT : 0),
        .scope = version >= 6 ? SCOPE_ABSTRACT_SOCKETS : 0,
    };
    long descriptor = version < 0 ? -1 : syscall(CREATE_RULESET, &rules, sizeof rules, 0);
    if (descriptor < 0) {
        return 0;
    }
    int result = syscall(RESTRICT_SELF, descriptor, 0) == 0 ? 0 : -errno;
    close((int)descriptor);
    return result;
}

static void *run_first(void *argument)
{
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGHUP);
    sigaddset(&stop, SIGINT);
    sigaddset(&stop, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    int result = give_up_privileges();
    result = result < 0 ? result : give_up_files();
    atomic_store(&confined, result); /* pairs with epollsrv_runtime_thread */
    syscall(SYS_futex, &confined, FUTEX_WAKE_PRIVATE, 1);
    return first_routine(argument);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*routine)(void *), void *argument)
{
    if (atomic_flag_test_and_set(&is_started)) { /* pairs with itself: one thread is the first */
        return __real_pthread_create(thread, attributes, routine, argument);
    }
    first_routine = routine;
    return __real_pthread_create(thread, attributes, run_first, argument);
}

/* Whether the runtime's thread is confined: 0 or a negative error number. Waits until it has tried. */
int epollsrv_runtime_thread(void)
{
    int result;
    while ((result = atomic_load(&confined)) == RUNNING) { /* pairs with run_first */
        syscall(SYS_futex, &confined, FUTEX_WAIT_PRIVATE, RUNNING, NULL);
    }
    return result;
}
