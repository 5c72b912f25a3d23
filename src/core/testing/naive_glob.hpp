// naive_glob_matches: what a glob means, in the fewest lines; exponential, for short inputs only.
//
// The reference that glob_test.cpp and tests/fuzz/glob_fuzz.cpp hold Glob against. ASCII only, no
// character classes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vc {

inline std::vector<std::string> naive_segments(std::string_view text) {
  std::vector<std::string> segments;
  for (std::string segment; !text.empty(); segment.clear()) {
    while (!text.empty() && text.front() != '/') {
      segment += text.front();
      text.remove_prefix(1);
    }
    text.remove_prefix(text.empty() ? 0 : 1);
    if (!segment.empty() && segment != ".") {
      segments.push_back(segment);
    }
  }
  return segments;
}

inline bool naive_segment_matches(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) {
    return name.empty();
  }
  if (pattern[0] == '*') {
    return naive_segment_matches(pattern.substr(1), name) ||
           (!name.empty() && naive_segment_matches(pattern, name.substr(1)));
  }
  if (name.empty()) {
    return false;
  }
  if (pattern[0] == '\\') {
    pattern.remove_prefix(1);
  } else if (pattern[0] == '?') {
    return naive_segment_matches(pattern.substr(1), name.substr(1));
  }
  return pattern[0] == name[0] && naive_segment_matches(pattern.substr(1), name.substr(1));
}

inline bool naive_path_matches(const std::vector<std::string>& pattern, std::size_t i,
                               const std::vector<std::string>& path, std::size_t j) {
  if (i == pattern.size()) {
    return j == path.size();
  }
  if (pattern[i] == "**") {
    return naive_path_matches(pattern, i + 1, path, j) ||
           (j < path.size() && naive_path_matches(pattern, i, path, j + 1));
  }
  return j < path.size() && naive_segment_matches(pattern[i], path[j]) &&
         naive_path_matches(pattern, i + 1, path, j + 1);
}

inline bool naive_is_literal(std::string_view segment) {
  for (std::size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] == '*' || segment[i] == '?') {
      return false;
    }
    i += segment[i] == '\\' ? 1 : 0;
  }
  return true;
}

// `pattern` is one that Glob::compile accepts, without braces and classes.
inline bool naive_glob_matches(std::string_view pattern, std::string_view path) {
  auto segments = naive_segments(pattern);
  if (segments.empty() || pattern.ends_with('/') || naive_is_literal(segments.back())) {
    segments.emplace_back("**");
  }
  return naive_path_matches(segments, 0, naive_segments(path), 0);
}

}  // namespace vc
