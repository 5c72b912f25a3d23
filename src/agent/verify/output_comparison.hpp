// Comparison of two results of one task, path by path: kind, exec bit, content or link target.
#pragma once

#include "agent/archive.hpp"
#include "agent/verify/hit_verification.hpp"

#include <span>

namespace vc::agent {

// Pure. Both are sorted by path, as collect_outputs() and artifacts have them. Equal spans, and
// only those, give no differences.
OutputComparison compare_outputs(std::span<const OutputEntry> cached,
                                 std::span<const OutputEntry> made);

}  // namespace vc::agent
