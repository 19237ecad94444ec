/* Plain versions of string functions that only start-up code calls. ASCII only: the program never leaves the C locale. */
#include <stddef.h>

#define WEAK __attribute__((weak))
#define ALIAS(name) __attribute__((weak, alias(#name)))

typedef unsigned char byte;

static int lower(byte c) { return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c; }

WEAK int strcmp(const char *a, const char *b)
{
    for (; *a != 0 && *a == *b; a++, b++) {
    }
    return (byte)*a - (byte)*b;
}

WEAK int strncmp(const char *a, const char *b, size_t n)
{
    for (; n != 0; n--, a++, b++) {
        if (*a != *b || *a == 0) {
            return (byte)*a - (byte)*b;
        }
    }
    return 0;
}

WEAK int strcasecmp(const char *a, const char *b)
{
    for (; *a != 0 && lower(*a) == lower(*b); a++, b++) {
    }
    return lower(*a) - lower(*b);
}

WEAK int strncasecmp(const char *a, const char *b, size_t n)
{
    for (; n != 0; n--, a++, b++) {
        if (lower(*a) != lower(*b) || *a == 0) {
            return lower(*a) - lower(*b);
        }
    }
    return 0;
}

int __strcasecmp(const char *, const char *) ALIAS(strcasecmp);
int __strncasecmp(const char *, const char *, size_t) ALIAS(strncasecmp);

WEAK int __strcasecmp_l(const char *a, const char *b, void *locale)
{
    (void)locale;
    return strcasecmp(a, b);
}

WEAK int __strncasecmp_l(const char *a, const char *b, size_t n, void *locale)
{
    (void)locale;
    return strncasecmp(a, b, n);
}

WEAK char *stpcpy(char *to, const char *from)
{
    for (; (*to = *from) != 0; to++, from++) {
    }
    return to;
}

char *__stpcpy(char *, const char *) ALIAS(stpcpy);

WEAK char *strcpy(char *to, const char *from)
{
    stpcpy(to, from);
    return to;
}

static char *end_of(char *s)
{
    while (*s != 0) {
        s++;
    }
    return s;
}

WEAK char *strcat(char *to, const char *from)
{
    stpcpy(end_of(to), from);
    return to;
}

WEAK char *strncpy(char *to, const char *from, size_t n)
{
    size_t i = 0;
    for (; i < n && from[i] != 0; i++) {
        to[i] = from[i];
    }
    for (; i < n; i++) {
        to[i] = 0;
    }
    return to;
}

WEAK char *strncat(char *to, const char *from, size_t n)
{
    char *end = end_of(to);
    for (; n != 0 && *from != 0; n--) {
        *end++ = *from++;
    }
    *end = 0;
    return to;
}

WEAK char *strrchr(const char *s, int c)
{
    const char *found = NULL;
    do {
        if (*s == (char)c) {
            found = s;
        }
    } while (*s++ != 0);
    return (char *)found;
}

char *rindex(const char *, int) ALIAS(strrchr);

WEAK char *strstr(const char *text, const char *part)
{
    for (;; text++) {
        size_t i = 0;
        while (part[i] != 0 && text[i] == part[i]) {
            i++;
        }
        if (part[i] == 0) {
            return (char *)text;
        }
        if (*text == 0) {
            return NULL;
        }
    }
}
