#include "life/life.h"

static int alive(const struct grid* now, int row, int column) {
  return now->cells[(row + kHeight) % kHeight][(column + kWidth) % kWidth] == '#';
}

struct grid life_next(const struct grid* now) {
  struct grid next = {0};
  for (int row = 0; row < kHeight; ++row) {
    for (int column = 0; column < kWidth; ++column) {
      int neighbours = -alive(now, row, column);
      for (int dr = -1; dr <= 1; ++dr) {
        for (int dc = -1; dc <= 1; ++dc) {
          neighbours += alive(now, row + dr, column + dc);
        }
      }
      const int lives = neighbours == 3 || (neighbours == 2 && alive(now, row, column));
      next.cells[row][column] = lives ? '#' : '.';
    }
  }
  return next;
}
