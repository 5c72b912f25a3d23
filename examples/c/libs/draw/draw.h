#include "shape/shape.h"

void draw_grid(const struct grid* grid);
void draw_glider(struct grid* grid);
