// HitVerification: what `run --verify` found out about one cached result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// Of one task; beyond it they are only counted.
inline constexpr std::size_t kOutputDifferencesMax = 20;

enum class OutputDifferenceKind : std::uint8_t {
  changed,  // Both have the path, with another kind, exec bit, content or link target.
  missing,  // Only the cached result has it.
  extra,    // Only what was made now has it.
};

struct OutputDifference {
  std::string path;  // Relative to the package directory.
  OutputDifferenceKind kind = OutputDifferenceKind::changed;
  std::string detail;  // Of a changed one: "content, 12 bytes (cached: 14)".

  friend bool operator==(const OutputDifference&, const OutputDifference&) = default;
};

struct OutputComparison {
  std::vector<OutputDifference> differences;  // The first kOutputDifferencesMax, by path.
  std::size_t total = 0;
};

enum class VerifyOutcome : std::uint8_t {
  same,
  differs,
  failed,        // The command failed when it ran again, or made what no archive can hold.
  not_compared,  // Nothing is known: an input was edited meanwhile, say.
};

struct HitVerification {
  VerifyOutcome outcome = VerifyOutcome::same;
  std::string why;         // Of `failed` and `not_compared`.
  OutputComparison found;  // Of `differs`.
  std::string log;         // Of `failed`: an encoded TaskLog.

  // Whether the result is not what its key promises.
  bool is_mismatch() const {
    return outcome == VerifyOutcome::differs || outcome == VerifyOutcome::failed;
  }
};

std::string_view name_of(VerifyOutcome outcome);
std::string_view name_of(OutputDifferenceKind kind);

}  // namespace vc::agent
