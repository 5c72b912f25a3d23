// Input: a pattern, a newline, a path. Whatever they are: no crash, bounded work (libFuzzer's
// -timeout), can_match_below() consistent with matches(), and on short inputs the naive answer.

#include "core/assert.hpp"
#include "core/glob.hpp"
#include "core/testing/naive_glob.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

// The reference is exponential and knows no braces, classes or multi-byte characters.
constexpr std::size_t kNaivePatternBytesMax = 12;
constexpr std::size_t kNaivePathBytesMax = 16;

bool naive_can_tell(std::string_view pattern, std::string_view path) {
  const auto is_simple = [](char c) { return c > 0 && c != '{' && c != '['; };
  // An escaped slash or dot would need the reference to split as the compiler does.
  return pattern.size() <= kNaivePatternBytesMax && path.size() <= kNaivePathBytesMax &&
         std::ranges::all_of(pattern, is_simple) && pattern.find("\\.") == std::string_view::npos &&
         std::ranges::all_of(path, [](char c) { return c > 0; });
}

// Relative, without empty, "." and ".." segments: what Glob promises to understand.
bool is_normal(std::string_view path) {
  std::string joined;
  for (const std::string& segment : vc::naive_segments(path)) {
    joined += (joined.empty() ? "" : "/") + segment;
  }
  return !path.empty() && joined == path;
}

void check(const vc::Glob& glob, std::string_view path) {
  const bool matches = glob.matches(path);
  if (naive_can_tell(glob.pattern(), path)) {
    VC_ASSERT(matches == vc::naive_glob_matches(glob.pattern(), path));
  }
  const std::string& prefix = glob.literal_prefix();
  VC_ASSERT(!matches || path.starts_with(prefix));
  for (auto slash = path.find('/'); slash != std::string_view::npos;
       slash = path.find('/', slash + 1)) {
    VC_ASSERT(!matches || glob.can_match_below(path.substr(0, slash)));
  }
  VC_ASSERT(!matches || glob.can_match_below(""));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto newline = input.find('\n');
  const std::string_view pattern = input.substr(0, newline);
  const std::string_view path = newline == std::string_view::npos ? "" : input.substr(newline + 1);
  const auto glob = vc::Glob::compile(pattern);
  if (!glob) {
    return 0;
  }
  if (is_normal(path)) {
    check(*glob, path);
  } else {
    (void)glob->matches(path);  // No promise but to come back.
    (void)glob->can_match_below(path);
  }
  const auto set = vc::GlobSet::compile({"**", "!" + std::string(pattern), "kept/**"});
  VC_ASSERT(set.has_value());
  if (is_normal(path)) {
    VC_ASSERT(set->matches(path) ==
              (!glob->matches(path) || path == "kept" || path.starts_with("kept/")));
  }
  return 0;
}
