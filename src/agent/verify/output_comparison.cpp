#include "agent/verify/output_comparison.hpp"

#include <fmt/core.h>

#include <utility>

namespace vc::agent {

namespace {

std::string_view name_of_kind(EntryKind kind) {
  switch (kind) {
    case EntryKind::symlink:
      return "link";
    case EntryKind::directory:
      return "folder";
    case EntryKind::file:
      break;
  }
  return "file";
}

std::string_view mode_words(const OutputEntry& entry) {
  return entry.executable ? "executable" : "not executable";
}

std::string content_difference(const OutputEntry& cached, const OutputEntry& made) {
  if (cached.size_bytes == made.size_bytes) {
    return fmt::format("content, {} bytes in both", made.size_bytes);
  }
  return fmt::format("content, {} bytes (cached: {})", made.size_bytes, cached.size_bytes);
}

// Of two entries of the same path; "" when they are equal.
std::string difference_of(const OutputEntry& cached, const OutputEntry& made) {
  if (cached == made) {
    return {};
  }
  if (cached.kind != made.kind) {
    return fmt::format("a {} (cached: a {})", name_of_kind(made.kind), name_of_kind(cached.kind));
  }
  if (cached.target != made.target) {
    return fmt::format("link to {} (cached: to {})", printable(made.target),
                       printable(cached.target));
  }
  std::string out;
  if (cached.digest != made.digest || cached.size_bytes != made.size_bytes) {
    out = content_difference(cached, made);
  }
  if (cached.executable != made.executable) {
    out += fmt::format("{}{} (cached: {})", out.empty() ? "" : "; ", mode_words(made),
                       mode_words(cached));
  }
  return out;
}

}  // namespace

std::string_view name_of(VerifyOutcome outcome) {
  switch (outcome) {
    case VerifyOutcome::differs:
      return "differs";
    case VerifyOutcome::failed:
      return "failed";
    case VerifyOutcome::not_compared:
      return "not_compared";
    case VerifyOutcome::same:
      break;
  }
  return "same";
}

std::string_view name_of(OutputDifferenceKind kind) {
  switch (kind) {
    case OutputDifferenceKind::missing:
      return "missing";
    case OutputDifferenceKind::extra:
      return "extra";
    case OutputDifferenceKind::changed:
      break;
  }
  return "changed";
}

OutputComparison compare_outputs(std::span<const OutputEntry> cached,
                                 std::span<const OutputEntry> made) {
  OutputComparison out;
  const auto add = [&](const std::string& path, OutputDifferenceKind kind, std::string detail) {
    ++out.total;
    if (out.differences.size() < kOutputDifferencesMax) {
      out.differences.push_back({.path = path, .kind = kind, .detail = std::move(detail)});
    }
  };
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < cached.size() || j < made.size()) {
    if (j == made.size() || (i < cached.size() && cached[i].path < made[j].path)) {
      add(cached[i++].path, OutputDifferenceKind::missing, "");
    } else if (i == cached.size() || made[j].path < cached[i].path) {
      add(made[j++].path, OutputDifferenceKind::extra, "");
    } else {
      if (std::string detail = difference_of(cached[i], made[j]); !detail.empty()) {
        add(made[j].path, OutputDifferenceKind::changed, std::move(detail));
      }
      ++i;
      ++j;
    }
  }
  return out;
}

}  // namespace vc::agent
