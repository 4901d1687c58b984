#include <stdio.h
#if defined(A
int a = ;

struct half {
  int x
  char *name[;
};

int main(int argc, char **argv {
  for (int i = 0; i < 10; i++ {
    printf("unclosed %d\n, i);
  }
  if (argc) else { return }
  int y = (1 + 2 * ;
  switch y { case : break }
  x ++ + + = 3;
}

#define OPEN(a, b
} stray }
typedef struct;
@ ` $
int last(void) { return 'ab
