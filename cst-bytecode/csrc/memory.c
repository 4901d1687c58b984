// What the allocator keeps.

#include <stdlib.h>
#include "cst_shim.h"
#ifdef __GLIBC__
#include <malloc.h>
#endif

void cst_release_memory(void) {
#ifdef __GLIBC__
  // glibc has an arena for each thread, and gives back what is free at its end only.
  malloc_trim(0);
#endif
}
