// Nothing calls this any more; the demo removes it, and its object file has to go with it.
#include <stdio.h>

void draw_border(int width);

void draw_border(int width) {
  for (int i = 0; i < width; ++i) {
    putchar('-');
  }
  putchar('\n');
}
