// Semantic versions and npm's ranges over them, as far as deciding what a workspace links needs it.
//
// Prereleases are compared like any version: npm is stricter, and so may link less than we assume.
// An edge too many costs a rebuild, an edge too few a stale hit.
#pragma once

#include <string_view>

namespace vc::agent {

enum class RangeMatch {
  yes,
  no,
  unknown,  // The version or the range is none: a tag ("latest"), a protocol, a mistake.
};

// `^ ~ >= <= > < =`, partial versions and x-ranges, `a - b`, blanks (and), `||` (or).
RangeMatch match_range(std::string_view version, std::string_view range);

}  // namespace vc::agent
