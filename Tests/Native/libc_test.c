/* Compares the functions of Native/Libc (here with the prefix own_) with glibc's. Run by scripts/libc-test.sh. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

int main(void)
{
    scans();
    strings();
    printf("%d comparisons agree with glibc, %d differ\n", passed, failed);
    return failed != 0;
}
