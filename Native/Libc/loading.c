/* A static program loads nothing at run time. glibc's dlopen in a static program works only beside shared libraries of exactly
   the glibc it was linked with, and getaddrinfo calls it for every name service in /etc/nsswitch.conf that is not built in:
   a crash waiting on somebody else's machine. Here every such request is refused, and the caller takes its other way.
   The __libc_ names are the ones that glibc uses itself (name services, character set conversion). */
#include <stddef.h>

#define WEAK __attribute__((weak))

WEAK void *dlopen(const char *file, int mode) { (void)file; (void)mode; return NULL; }
WEAK void *dlsym(void *handle, const char *name) { (void)handle; (void)name; return NULL; }
WEAK int dlclose(void *handle) { (void)handle; return 0; }
WEAK char *dlerror(void) { return (char *)"a static program loads no shared libraries"; }
WEAK int dladdr(const void *address, void *info) { (void)address; (void)info; return 0; }

WEAK void *__libc_dlopen_mode(const char *file, int mode) { (void)file; (void)mode; return NULL; }
WEAK void *__libc_dlsym(void *handle, const char *name) { (void)handle; (void)name; return NULL; }
WEAK void *__libc_dlvsym(void *handle, const char *name, const char *version) { (void)handle; (void)name; (void)version; return NULL; }
WEAK int __libc_dlclose(void *handle) { (void)handle; return 0; }
