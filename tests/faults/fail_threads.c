/* LD_PRELOAD for the engine: FAIL_THREADS names a file of 8 bytes; while the number in it is not zero, no thread is to be
   had. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static volatile int64_t *fails;

__attribute__((constructor)) static void look(void) {
  const char *file = getenv("FAIL_THREADS");
  if (!file || strcmp(program_invocation_short_name, "pons") != 0) return;
  int opened = open(file, O_RDWR | O_CLOEXEC);
  if (opened < 0) return;
  void *mapped = mmap(NULL, sizeof *fails, PROT_READ | PROT_WRITE, MAP_SHARED, opened, 0);
  if (mapped != MAP_FAILED) fails = mapped;
  close(opened);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*work)(void *), void *of) {
  static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  if (!real) real = dlsym(RTLD_NEXT, "pthread_create");
  return fails && *fails ? EAGAIN : real(thread, attributes, work, of);
}
