#include "draw/draw.h"

#include <stdio.h>
#include <string.h>

void draw_grid(const struct grid* grid) {
  for (int row = 0; row < kHeight; ++row) {
    puts(grid->cells[row]);
  }
}

void draw_glider(struct grid* grid) {
  for (int row = 0; row < kHeight; ++row) {
    memset(grid->cells[row], '.', kWidth);
    grid->cells[row][kWidth] = '\0';
  }
  memcpy(grid->cells[1] + 2, "#", 1);
  memcpy(grid->cells[2] + 3, "#", 1);
  memcpy(grid->cells[3] + 1, "###", 3);
}
