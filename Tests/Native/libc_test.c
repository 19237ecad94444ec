/* Compares the functions of Native/Libc (here with the prefix own_) with glibc's. Run by scripts/libc-test.sh. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

int own_sscanf(const char *, const char *, ...);
int own_fscanf(FILE *, const char *, ...);
int own_strcmp(const char *, const char *);
int own_strncmp(const char *, const char *, size_t);
int own_strcasecmp(const char *, const char *);
int own_strncasecmp(const char *, const char *, size_t);
char *own_stpcpy(char *, const char *);
char *own_strcpy(char *, const char *);
char *own_strcat(char *, const char *);
char *own_strncpy(char *, const char *, size_t);
char *own_strncat(char *, const char *, size_t);
char *own_strrchr(const char *, int);
char *own_strstr(const char *, const char *);
int own_vfprintf_internal(FILE *, const char *, va_list, unsigned);
int own__IO_fwide(FILE *, int);

int own_getc(FILE *stream) { return getc(stream); }
int own_ungetc(int c, FILE *stream) { return ungetc(c, stream); }

static int passed, failed;

static void check(int ok, const char *what, const char *a, const char *b)
{
    passed += ok;
    failed += !ok;
    if (!ok) {
        printf("differs from glibc: %s, \"%s\", \"%s\"\n", what, a, b);
    }
}

static int sign(int n) { return (n > 0) - (n < 0); }

/* Each case may store up to four arguments of up to 64 bytes. */
static const char *const formats[] = {
    "%d", "%d-%d", "%i %i", "%u", "%lu", "%llu %lx", "%x", "%hhx:%hhx", "%hu%n", "%lx-%lx", "%p", "%3d%2d", "%*d %d",
    "%s", "%s %s %s", "%5s%5s", "%*s %*s %*s %63s %63s", " - %63s %*s %63s", "%*[^:]:%63[^:]:%63s", "0::%63s", "MemAvailable: %lu %cB",
    "%c", "%3c", "%[a-z]", "%[^]]", "%[]a]%s", "%[a-]", "%d%%", "a %d b", "%d,%n", "%zu %jd %td", "", " ", "x",
};
/* No number too large for 64 bits: what a scan stores then is undefined in C. */
static const char *const texts[] = {
    "", " ", "0", "12", "-12", "+7x", "0-3", "0x1f 0X2F", "017 9", "0x", "4294967295 ff", "184467440737095 7fffffffffff",
    "7f9e81400000-7f9e81c00000 rw-p", "12345", "1 2 3", "a b c", "longer-than-five words", "1 2 3 /sys /mnt x", " - cgroup2 none rw,opt",
    "12:memory,cpu:/system.slice/x", "0::/user.slice", "MemAvailable:   123456 kB", "abcXYZ", "]abc", "a]b", "a-b-c", "50%", "a 5 b", "a5b", "5,6",
    "\t\n 42\v", "ff:0A", "x", "xyz", "-", "- 3", "99999 88",
};

static void scans(void)
{
    for (size_t f = 0; f < sizeof formats / sizeof *formats; f++) {
        for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
            char a[4][64], b[4][64], c[4][64];
            memset(a, 7, sizeof a);
            memset(b, 7, sizeof b);
            memset(c, 7, sizeof c);
            int expected = sscanf(texts[t], formats[f], a[0], a[1], a[2], a[3]);
            int actual = own_sscanf(texts[t], formats[f], b[0], b[1], b[2], b[3]);
            check(expected == actual && memcmp(a, b, sizeof a) == 0, "sscanf", formats[f], texts[t]);
            FILE *stream = texts[t][0] == 0 ? fopen("/dev/null", "r") : fmemopen((void *)texts[t], strlen(texts[t]), "r");
            actual = own_fscanf(stream, formats[f], c[0], c[1], c[2], c[3]);
            fclose(stream);
            check(expected == actual && memcmp(a, c, sizeof a) == 0, "fscanf", formats[f], texts[t]);
        }
    }
}

