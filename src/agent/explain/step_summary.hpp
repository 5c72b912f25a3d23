// The Markdown that a run adds to the page of a GitHub Actions job ($GITHUB_STEP_SUMMARY).
#pragma once

#include "agent/explain/finished_run.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace vc::agent {

// What GitHub takes for one step; beyond it the whole summary is refused.
inline constexpr std::size_t kStepSummaryBytesMax = 1 << 20;

// Failures first, then what was executed, the slowest first; hits are only counted. At most
// `bytes_max` bytes: what does not fit is counted too.
std::string step_summary(const FinishedRun& finished, std::size_t bytes_max = kStepSummaryBytesMax);

// Any text as text: no character of it means anything to Markdown or HTML.
std::string markdown_text(std::string_view text);

// Appends to the file that $GITHUB_STEP_SUMMARY names; does nothing when it is not set.
Result<void> append_step_summary(const FinishedRun& finished);

}  // namespace vc::agent
