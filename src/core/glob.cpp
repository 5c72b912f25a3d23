#include "core/glob.hpp"

#include "core/glob_braces.hpp"
#include "core/glob_segment.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

namespace vc {

namespace {

// Splits off the first name of a path: "a/b/c" -> "a", leaving "b/c". An empty path has none.
std::string_view take_first(std::string_view& path) {
  const auto slash = path.find('/');
  const std::string_view name = path.substr(0, slash);
  path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  return name;
}

std::string_view take_last(std::string_view& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) {
    return std::exchange(path, {});
  }
  const std::string_view name = path.substr(slash + 1);
  path.remove_suffix(path.size() - slash);
  return name;
}

// What of `path` lies below directory `dir`; "" for `dir` itself, nullopt elsewhere.
std::optional<std::string_view> below(std::string_view path, std::string_view dir) {
  if (dir.empty()) {
    return path;
  }
  if (!path.starts_with(dir)) {
    return std::nullopt;
  }
  path.remove_prefix(dir.size());
  if (!path.empty()) {
    if (path.front() != '/') {
      return std::nullopt;
    }
    path.remove_prefix(1);
  }
  return path;
}

// Segments that match consecutive names; `**` is what stands between two groups.
using Group = std::vector<GlobSegment>;

bool take_group_first(const Group& group, std::string_view& path) {
  return std::ranges::all_of(group, [&](const GlobSegment& segment) {
    return !path.empty() && segment.matches(take_first(path));
  });
}

bool take_group_last(const Group& group, std::string_view& path) {
  return std::ranges::all_of(group | std::views::reverse, [&](const GlobSegment& segment) {
    return !path.empty() && segment.matches(take_last(path));
  });
}

// Finds the group as early in `path` as it occurs and cuts the path behind it.
bool find_group(const Group& group, std::string_view& path) {
  for (;;) {
    std::string_view behind = path;
    if (take_group_first(group, behind)) {
      path = behind;
      return true;
    }
    if (path.empty()) {
      return false;
    }
    take_first(path);
  }
}

}  // namespace

// A pattern without braces, as prefix/group/**/group/**/group: the literal prefix decides most
// paths with one comparison. The first group must match at the start, the last at the end, and each
// one between as early as it can, which leaves the most to the next: no backtracking.
class Glob::Alternative {
 public:
  static Result<Alternative> compile(std::string_view text);

  bool matches(std::string_view path) const;
  bool can_match_below(std::string_view dir) const;

  bool covers_all_below(std::string_view dir) const {
    return groups_.size() > 1 && groups_.back().empty() && matches(dir);
  }

  const std::string& prefix() const { return prefix_; }

 private:
  void add(GlobSegment segment);

  std::string prefix_;                  // Leading literal segments.
  std::vector<Group> groups_{Group{}};  // More than one when there is a `**`.
};

Result<Glob::Alternative> Glob::Alternative::compile(std::string_view text) {
  if (text.empty()) {
    return fail(Errc::invalid, "an empty pattern");
  }
  if (text.starts_with('/')) {
    return fail(Errc::invalid, "an absolute pattern", "patterns are relative: remove the first /");
  }
  Alternative alternative;
  // "." alone is a directory as well: it and everything below it.
  bool covers_below = true;
  const bool ends_in_slash = text.ends_with('/');
  while (!text.empty()) {
    const std::string_view part = take_first(text);
    if (part.empty() || part == ".") {
      continue;
    }
    if (part == "**") {
      if (alternative.groups_.size() == 1 || !alternative.groups_.back().empty()) {
        alternative.groups_.emplace_back();
      }
      covers_below = false;
      continue;
    }
    VC_TRY(GlobSegment segment, GlobSegment::compile(part));
    if (segment.is_literal() && segment.literal() == "..") {
      return fail(Errc::invalid, "a pattern with a \"..\" segment",
                  "patterns cannot leave their directory");
    }
    covers_below = segment.is_literal() || ends_in_slash;
    alternative.add(std::move(segment));
  }
  if (covers_below) {
    alternative.groups_.emplace_back();
  }
  return alternative;
}

void Glob::Alternative::add(GlobSegment segment) {
  if (segment.is_literal() && groups_.size() == 1 && groups_.front().empty()) {
    prefix_ += (prefix_.empty() ? "" : "/") + segment.literal();
  } else {
    groups_.back().push_back(std::move(segment));
  }
}

