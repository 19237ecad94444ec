/* sscanf and fscanf for integers, words, characters and sets: %d %i %u %x %p %s %c %[ %n %%, with *, a width, and hh h l ll z j t.
   Anything else (floating point, %m, wide characters) ends the scan as a mismatch does. Results as C11 7.21.6.2 demands. */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ALIAS(name) __attribute__((weak, alias(#name)))

/* Not from <stdio.h>, which gives sscanf another name for the linker, and another one in each C standard. */
#define EOF (-1)
typedef struct _IO_FILE FILE;
extern int getc(FILE *);
extern int ungetc(int, FILE *);

/* Where characters come from: text when stream is NULL. One character can be put back. */
struct source {
    FILE *stream;
    const unsigned char *text;
    int read;
};

static int next(struct source *s)
{
    int c = s->stream != NULL ? getc(s->stream) : *s->text != 0 ? *s->text++ : EOF;
    s->read += c != EOF;
    return c;
}

static void back(struct source *s, int c)
{
    if (c == EOF) {
        return;
    }
    s->read--;
    if (s->stream != NULL) {
        ungetc(c, s->stream);
    } else {
        s->text--;
    }
}

static bool space(int c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static int skip_space(struct source *s)
{
    int c;
    do {
        c = next(s);
    } while (space(c));
    back(s, c);
    return c;
}

static int digit(int c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'z' ? c - 'a' + 10 : c >= 'A' && c <= 'Z' ? c - 'A' + 10 : 99;
}

/* Reads an integer in the base (0: by its prefix). False: there is none. */
static bool integer(struct source *s, int base, int width, uintmax_t *value)
{
    bool negative = false, any = false;
    int c = next(s);
    if ((c == '-' || c == '+') && width > 1) {
        negative = c == '-';
        width--;
        c = next(s);
    }
    if (c == '0' && (base == 0 || base == 16) && width > 1) {
        any = true;
        width--;
        c = next(s);
        if ((c == 'x' || c == 'X') && width > 1) {
            base = 16;
            width--;
            c = next(s);
        } else if (base == 0) {
            base = 8;
        }
    }
    base = base == 0 ? 10 : base;
    *value = 0;
    for (; width > 0 && digit(c) < base; width--) {
        *value = *value * (uintmax_t)base + (uintmax_t)digit(c);
        any = true;
        c = next(s);
    }
    back(s, c);
    *value = negative ? 0 - *value : *value;
    return any;
}

static void store(void *to, char size, uintmax_t value)
{
    switch (size) {
    case 'H': *(unsigned char *)to = (unsigned char)value; break;
    case 'h': *(unsigned short *)to = (unsigned short)value; break;
    case 'l': *(uint64_t *)to = value; break;
    default: *(unsigned *)to = (unsigned)value; break;
    }
}

/* True when c belongs to the set whose characters are [from, to): "a-z" is a range, a '-' at either end is itself. */
static bool in_set(const char *from, const char *to, int c)
{
    for (const char *p = from; p < to; p++) {
        if (p + 2 < to && p[1] == '-') {
            if (c >= (unsigned char)p[0] && c <= (unsigned char)p[2]) {
                return true;
            }
            p += 2;
        } else if (c == (unsigned char)*p) {
            return true;
        }
    }
    return false;
}

static int scan(struct source *s, const char *f, va_list arguments)
{
    int stored = 0;
    for (; *f != 0; f++) {
        if (space((unsigned char)*f)) {
            skip_space(s);
            continue;
        }
        if (*f != '%' || f[1] == '%') {
            int c = *f == '%' ? skip_space(s) : 0;
            f += *f == '%';
            c = next(s);
            if (c != (unsigned char)*f) {
                back(s, c);
                return c == EOF && stored == 0 ? EOF : stored;
            }
            continue;
        }
        f++;
        bool keep = *f != '*';
        f += !keep;
        int width = 0;
        for (; *f >= '0' && *f <= '9'; f++) {
            width = width * 10 + (*f - '0');
        }
        bool limited = width > 0;
        width = limited ? width : INT32_MAX;
        char size = 0;
        for (; *f == 'h' || *f == 'l' || *f == 'z' || *f == 'j' || *f == 't'; f++) {
            size = *f == 'h' ? (size == 'h' ? 'H' : 'h') : 'l';
        }
        char kind = *f;
        if (kind == 'n') {
            if (keep) {
                store(va_arg(arguments, void *), size, (uintmax_t)s->read);
            }
            continue;
        }
        if (kind != 'c' && kind != '[' && skip_space(s) == EOF) {
            return stored == 0 ? EOF : stored;
        }
        int c = next(s);
        if (c == EOF) {
            return stored == 0 ? EOF : stored;
        }
        back(s, c);
        if (kind == 'd' || kind == 'i' || kind == 'u' || kind == 'x' || kind == 'X' || kind == 'p') {
            uintmax_t value;
            int base = kind == 'i' ? 0 : kind == 'd' || kind == 'u' ? 10 : 16;
            if (!integer(s, base, width, &value)) {
                return stored;
            }
            if (keep) {
                store(va_arg(arguments, void *), kind == 'p' ? 'l' : size, value);
                stored++;
            }
            continue;
        }
        if (size != 0 || (kind != 's' && kind != 'c' && kind != '[')) {
            return stored;
        }
        const char *set = f + 1;
        bool inverted = kind == '[' && *set == '^';
        set += inverted;
        const char *end = set;
        if (kind == '[') {
            end += *end == ']';
            for (; *end != ']'; end++) {
                if (*end == 0) {
                    return stored;
                }
            }
            f = end;
        }
        if (kind == 'c' && !limited) {
            width = 1;
        }
        char *to = keep ? va_arg(arguments, char *) : NULL;
        int taken = 0;
        for (; taken < width; taken++) {
            c = next(s);
            bool fits = c != EOF && (kind == 'c' || (kind == 's' ? !space(c) : in_set(set, end, c) != inverted));
            if (!fits) {
                back(s, c);
                break;
            }
            if (keep) {
                *to++ = (char)c;
            }
        }
        if (taken == 0) {
            return stored;
        }
        if (keep) {
            if (kind != 'c') {
                *to = 0;
            }
            stored++;
        }
    }
    return stored;
}

__attribute__((visibility("hidden"))) int scan_text(const char *text, const char *format, ...)
{
    struct source source = { NULL, (const unsigned char *)text, 0 };
    va_list arguments;
    va_start(arguments, format);
    int stored = scan(&source, format, arguments);
    va_end(arguments);
    return stored;
}

__attribute__((visibility("hidden"))) int scan_stream(FILE *stream, const char *format, ...)
{
    struct source source = { stream, NULL, 0 };
    va_list arguments;
    va_start(arguments, format);
    int stored = scan(&source, format, arguments);
    va_end(arguments);
    return stored;
}

/* The names of the two: plain, and those that headers give them since C99 and since C23. */
int sscanf(const char *, const char *, ...) ALIAS(scan_text);
int fscanf(FILE *, const char *, ...) ALIAS(scan_stream);
int __isoc99_sscanf(const char *, const char *, ...) ALIAS(scan_text);
int __isoc99_fscanf(FILE *, const char *, ...) ALIAS(scan_stream);
int __isoc23_sscanf(const char *, const char *, ...) ALIAS(scan_text);
int __isoc23_fscanf(FILE *, const char *, ...) ALIAS(scan_stream);
