// Difference: one ingredient that is not what it was, and the words for it.
#pragma once

#include "agent/explain/task_notes.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

enum class Change { added, removed, changed };

struct Difference {
  IngredientKind kind = IngredientKind::version;
  std::string name;
  Change change = Change::changed;
  std::string before;  // Values as ingredients have them; "" where there was none.
  std::string now;
  // Of outputs that are others: the first of them, and how many there are; 0 when nobody remembers.
  std::string first_output;
  std::size_t outputs = 0;
};

// Those that explain the others first: what is done before what it is done with, and dependencies
// last. Files by path. A manifest that is an input as well is told once.
std::vector<Difference> differences(const TaskNotes& before, const TaskNotes& now);

// "src/a.ts changed", "variable NODE_ENV set". Never a variable's or an argument's value. Paths of
// the package's own files are prefixed by `directory`, unless that is "".
std::string describe(const Difference& difference, std::string_view directory);

std::string_view name_of(Change change);

}  // namespace vc::agent
