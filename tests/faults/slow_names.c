/* LD_PRELOAD: while the file that SLOW_NAMES names is there, a host whose name ends in .slow is found after 5 seconds, and
   one whose name ends in .gone is not found, after as long. Without it both are this machine, at once. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int ends_in(const char *name, const char *end) {
  size_t length = strlen(name);
  return length >= strlen(end) && strcmp(name + length - strlen(end), end) == 0;
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
  static __typeof__(&getaddrinfo) real;
  if (!real) real = (__typeof__(&getaddrinfo))dlsym(RTLD_NEXT, "getaddrinfo");
  const char *file = getenv("SLOW_NAMES");
  if (!node || !file || !(ends_in(node, ".slow") || ends_in(node, ".gone"))) return real(node, service, hints, found);
  if (access(file, F_OK) == 0) {
    sleep(5);
    if (ends_in(node, ".gone")) return EAI_AGAIN;
  }
  return real("127.0.0.1", service, hints, found);
}
