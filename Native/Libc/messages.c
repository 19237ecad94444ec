/* Messages of the C library stay in English and in bytes, and go to no log of the system. */
#include <stdarg.h>
#include <stdio.h>

#define WEAK __attribute__((weak))

WEAK char *__dcgettext(const char *domain, const char *message, int category)
{
    (void)domain;
    (void)category;
    return (char *)message;
}

WEAK char *dcgettext(const char *domain, const char *message, int category)
{
    return __dcgettext(domain, message, category);
}

/* glibc's own way to print an assertion or perror: to a stream that may be in wide-character mode. None here is. */
WEAK int __fxprintf(FILE *stream, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int written = vfprintf(stream != NULL ? stream : stderr, format, arguments);
    va_end(arguments);
    return written;
}

/* Only functions of the runtime that are dropped name it, but glibc's would leave time zones, locales and character set conversion behind. */
WEAK void syslog(int priority, const char *format, ...)
{
    (void)priority;
    (void)format;
}
