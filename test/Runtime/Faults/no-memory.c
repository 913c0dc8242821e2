/*===- no-memory.c - Memory that is not there
---------------------------------===*\
|*                                                                            *|
|* Loaded with LD_PRELOAD: of the allocations of ATTN_FAIL_BYTES or more (1 if
*|
|* unset), counted in the whole process, ATTN_FAIL_COUNT find no memory (all
if*|
|* unset), beginning with number ATTN_FAIL_FROM. If that is unset, none fails,
*|
|* and how many there were is written to stderr at the end. *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static atomic_long count;
static long failFrom = -1;  /* -1: never */
static long failCount = -1; /* -1: all */
static size_t failBytes = 1;

__attribute__((constructor)) static void start(void) {
  const char *from = getenv("ATTN_FAIL_FROM"),
             *bytes = getenv("ATTN_FAIL_BYTES");
  const char *many = getenv("ATTN_FAIL_COUNT");
  if (many)
    failCount = strtol(many, NULL, 10);
  if (bytes)
    failBytes = strtoul(bytes, NULL, 10);
  atomic_store(&count, 0);
  if (from)
    failFrom = strtol(from, NULL, 10);
}

__attribute__((destructor)) static void finish(void) {
  char text[64];
  int length =
      snprintf(text, sizeof text, "allocations: %ld\n", atomic_load(&count));
  if (failFrom < 0 && write(STDERR_FILENO, text, (size_t)length) < 0)
    _exit(3);
}

static int fails(size_t bytes) {
  if (bytes < failBytes)
    return 0;
  long number = atomic_fetch_add(&count, 1);
  if (failFrom < 0 || number < failFrom ||
      (failCount >= 0 && number >= failFrom + failCount))
    return 0;
  errno = ENOMEM;
  return 1;
}

void *malloc(size_t bytes) {
  return fails(bytes) ? NULL : __libc_malloc(bytes);
}
void *calloc(size_t n, size_t bytes) {
  return fails(n * bytes) ? NULL : __libc_calloc(n, bytes);
}
void *realloc(void *old, size_t bytes) {
  return fails(bytes) ? NULL : __libc_realloc(old, bytes);
}
void *memalign(size_t alignment, size_t bytes) {
  return fails(bytes) ? NULL : __libc_memalign(alignment, bytes);
}
void *aligned_alloc(size_t alignment, size_t bytes) {
  return memalign(alignment, bytes);
}
int posix_memalign(void **memory, size_t alignment, size_t bytes) {
  *memory = memalign(alignment, bytes);
  return *memory ? 0 : ENOMEM;
}
