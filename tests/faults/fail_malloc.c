/* LD_PRELOAD for the engine: FAIL_MALLOC names a file of 8 bytes, a number that each allocation brings one nearer to zero.
   The one that brings it to zero gets no memory. Below zero only allocations of libpq count: they are few, and what
   PostgreSQL said is lost with them. */
#define _GNU_SOURCE
#include <dlfcn.h>

#include "number.h"

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

static int64_t *left;

__attribute__((constructor)) static void look(void) { left = number_of("FAIL_MALLOC"); }

static int is_libpq(const void *caller) {
  Dl_info in;
  return dladdr(caller, &in) && in.dli_fname && strstr(in.dli_fname, "/libpq.");
}

static int fails(const void *caller) {
  int64_t now = left ? __atomic_load_n(left, __ATOMIC_RELAXED) : 0;
  if (now == 0 || (now < 0 && !is_libpq(caller))) return 0;
  if (__atomic_add_fetch(left, now > 0 ? -1 : 1, __ATOMIC_RELAXED) != 0) return 0;
  errno = ENOMEM;
  return 1;
}

#define CALLER __builtin_return_address(0)

void *malloc(size_t size) { return fails(CALLER) ? NULL : __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return fails(CALLER) ? NULL : __libc_calloc(count, size); }
void *realloc(void *block, size_t size) { return size && fails(CALLER) ? NULL : __libc_realloc(block, size); }
void *memalign(size_t alignment, size_t size) { return fails(CALLER) ? NULL : __libc_memalign(alignment, size); }
void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **block, size_t alignment, size_t size) {
  *block = memalign(alignment, size);
  return *block ? 0 : ENOMEM;
}
