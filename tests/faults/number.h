#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The number in the file of 8 bytes that the environment names, which may change at any time. NULL: it names none, or
   this program is not the engine. */
static int64_t *number_of(const char *variable) {
  const char *file = getenv(variable);
  if (!file || strcmp(program_invocation_short_name, "pons") != 0) return NULL;
  int opened = open(file, O_RDWR | O_CLOEXEC);
  if (opened < 0) return NULL;
  void *mapped = mmap(NULL, sizeof(int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, opened, 0);
  close(opened);
  return mapped == MAP_FAILED ? NULL : mapped;
}
