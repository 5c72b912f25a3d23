#include "agent/fingerprint/ignore_rules.hpp"

#include "core/text.hpp"

#include <ranges>

namespace vc::agent {

namespace {

// Spaces at the end do not count unless a backslash is before them.
std::string_view without_trailing_spaces(std::string_view line) {
  std::size_t end = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line[at] == '\\') {
      ++at;
      end = at + 1;
    } else if (line[at] != ' ') {
      end = at + 1;
    }
  }
  return line.substr(0, end);
}

}  // namespace

IgnoreRules IgnoreRules::parse(std::string_view text) {
  text = without_byte_order_mark(text);
  IgnoreRules rules;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    // As git reads it: a line ends at a NUL, whatever follows.
    line = line.substr(0, line.find('\0'));
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (!line.starts_with('#')) {
      rules.add_line(without_trailing_spaces(line));
    }
  }
  return rules;
}

void IgnoreRules::add_line(std::string_view line) {
  const bool negative = line.starts_with('!');
  line.remove_prefix(negative ? 1 : 0);
  const bool directories_only = line.ends_with('/');
  line.remove_suffix(directories_only ? 1 : 0);
  if (line.empty()) {
    return;
  }
  const bool names_only = line.find('/') == std::string_view::npos;
  line.remove_prefix(line.starts_with('/') ? 1 : 0);
  patterns_.push_back({.text = Wildmatch(line),
                       .negative = negative,
                       .directories_only = directories_only,
                       .names_only = names_only});
}

IgnoreVerdict IgnoreRules::verdict(std::string_view path, FileKind kind) const {
  const std::size_t slash = path.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  for (const Pattern& pattern : std::views::reverse(patterns_)) {
    if ((!pattern.directories_only || kind == FileKind::directory) &&
        pattern.text.matches(pattern.names_only ? name : path)) {
      return pattern.negative ? IgnoreVerdict::kept : IgnoreVerdict::ignored;
    }
  }
  return IgnoreVerdict::silent;
}

bool is_ignored(const IgnoreScope* innermost, std::string_view path, FileKind kind) {
  for (const IgnoreScope* scope = innermost; scope != nullptr; scope = scope->outer.get()) {
    const std::size_t skip = scope->directory.empty() ? 0 : scope->directory.size() + 1;
    const IgnoreVerdict verdict = scope->rules.verdict(path.substr(skip), kind);
    if (verdict != IgnoreVerdict::silent) {
      return verdict == IgnoreVerdict::ignored;
    }
  }
  return false;
}

}  // namespace vc::agent