static void strings(void)
{
    static const char *const words[] = { "", "a", "A", "b", "ab", "aB", "Ab", "abc", "abcabd", "ABCABD", "bca", "cab", "\xe9t\xe9", "@[`{", "z", "Z", "aab" };
    size_t n = sizeof words / sizeof *words;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            const char *a = words[i], *b = words[j];
            check(sign(strcmp(a, b)) == sign(own_strcmp(a, b)), "strcmp", a, b);
            check(sign(strcasecmp(a, b)) == sign(own_strcasecmp(a, b)), "strcasecmp", a, b);
            check(strstr(a, b) == own_strstr(a, b), "strstr", a, b);
            check(strrchr(a, b[0]) == own_strrchr(a, b[0]), "strrchr", a, b);
            char x[32], y[32];
            memset(x, 7, sizeof x);
            memset(y, 7, sizeof y);
            check(stpcpy(x, a) - x == own_stpcpy(y, a) - y && strcat(x, b) == x && own_strcat(y, b) == y && memcmp(x, y, sizeof x) == 0, "strcat", a, b);
            check(strcpy(x, b) == x && own_strcpy(y, b) == y && memcmp(x, y, sizeof x) == 0, "strcpy", a, b);
            for (size_t k = 0; k < 8; k++) {
                check(sign(strncmp(a, b, k)) == sign(own_strncmp(a, b, k)), "strncmp", a, b);
                check(sign(strncasecmp(a, b, k)) == sign(own_strncasecmp(a, b, k)), "strncasecmp", a, b);
                strcpy(x, a);
                strcpy(y, a);
                check(strncat(x, b, k) == x && own_strncat(y, b, k) == y && strcmp(x, y) == 0, "strncat", a, b);
                check(strncpy(x, b, k) == x && own_strncpy(y, b, k) == y && memcmp(x, y, sizeof x) == 0, "strncpy", a, b);
            }
        }
    }
}

enum { LARGE = 8192 };

static int own_print(FILE *stream, const char *format, va_list arguments)
{
    va_list copy;
    va_copy(copy, arguments);
    errno = ENOENT;
    int written = own_vfprintf_internal(stream, format, copy, 0);
    va_end(copy);
    return written;
}

static int own_fprintf(FILE *stream, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int written = own_print(stream, format, arguments);
    va_end(arguments);
    return written;
}

/* The same to memory, by glibc and by the own function, into a stream of its own buffer and into one that has none. */
static void print(const char *format, ...)
{
    static char a[LARGE], b[LARGE], c[LARGE];
    va_list arguments;
    va_start(arguments, format);
    va_list copy;
    va_copy(copy, arguments);
    errno = ENOENT;
    int expected = vsnprintf(a, sizeof a, format, copy);
    va_end(copy);
    b[0] = c[0] = 0;
    FILE *stream = fmemopen(b, sizeof b, "w");
    int actual = own_print(stream, format, arguments);
    fclose(stream);
    stream = fmemopen(c, sizeof c, "w");
    setvbuf(stream, NULL, _IONBF, 0);
    int unbuffered = own_print(stream, format, arguments);
    fclose(stream);
    va_end(arguments);
    check(expected == actual && expected == unbuffered && strcmp(a, b) == 0 && strcmp(a, c) == 0, "printf", format, a);
}

static unsigned pick(unsigned n) { return (unsigned)lrand48() % n; }

static uint64_t random_bits(void)
{
    uint64_t value = (uint64_t)mrand48() << 32 | (uint32_t)mrand48();
    return pick(4) == 0 ? pick(20) : value >> pick(64);
}

