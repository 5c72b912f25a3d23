// A grid of cells, '#' alive and '.' dead.
#ifndef EXAMPLE_SHAPE_H
#define EXAMPLE_SHAPE_H

enum { kWidth = 24, kHeight = 10 };

struct grid {
  char cells[kHeight][kWidth + 1];
};

#endif
