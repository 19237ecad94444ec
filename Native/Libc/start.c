/* main, around the .NET runtime's: a runtime that cannot come up returns −1 from it without a word, before any managed code runs.
   The linker puts this one in (--wrap=main). It says what the runtime needs and which limits stand in the way. Before that it sees to it that
   descriptors 0 to 2 are open: a socket must not get the number that log lines are written to. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
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

int __wrap_main(int count, char **arguments)
{
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
