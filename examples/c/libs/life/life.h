#include "shape/shape.h"

// The next generation of Conway's game of life on a torus.
struct grid life_next(const struct grid* now);
