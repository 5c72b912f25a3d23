# Included by every package. `make` itself keeps nothing between runs that VelocityCache restores: out/ is all there is.
CFLAGS := -std=c11 -O2 -Wall -Wextra -Werror -I../../include -I../../libs
SOURCES := $(wildcard *.c)
OBJECTS := $(SOURCES:%.c=out/%.o)

out/%.o: %.c
	@mkdir -p out
	$(CC) $(CFLAGS) -c $< -o $@
