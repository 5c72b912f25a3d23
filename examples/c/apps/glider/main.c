#include "draw/draw.h"
#include "life/life.h"

int main(void) {
  struct grid grid;
  draw_glider(&grid);
  for (int generation = 0; generation < 8; ++generation) {
    grid = life_next(&grid);
  }
  draw_grid(&grid);
  return 0;
}