bool Glob::Alternative::matches(std::string_view path) const {
  const auto rest_of_path = below(path, prefix_);
  if (!rest_of_path) {
    return false;
  }
  std::string_view rest = *rest_of_path;
  if (!take_group_first(groups_.front(), rest)) {
    return false;
  }
  if (groups_.size() == 1) {
    return rest.empty();
  }
  if (!take_group_last(groups_.back(), rest)) {
    return false;
  }
  return std::all_of(groups_.begin() + 1, groups_.end() - 1,
                     [&](const Group& group) { return find_group(group, rest); });
}

bool Glob::Alternative::can_match_below(std::string_view dir) const {
  const auto rest_of_dir = below(dir, prefix_);
  if (!rest_of_dir) {
    return below(prefix_, dir).has_value();  // On the way down to the prefix, or aside of it.
  }
  std::string_view rest = *rest_of_dir;
  for (const GlobSegment& segment : groups_.front()) {
    if (rest.empty()) {
      return true;
    }
    if (!segment.matches(take_first(rest))) {
      return false;
    }
  }
  return groups_.size() > 1;  // A `**` takes all that is below; without one the pattern is used up.
}

Result<Glob> Glob::compile(std::string_view pattern) {
  if (pattern.size() > kPatternBytesMax) {
    return fail(Errc::invalid,
                "a pattern of more than " + std::to_string(kPatternBytesMax) + " bytes");
  }
  if (pattern.find('\0') != std::string_view::npos) {
    return fail(Errc::invalid, "a pattern with a NUL byte");
  }
  VC_TRY(const std::vector<std::string> texts,
         expand_braces(pattern,
                       {.alternatives_max = kAlternativesMax, .bytes_max = kExpandedBytesMax}));
  auto alternatives = std::make_shared<std::vector<Alternative>>();
  for (const std::string& text : texts) {
    VC_TRY(Alternative alternative, Alternative::compile(text));
    alternatives->push_back(std::move(alternative));
  }
  Glob glob;
  glob.pattern_ = pattern;
  glob.literal_prefix_ = alternatives->front().prefix();
  for (const Alternative& alternative : *alternatives) {
    while (!below(alternative.prefix(), glob.literal_prefix_)) {
      std::string_view shorter = glob.literal_prefix_;
      take_last(shorter);
      glob.literal_prefix_.resize(shorter.size());
    }
  }
  glob.alternatives_ = std::move(alternatives);
  return glob;
}

bool Glob::matches(std::string_view path) const {
  return std::ranges::any_of(*alternatives_, [&](const auto& a) { return a.matches(path); });
}

bool Glob::can_match_below(std::string_view dir) const {
  return std::ranges::any_of(*alternatives_, [&](const auto& a) { return a.can_match_below(dir); });
}

bool Glob::covers_all_below(std::string_view dir) const {
  return std::ranges::any_of(*alternatives_,
                             [&](const auto& a) { return a.covers_all_below(dir); });
}

Result<GlobSet> GlobSet::compile(const std::vector<std::string>& patterns, std::size_t* bad_index) {
  GlobSet set;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    std::string_view text = patterns[i];
    const bool exclude = text.starts_with('!');
    text.remove_prefix(exclude ? 1 : 0);
    auto glob = Glob::compile(text);
    if (!glob) {
      if (bad_index != nullptr) {
        *bad_index = i;
      }
      return std::unexpected(std::move(glob).error());
    }
    set.items_.push_back({.glob = *std::move(glob), .exclude = exclude});
  }
  return set;
}

bool GlobSet::matches(std::string_view path) const {
  const auto decided = deciding_pattern(path);
  return decided && !items_[*decided].exclude;
}

std::optional<std::size_t> GlobSet::deciding_pattern(std::string_view path) const {
  for (std::size_t i = items_.size(); i-- > 0;) {
    if (items_[i].glob.matches(path)) {
      return i;
    }
  }
  return std::nullopt;
}

bool GlobSet::can_match_below(std::string_view dir) const {
  for (const Item& item : items_ | std::views::reverse) {
    if (!item.exclude && item.glob.can_match_below(dir)) {
      return true;
    }
    if (item.exclude && item.glob.covers_all_below(dir)) {
      return false;
    }
  }
  return false;
}

std::vector<std::string> GlobSet::patterns() const {
  std::vector<std::string> patterns;
  patterns.reserve(items_.size());
  for (const Item& item : items_) {
    patterns.push_back((item.exclude ? "!" : "") + item.glob.pattern());
  }
  return patterns;
}

}  // namespace vc
