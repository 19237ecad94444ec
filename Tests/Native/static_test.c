/* Linked as the program is: statically, with Native/Libc before glibc. Tries the callers of what was replaced. Run by scripts/libc-test.sh. */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wchar.h>

static int passed, failed;

static void check(int ok, const char *what)
{
    passed += ok;
    failed += !ok;
    if (!ok) {
        printf("static program: %s\n", what);
    }
}

/* What is in the file that descriptor 2, or the stream, was written to. */
static const char *content(const char *path)
{
    static char text[4096];
    FILE *file = fopen(path, "r");
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    return text;
}

static void prints(const char *path)
{
    char text[64], *made = NULL;
    memset(text, 7, sizeof text);
    check(snprintf(text, 8, "%s-%d", "abcdef", 1234) == 11 && strcmp(text, "abcdef-") == 0 && text[8] == 7, "snprintf cuts");
    check(snprintf(NULL, 0, "%*d", 1000, 1) == 1000 && snprintf(text, 1, "x") == 1 && text[0] == 0, "snprintf measures");
    check(snprintf(NULL, 0, "x%*d%d", INT_MAX, 1, 2) == -1 && errno == EOVERFLOW, "snprintf of more than INT_MAX");
    check(sprintf(text, "%x|%5.2f|%c", 255u, 1.375, 'z') == 10 && strcmp(text, "ff| 1.38|z") == 0, "sprintf");
    int n = 0;
    check(sprintf(text, "%e %d %n %Lf %s", 1.0, 5, &n, 2.0L, "end") == 15 && strcmp(text, "%e 5 %n %Lf end") == 0 && n == 0, "conversions that are not known");
    check(asprintf(&made, "%2000s|%s", "x", "y") == 2002 && strlen(made) == 2002 && strcmp(made + 1999, "x|y") == 0, "asprintf");
    free(made);
    FILE *file = fopen(path, "we");
    check(fprintf(file, "%s %d\n", "line", 1) == 7 && fputs("2\n", file) >= 0 && fwide(file, 0) < 0 && fclose(file) == 0, "fprintf");
    check(strcmp(content(path), "line 1\n2\n") == 0, "fprintf's file");
    file = fopen(path, "w");
    dprintf(fileno(file), "%d%%", 7);
    check(fclose(file) == 0 && strcmp(content(path), "7%") == 0, "dprintf");
}

/* Standard error of a child: perror, and an assertion of glibc's that ends it. */
static void errors(const char *path)
{
    pid_t child = fork();
    if (child == 0) {
        freopen(path, "w", stderr);
        errno = ENOENT;
        perror("what");
        __assert_fail("a == b", "file.c", 12, "function");
    }
    int status = 0;
    waitpid(child, &status, 0);
    check(WIFSIGNALED(status) && strstr(content(path), "what: No such file or directory\n") != NULL, "perror");
    check(strstr(content(path), "file.c:12: function: Assertion `a == b' failed.\n") != NULL, "an assertion");
}

static void streams(const char *path)
{
    FILE *file = fopen(path, "w+");
    fputs("one 17\ntwo\n", file);
    rewind(file);
    char *line = NULL, word[8];
    size_t size = 0;
    int number = 0;
    check(fscanf(file, "%7s %d", word, &number) == 2 && strcmp(word, "one") == 0 && number == 17, "fscanf");
    check(getline(&line, &size, file) == 1 && getline(&line, &size, file) == 4 && strcmp(line, "two\n") == 0, "getline");
    check(ungetc('x', file) == 'x' && getc(file) == 'x' && fseek(file, 1, SEEK_SET) == 0 && getc(file) == 'n', "ungetc, fseek");
    free(line);
    check(fclose(file) == 0, "fclose");
    check(fopen(path, "r,ccs=UTF-8") == NULL, "fopen with a conversion");
}

static void names(void)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list = NULL;
    if (access("/etc/hosts", R_OK) == 0 && strstr(content("/etc/hosts"), "localhost") != NULL) {
        check(getaddrinfo("localhost", NULL, &hints, &list) == 0 && list != NULL, "getaddrinfo of localhost");
        freeaddrinfo(list);
    }
    check(getaddrinfo("127.0.0.1", "80", &hints, &list) == 0 && list->ai_next == NULL, "getaddrinfo of an address");
    freeaddrinfo(list);
    hints.ai_flags = AI_IDN;
    check(getaddrinfo("n\xc3\xa4me.invalid", NULL, &hints, &list) == EAI_IDN_ENCODE, "getaddrinfo of a name that is not ASCII");
}

int main(int count, char **arguments)
{
    const char *path = arguments[count - 1];
    prints(path);
    errors(path);
    streams(path);
    names();
    check(isalpha('a') && !isalpha('1') && isspace('\v') && toupper('q') == 'Q' && tolower('Q') == 'q' && !isalpha(0xe4), "character classes");
    check(strtol("-0x1f", NULL, 0) == -31 && strcmp(strerror(ENOENT), "No such file or directory") == 0, "strtol, strerror");
    printf("%d uses of the static program's library are right, %d wrong\n", passed, failed);
    return failed != 0;
}