/* An integer is passed in 64 bits whatever its size: one slot on both processors. */
static void random_print(void)
{
    static const char *const sizes[] = { "", "", "hh", "h", "l", "ll", "z", "j", "t" };
    static const char kinds[] = "diouxXdupcsmf%";
    char format[64], *f = format;
    int stars[2], star_count = 0;
    f += sprintf(f, "%.*s%%", (int)pick(4), "a b");
    for (unsigned n = pick(4); n != 0; n--) {
        *f++ = "-0+ #"[pick(5)];
    }
    int limit = pick(50) == 0 ? 1500 : 30;
    switch (pick(3)) {
    case 0:
        f += sprintf(f, "%d", 1 + pick(limit));
        break;
    case 1:
        *f++ = '*';
        stars[star_count++] = (int)pick(limit) - limit / 3;
        break;
    }
    switch (pick(4)) {
    case 0:
        f += sprintf(f, ".%d", pick(20));
        break;
    case 1:
        f += sprintf(f, ".*");
        stars[star_count++] = (int)pick(24) - 4;
        break;
    case 2:
        f += sprintf(f, pick(4) == 0 ? "." : "");
        break;
    }
    char kind = kinds[pick(sizeof kinds - 1)];
    sprintf(f, "%s%c%s", strchr("diouxX", kind) != NULL ? sizes[pick(9)] : "", kind, pick(2) == 0 ? "" : "!");
    if (kind == 'm' && strchr(format, '#') != NULL) {
        return; /* the name of the error, with glibc: nobody prints it */
    }
    static const char *const texts[] = { "", "x", "text", "a longer text\n", NULL };
    if (kind == 's') {
        const char *text = texts[pick(5)];
        star_count == 0 ? print(format, text) : star_count == 1 ? print(format, stars[0], text) : print(format, stars[0], stars[1], text);
    } else if (kind == 'f') {
        double value = (double)(int64_t)random_bits() / 2048.0;
        star_count == 0 ? print(format, value) : star_count == 1 ? print(format, stars[0], value) : print(format, stars[0], stars[1], value);
    } else {
        uint64_t value = kind == 'c' ? ' ' + pick(90) : random_bits();
        star_count == 0 ? print(format, value) : star_count == 1 ? print(format, stars[0], value) : print(format, stars[0], stars[1], value);
    }
}

static void prints(void)
{
    char long_text[3000];
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = 0;
    print("");
    print("plain");
    print("%%%%");
    print("%s", long_text);
    print("%s%s-%d", long_text, long_text, 1);
    print("%.511s|%.512s|%.513s", long_text, long_text, long_text);
    print("%d %d %d %u", 0, INT32_MIN, INT32_MAX, UINT32_MAX);
    print("%lld %llu %llx %llo", INT64_MIN, UINT64_MAX, UINT64_MAX, UINT64_MAX);
    print("%p %10p %-10p|", NULL, NULL, NULL);
    print("%s:%u: %s%sAssertion `%s' failed.", "a", 1, "b", "c", "d");
    print("/proc/self/task/%u/comm %08x-%04x %lx-%lx", 12, 34, 56, 78l, 90l);
    print("Committing %zd bytes (%.3f mb) failed", (size_t)1234567, 1234567 / 1048576.0);
    for (int i = -40; i < 40; i++) {
        print("%.0f %.1f %.2f %f", i / 2.0, i / 4.0, i / 8.0, i / 64.0);
    }
    print("%.3f %.0f %#.0f %f", 0.9995, 99.5, 1e15, 9e18);
    const char *chosen = getenv("TEST_SEED");
    long seed = chosen != NULL ? atol(chosen) : time(NULL);
    printf("seed of the random formats: %ld\n", seed);
    srand48(seed);
    for (int i = 0; i < 200000; i++) {
        random_print();
    }

    FILE *full = fopen("/dev/full", "w");
    setvbuf(full, NULL, _IONBF, 0);
    check(fprintf(full, "%d", 1) == -1 && own_fprintf(full, "%d", 1) == -1, "fprintf", "%d", "/dev/full");
    fclose(full);
    FILE *readable = fopen("/dev/null", "r");
    check(fprintf(readable, "%d", 1) == -1 && own_fprintf(readable, "%d", 1) == -1, "fprintf", "%d", "a stream to read");
    fclose(readable);
}

/* Not that glibc's makes a stream wide. */
static void orientations(void)
{
    for (int first = -1; first <= 0; first++) {
        FILE *a = fopen("/dev/null", "w"), *b = fopen("/dev/null", "w");
        check(fwide(a, first) == own__IO_fwide(b, first) && fwide(a, 0) == fwide(b, 0), "fwide", "", "");
        check(fwide(a, -1) == own__IO_fwide(b, -1) && own__IO_fwide(b, 1) == -1 && fwide(b, 0) == -1, "fwide", "", "");
        check(fputs("x", b) >= 0, "fwide", "", "fputs");
        fclose(a);
        fclose(b);
    }
}

int main(void)
{
    scans();
    strings();
    prints();
    orientations();
    printf("%d comparisons agree with glibc, %d differ\n", passed, failed);
    return failed != 0;
}
