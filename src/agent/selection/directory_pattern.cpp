#include "agent/selection/directory_pattern.hpp"

#include "core/glob_braces.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ranges>

namespace vc::agent {

namespace {

bool has_wildcard(std::string_view segment) {
  return segment.find_first_of("*?[\\") != std::string_view::npos;
}

// Appends the segments of `path`; false when ".." would leave what there is, or undo a wildcard.
bool append_segments(std::string_view path, std::vector<std::string>& segments) {
  for (const auto part : std::views::split(path, '/')) {
    const std::string_view segment(part.begin(), part.end());
    if (segment.empty() || segment == ".") {
      continue;
    }
    if (segment != "..") {
      segments.emplace_back(segment);
    } else if (segments.empty() || has_wildcard(segments.back())) {
      return false;
    } else {
      segments.pop_back();
    }
  }
  return true;
}

}  // namespace

Result<DirectoryPattern> DirectoryPattern::create(std::string_view pattern, std::string_view base) {
  if (pattern.starts_with('/')) {
    return fail(Errc::invalid, "the folder is not relative");
  }
  VC_TRY(const auto expanded, expand_braces(pattern, {.alternatives_max = Glob::kAlternativesMax,
                                                      .bytes_max = Glob::kExpandedBytesMax}));
  DirectoryPattern result;
  for (const std::string& text : expanded) {
    std::vector<std::string> segments;
    append_segments(base, segments);
    if (!append_segments(text, segments)) {
      return fail(Errc::invalid, "the folder is not inside the workspace");
    }
    result.text_ +=
        (result.alternatives_.empty() ? "" : ",") + fmt::format("{}", fmt::join(segments, "/"));
    Alternative alternative;
    while (!segments.empty() && !has_wildcard(segments.back())) {
      alternative.end.push_back(std::move(segments.back()));
      segments.pop_back();
    }
    if (!segments.empty()) {
      VC_TRY(alternative.front, Glob::compile(fmt::format("{}", fmt::join(segments, "/"))));
      result.is_literal_ = false;
    }
    result.alternatives_.push_back(std::move(alternative));
  }
  return result;
}

bool DirectoryPattern::matches(std::string_view directory) const {
  return std::ranges::any_of(alternatives_, [&](const Alternative& alternative) {
    return matches(alternative, directory);
  });
}

bool DirectoryPattern::matches(const Alternative& alternative, std::string_view directory) {
  for (const std::string& segment : alternative.end) {
    const std::size_t slash = directory.rfind('/');
    const std::size_t begin = slash == std::string_view::npos ? 0 : slash + 1;
    if (directory.substr(begin) != segment) {
      return false;
    }
    directory = directory.substr(0, slash == std::string_view::npos ? 0 : slash);
  }
  if (!alternative.front) {
    return directory.empty();
  }
  return directory.empty() ? alternative.front->pattern() == "**"
                           : alternative.front->matches(directory);
}

}  // namespace vc::agent
