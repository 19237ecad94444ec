/* The printf of every kind of stream: all of printf, fprintf, snprintf, asprintf ... of glibc 2.36 end in __vfprintf_internal.
   Conversions d i u x X o p c s m %, flags - 0 + space #, width, precision, *, sizes hh h l ll z j t, and %f of numbers below 2^63,
   of which the collector has one. Other conversions (floating point, wide characters, %n) are printed as they are written, and take
   their argument. Results as C11 7.21.6.1 demands; where it leaves a result open, as glibc's. */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#define WEAK __attribute__((weak))

/* glibc's flag of a stream that has no lock, as those that write to memory. */
#define NO_LOCK 0x8000

/* Collects what goes to the stream: standard error has no buffer, and its lines should be one write each. */
struct sink {
    FILE *stream;
    int64_t written;
    size_t used;
    bool failed;
    char buffer[512];
};

static void flush(struct sink *s)
{
    s->failed |= fwrite_unlocked(s->buffer, 1, s->used, s->stream) != s->used;
    s->used = 0;
}

static void put(struct sink *s, const char *text, size_t n)
{
    s->written += (int64_t)n;
    for (; n != 0; n--) {
        if (s->used == sizeof s->buffer) {
            flush(s);
        }
        s->buffer[s->used++] = *text++;
    }
}

static void pad(struct sink *s, char c, int64_t n)
{
    for (; n > 0; n--) {
        put(s, &c, 1);
    }
}

/* One conversion. A precision of -1 is none. */
struct conversion {
    bool left, zero, plus, space, alternative;
    int width, precision;
};

/* The parts of a conversion: blanks, sign or prefix, zeros, text, blanks. What no result can count is not written. */
static void put_padded(struct sink *s, const struct conversion *c, const char *prefix, size_t prefix_length, int64_t zeros, const char *text, size_t length)
{
    int64_t needed = (int64_t)(prefix_length + length) + zeros, blanks = c->width - needed;
    int64_t written = s->written + (blanks > 0 ? c->width : needed);
    if (written > INT_MAX) {
        s->written = written;
        return;
    }
    pad(s, ' ', c->left ? 0 : blanks);
    put(s, prefix, prefix_length);
    pad(s, '0', zeros);
    put(s, text, length);
    pad(s, ' ', c->left ? blanks : 0);
}

/* Writes a number's digits before end, at least one, and returns their start. */
static char *digits(char *end, uintmax_t value, unsigned base, char ten)
{
    do {
        unsigned digit = (unsigned)(value % base);
        *--end = (char)(digit < 10 ? '0' + digit : ten + digit - 10);
        value /= base;
    } while (value != 0);
    return end;
}

static char sign_of(const struct conversion *c, bool negative)
{
    return negative ? '-' : c->plus ? '+' : c->space ? ' ' : 0;
}

static void put_integer(struct sink *s, const struct conversion *c, char sign, unsigned base, bool capitals, uintmax_t value)
{
    char text[3 * sizeof value], prefix[3], *end = text + sizeof text;
    size_t prefix_length = 0;
    if (sign != 0) {
        prefix[prefix_length++] = sign;
    }
    if (c->alternative && base == 16 && value != 0) {
        prefix[prefix_length++] = '0';
        prefix[prefix_length++] = capitals ? 'X' : 'x';
    }
    char *start = value == 0 && c->precision == 0 ? end : digits(end, value, base, capitals ? 'A' : 'a');
    if (c->alternative && base == 8 && (start == end || *start != '0')) {
        *--start = '0';
    }
    int64_t length = end - start;
    int64_t least = c->precision >= 0 ? c->precision : c->zero && !c->left ? c->width - (int64_t)prefix_length : 0;
    put_padded(s, c, prefix, prefix_length, least > length ? least - length : 0, start, (size_t)length);
}

static void put_string(struct sink *s, const struct conversion *c, const char *text)
{
    if (text == NULL) {
        text = c->precision < 0 || c->precision >= 6 ? "(null)" : "";
    }
    size_t length = c->precision < 0 ? strlen(text) : strnlen(text, (size_t)c->precision);
    put_padded(s, c, "", 0, 0, text, length);
}

/* Rounded to the nearest, a tie to the even digit; exact when the last bit of the number is worth at least 2^-64. False: too large. */
static bool put_fixed(struct sink *s, const struct conversion *c, double value)
{
    bool negative = value < 0;
    value = negative ? -value : value;
    int precision = c->precision < 0 ? 6 : c->precision;
    if (!(value < 0x1p63) || precision > 60) {
        return false;
    }
    char text[96], *point = text + 24, *end = point + precision;
    uint64_t whole = (uint64_t)value;
    uint64_t rest = (uint64_t)((value - (double)whole) * 0x1p64);
    for (char *digit = point; digit < end; digit++) {
        unsigned __int128 next = (unsigned __int128)rest * 10;
        *digit = (char)('0' + (int)(next >> 64));
        rest = (uint64_t)next;
    }
    bool odd = precision == 0 ? (whole & 1) != 0 : (end[-1] & 1) != 0;
    bool carry = rest > 1ull << 63 || (rest == 1ull << 63 && odd);
    for (char *digit = end; carry && digit > point;) {
        carry = *--digit == '9';
        *digit = carry ? '0' : (char)(*digit + 1);
    }
    whole += carry;
    /* The digits before the point end one place before it, when there is one. */
    char *start = digits(point - 1, whole, 10, 0);
    point[-1] = '.';
    if (precision == 0 && !c->alternative) {
        end--;
    }
    char sign = sign_of(c, negative);
    int64_t length = end - start, zeros = c->zero && !c->left ? c->width - length - (sign != 0) : 0;
    put_padded(s, c, &sign, sign != 0, zeros > 0 ? zeros : 0, start, (size_t)length);
    return true;
}

