/* LD_PRELOAD for PostgreSQL: the next fsync or fdatasync fails with EIO when the file that FAIL_FSYNC names is there; it
   is removed, so that one call fails. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *file;

/* At the start, and kept: PostgreSQL writes over its name and its environment. */
__attribute__((constructor)) static void look(void) {
  const char *named = getenv("FAIL_FSYNC");
  if (named && strcmp(program_invocation_short_name, "postgres") == 0) file = strdup(named);
}

static int fails(void) { return file && unlink(file) == 0; }

#define OVERRIDE(name)                                                 \
  int name(int descriptor) {                                           \
    static int (*real)(int);                                           \
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, #name);           \
    if (!fails()) return real(descriptor);                             \
    errno = EIO;                                                       \
    return -1;                                                         \
  }

OVERRIDE(fsync)
OVERRIDE(fdatasync)
