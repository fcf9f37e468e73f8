/* LD_PRELOAD for PostgreSQL: the next fsync or fdatasync fails with EIO when the file that FAIL_FSYNC names is there; it
   is removed, so that one call fails. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fails(void) {
  const char *file = getenv("FAIL_FSYNC");
  return file && strcmp(program_invocation_short_name, "postgres") == 0 && unlink(file) == 0;
}

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