static const char *number(const char *f, int *value)
{
    int64_t n = 0;
    for (; *f >= '0' && *f <= '9'; f++) {
        n = n < INT_MAX ? n * 10 + (*f - '0') : n;
    }
    *value = n < INT_MAX ? (int)n : INT_MAX;
    return f;
}

/* The size's letter: 'H' for hh, 'h', 'l' for all of 64 bits, 'L', or 0. */
static uintmax_t integer(va_list *arguments, char size, bool with_sign)
{
    if (size == 'l') {
        return va_arg(*arguments, uint64_t);
    }
    int value = va_arg(*arguments, int);
    switch (size) {
    case 'H': return with_sign ? (uintmax_t)(signed char)value : (unsigned char)value;
    case 'h': return with_sign ? (uintmax_t)(short)value : (unsigned short)value;
    default: return with_sign ? (uintmax_t)value : (unsigned)value;
    }
}

static void print(struct sink *s, const char *f, va_list *arguments)
{
    int error = errno;
    for (;;) {
        const char *text = f;
        while (*f != 0 && *f != '%') {
            f++;
        }
        put(s, text, (size_t)(f - text));
        if (*f == 0) {
            return;
        }
        const char *conversion = f++;
        struct conversion c = { .precision = -1 };
        for (;; f++) {
            if (*f == '-') {
                c.left = true;
            } else if (*f == '0') {
                c.zero = true;
            } else if (*f == '+') {
                c.plus = true;
            } else if (*f == ' ') {
                c.space = true;
            } else if (*f == '#') {
                c.alternative = true;
            } else {
                break;
            }
        }
        if (*f == '*') {
            c.width = va_arg(*arguments, int);
            c.left |= c.width < 0;
            c.width = c.width == INT_MIN ? INT_MAX : c.width < 0 ? -c.width : c.width;
            f++;
        } else {
            f = number(f, &c.width);
        }
        if (*f == '.') {
            if (f[1] == '*') {
                c.precision = va_arg(*arguments, int);
                f += 2;
            } else {
                f = number(f + 1, &c.precision);
            }
        }
        char size = 0;
        for (; *f == 'h' || *f == 'l' || *f == 'z' || *f == 'j' || *f == 't' || *f == 'L'; f++) {
            size = *f == 'h' ? (size == 'h' ? 'H' : 'h') : *f == 'L' ? 'L' : 'l';
        }
        char kind = *f;
        if (kind == 0) {
            put(s, conversion, (size_t)(f - conversion));
            return;
        }
        f++;
        bool done = true;
        switch (kind) {
        case '%':
            put(s, "%", 1);
            break;
        case 'd':
        case 'i': {
            intmax_t value = (intmax_t)integer(arguments, size, true);
            put_integer(s, &c, sign_of(&c, value < 0), 10, false, value < 0 ? 0 - (uintmax_t)value : (uintmax_t)value);
            break;
        }
        case 'u':
        case 'o':
        case 'x':
        case 'X':
            put_integer(s, &c, 0, kind == 'u' ? 10 : kind == 'o' ? 8 : 16, kind == 'X', integer(arguments, size, false));
            break;
        case 'p': {
            void *value = va_arg(*arguments, void *);
            if (value == NULL) {
                c.precision = -1;
                put_string(s, &c, "(nil)");
            } else {
                c.alternative = true;
                put_integer(s, &c, sign_of(&c, false), 16, false, (uintptr_t)value);
            }
            break;
        }
        case 'c':
        case 's':
            if (size == 'l') {
                done = false;
                if (kind == 'c') {
                    (void)va_arg(*arguments, wint_t);
                } else {
                    (void)va_arg(*arguments, void *);
                }
            } else if (kind == 'c') {
                char value = (char)va_arg(*arguments, int);
                put_padded(s, &c, "", 0, 0, &value, 1);
            } else {
                put_string(s, &c, va_arg(*arguments, const char *));
            }
            break;
        case 'm': {
            char buffer[64];
            put_string(s, &c, strerror_r(error, buffer, sizeof buffer));
            break;
        }
        case 'n':
        case 'S':
            (void)va_arg(*arguments, void *);
            done = false;
            break;
        case 'C':
            (void)va_arg(*arguments, wint_t);
            done = false;
            break;
        case 'a':
        case 'A':
        case 'e':
        case 'E':
        case 'f':
        case 'F':
        case 'g':
        case 'G':
            if (size == 'L') {
                (void)va_arg(*arguments, long double);
                done = false;
            } else {
                double value = va_arg(*arguments, double);
                done = kind == 'f' && put_fixed(s, &c, value);
            }
            break;
        default:
            done = false;
            break;
        }
        if (!done) {
            put(s, conversion, (size_t)(f - conversion));
        }
    }
}

/* glibc also asks for checks of %n and for long double as double; neither is printed here. */
WEAK int __vfprintf_internal(FILE *stream, const char *format, va_list arguments, unsigned mode)
{
    (void)mode;
    struct sink s;
    s.stream = stream;
    s.written = 0;
    s.used = 0;
    s.failed = false;
    bool lock = (stream->_flags & NO_LOCK) == 0;
    if (lock) {
        flockfile(stream);
    }
    va_list copy;
    va_copy(copy, arguments);
    print(&s, format, &copy);
    va_end(copy);
    flush(&s);
    if (lock) {
        funlockfile(stream);
    }
    if (s.written > INT_MAX) {
        errno = EOVERFLOW;
        return -1;
    }
    return s.failed ? -1 : (int)s.written;
}
