// Examination: what `velocity-server doctor` says of a store, one finding a question.
#pragma once

#include "storage/driver.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vc::storage {

enum class Verdict {
  good,
  doubtful,  // It works, and somebody should know.
  bad,       // It does not work, or not safely.
};

struct Finding {
  Verdict verdict = Verdict::good;
  std::string_view subject;
  std::string text;
  std::string hint;  // What to do about it; may be empty.
};

// Blocks until the store's probe has ended, and for a few questions more.
std::vector<Finding> examine(Driver& driver);

}  // namespace vc::storage
