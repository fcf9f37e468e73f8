/* LD_PRELOAD for the engine: FAIL_THREADS names a file of 8 bytes; while the number in it is not zero, no thread is to be
   had. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>

#include "number.h"

static volatile int64_t *fails;

__attribute__((constructor)) static void look(void) { fails = number_of("FAIL_THREADS"); }

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*work)(void *), void *of) {
  static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  if (!real) real = dlsym(RTLD_NEXT, "pthread_create");
  return fails && *fails ? EAGAIN : real(thread, attributes, work, of);
}
