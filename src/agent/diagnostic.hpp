// Diagnostic: one mistake in a file of the user's, shown the way a compiler shows it.
//
//   velocity.yml:14:5: error[VC0107]: unknown key "input"
//      14 |     input:
//         |     ^~~~~
//   help: did you mean "inputs"?
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

enum class Severity { error, warning };

struct SourcePosition {
  std::string file;  // As the user would name it; "" when there is none (a flag, for example).
  int line = 0;      // From 1; 0 is unknown.
  int column = 0;    // From 1, in characters.
  int width = 1;     // Characters underlined.
};

struct Diagnostic {
  Severity severity = Severity::error;
  int code = 0;  // 107 is shown as VC0107. The list is in docs/errors.md.
  std::string message;
  SourcePosition at;
  std::string source_line;  // The text of that line; "" shows no excerpt.
  std::string help;
};

using Diagnostics = std::vector<Diagnostic>;

enum class Colour { off, on };

std::string render(const Diagnostic& diagnostic, Colour colour = Colour::off);
std::string render(const Diagnostics& diagnostics, Colour colour = Colour::off);
bool has_errors(const Diagnostics& diagnostics);

}  // namespace vc::agent
