// Filter: one `--filter` expression, parsed. Pure text; select_packages.hpp says what it selects.
//
//   filter := ["!"] ["..." ["^"]] core [["^"] "..."]
//   core   := "." | ".." | ("./" | "../") directory
//           | [name] ["{" directory "}"] [["..."] "[" range "]"]        (not all three absent)
//   range  := revision | revision "..." revision
//
// The grammar is Turborepo's (its documentation of `turbo run --filter`), without tags. `*` in a
// name stands for any characters, also '/'; a directory is a Glob, relative to where the user
// stands.
#pragma once

#include "agent/diagnostic.hpp"

#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace vc::agent {

inline constexpr std::size_t kFilterBytesMax = 4096;

// `[from]`: what differs between the revision and the working tree, untracked files included.
// `[from...to]`: what `to` has changed since it parted from `from`; the working tree does not
// count.
struct ChangeRange {
  std::string from;
  std::string to;  // "" is the working tree.

  bool operator==(const ChangeRange&) const = default;
};

struct Filter {
  std::string text;  // As it was written.
  bool is_exclusion = false;
  bool adds_dependents = false;
  bool adds_dependencies = false;
  bool leaves_itself_out = false;  // `^`
  std::string name;                // "" is any.
  std::optional<std::string> directory;
  std::optional<ChangeRange> changes;
  bool counts_dependencies_changes = false;  // `name...[range]`
};

// Errors carry position and remedy: codes::kBadFilter.
std::expected<Filter, Diagnostic> parse_filter(std::string_view text);

// An error about the whole of a filter.
Diagnostic filter_diagnostic(int code, std::string_view filter, std::string message,
                             std::string help);

}  // namespace vc::agent
