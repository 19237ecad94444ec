/* main, around the .NET runtime's: a runtime that cannot come up returns −1 from it without a word, before any managed code runs.
   The linker puts this one in (--wrap=main). It says what the runtime needs and which limits stand in the way. Before that it sees to it that
   descriptors 0 to 2 are open: a socket must not get the number that log lines are written to. And it asks for the program's code and
   zeroed data at once, which the start uses page after page. */
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* EX_CONFIG, as ExitCode.Configuration. */
#define CONFIGURATION 78

int __real_main(int count, char **arguments);

/* The last one matters only when a thread cannot be started. */
static const struct {
    int resource;
    int unit;
    const char *text;
} limits[] = {
    { RLIMIT_AS, 1024, "; address space is limited to %llu KB (ulimit -v)" },
    { RLIMIT_DATA, 1024, "; data is limited to %llu KB (ulimit -d)" },
    { RLIMIT_NPROC, 1, "; threads of this user are limited to %llu (ulimit -u)" },
};

static void *nothing(void *argument) { return argument; }

/* With a small stack, so that only what stands in the way of threads is found. */
static int try_thread(void)
{
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256 * 1024);
    int error = pthread_create(&thread, &attributes, nothing, NULL);
    if (error == 0) {
        pthread_join(thread, NULL);
    }
    return error;
}

static void explain(void)
{
    char line[1024];
    size_t length = (size_t)snprintf(line, sizeof line, "epollsrv: the .NET runtime cannot start: it needs threads and 400 MB of address space");
    int error = try_thread();
    if (error != 0) {
        length += (size_t)snprintf(line + length, sizeof line - length,
            "; a thread cannot be started: %s (a limit of threads, or a system call filter that refuses clone3 or clone)", strerror(error));
    }
    for (size_t i = 0; i < (error != 0 ? 3 : 2); i++) {
        struct rlimit limit;
        if (getrlimit(limits[i].resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
            length += (size_t)snprintf(line + length, sizeof line - length, limits[i].text, (unsigned long long)limit.rlim_cur / (unsigned)limits[i].unit);
        }
    }
    length += (size_t)snprintf(line + length, sizeof line - length, ". Raise what is too low.\n");
    if (write(2, line, length) < 0) {
        return;
    }
}

/* MADV_POPULATE_READ and MADV_POPULATE_WRITE, since Linux 5.14. Older headers do not have them. */
#define POPULATE_READ 22
#define POPULATE_WRITE 23

/* The linker's: where the program begins, its code ends, and its zeroed data begins and ends. */
extern char __executable_start[], etext[], __bss_start[], _end[];

static void populate(const char *start, const char *end, int advice)
{
    uintptr_t page = (uintptr_t)getpagesize();
    uintptr_t first = ((uintptr_t)start + page - 1) & -page;
    uintptr_t last = (uintptr_t)end & -page;
    if (first < last) {
        madvise((void *)first, last - first, advice);
    }
}

int __wrap_main(int count, char **arguments)
{
    /* Two calls instead of some 110 page faults, each of which takes 10 us in some virtual machines. An older kernel refuses the calls, and
       the pages come one by one. */
    populate(__executable_start, etext, POPULATE_READ);
    populate(__bss_start, _end, POPULATE_WRITE);
    for (int descriptor = 0; descriptor <= 2; descriptor++) {
        if (fcntl(descriptor, F_GETFD) < 0) {
            open("/dev/null", O_RDWR);
        }
    }
    int code = __real_main(count, arguments);
    if (code != -1) {
        return code;
    }
    explain();
    return CONFIGURATION;
}
