/* No stream is ever wide and no text is converted: the program stays in the C locale, opens no file with "ccs=" and writes bytes.
   These stand where glibc's streams and name look-up would bring in its wide streams and character set conversion. */
#include <stddef.h>
#include <stdio.h>

#define WEAK __attribute__((weak))
#define ALIAS(name) __attribute__((weak, alias(#name)))

/* What a wide stream does, of which there is none: as long as glibc's table of functions (21 pointers), and empty. */
WEAK const void *const _IO_wfile_jumps[24] = { NULL };
extern const void *const _IO_wfile_jumps_mmap[24] ALIAS(_IO_wfile_jumps);
extern const void *const _IO_wfile_jumps_maybe_mmap[24] ALIAS(_IO_wfile_jumps);

/* A stream that has no orientation yet becomes one of bytes, unless the caller only asks. To make one wide has no effect. */
WEAK int _IO_fwide(FILE *stream, int mode)
{
    if (mode != 0 && stream->_mode == 0) {
        stream->_mode = -1;
    }
    return stream->_mode;
}

/* Called for wide streams only. */
WEAK int _IO_wdo_write(FILE *stream, const wchar_t *data, size_t n) { (void)stream; (void)data; (void)n; return EOF; }
WEAK void _IO_wsetb(FILE *stream, wchar_t *from, wchar_t *to, int own) { (void)stream; (void)from; (void)to; (void)own; }
WEAK void _IO_free_wbackup_area(FILE *stream) { (void)stream; }

/* The conversion that "ccs=" asks for: not to be had, and fopen fails. */
WEAK int __wcsmbs_named_conv(void *functions, const char *name) { (void)functions; (void)name; return 1; }

/* The conversion functions of the C locale, for mbrtowc and the like, and what fclose gives back of a wide stream. */
WEAK const void *const __wcsmbs_gconv_fcts_c[4] = { NULL };
WEAK int __gconv_lock = 0;
WEAK void __gconv_release_step(void *step) { (void)step; }

/* Names with other than ASCII characters need libidn2, which cannot be loaded: idna_name_encoding_error, and getaddrinfo fails with EAI_IDN_ENCODE. */
WEAK int __idna_name_classify(const char *name)
{
    for (; *name != 0; name++) {
        if ((unsigned char)*name >= 0x80) {
            return 3;
        }
    }
    return 0;
}
