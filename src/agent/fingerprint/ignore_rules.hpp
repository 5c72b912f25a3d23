// IgnoreRules: what a .gitignore file says (gitignore(5)), and IgnoreScope: what all of those that
// apply in a directory say together.
#pragma once

#include "agent/fingerprint/wildmatch.hpp"
#include "core/directory_listing.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

enum class IgnoreVerdict { silent, ignored, kept };  // `kept`: by a `!` pattern.

class IgnoreRules {
 public:
  static IgnoreRules parse(std::string_view text);

  bool empty() const { return patterns_.empty(); }

  // `path` is relative to the directory of the file. The last pattern that matches decides.
  IgnoreVerdict verdict(std::string_view path, FileKind kind) const;

 private:
  struct Pattern {
    Wildmatch text;
    bool negative = false;
    bool directories_only = false;
    bool names_only = false;  // Without a slash: matches the last name of a path.
  };

  void add_line(std::string_view line);

  std::vector<Pattern> patterns_;
};

// A chain from a directory up to the repository's root. Paths are relative to that root.
struct IgnoreScope {
  std::shared_ptr<const IgnoreScope> outer;
  std::string directory;  // "" is the root.
  IgnoreRules rules;
};

// Whether the patterns ignore `path`, given that no directory above it is ignored. The innermost
// file that says something decides.
bool is_ignored(const IgnoreScope* innermost, std::string_view path, FileKind kind);

}  // namespace vc::agent
