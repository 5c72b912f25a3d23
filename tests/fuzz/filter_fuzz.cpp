// Input: a filter, a newline, a folder. Whatever they are: no crash, bounded work, errors that
// point into the text, and a filter that says of itself what was written.

#include "agent/selection/directory_pattern.hpp"
#include "agent/selection/filter.hpp"
#include "agent/selection/name_pattern.hpp"
#include "core/assert.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto newline = input.find('\n');
  const std::string_view text = input.substr(0, newline);
  const std::string_view path = newline == std::string_view::npos ? "" : input.substr(newline + 1);
  const auto filter = vc::agent::parse_filter(text);
  if (!filter) {
    const vc::agent::SourcePosition& at = filter.error().at;
    VC_ASSERT(at.column >= 1 && static_cast<std::size_t>(at.column) <= text.size() + 1);
    VC_ASSERT(!vc::agent::render(filter.error()).empty());
    return 0;
  }
  VC_ASSERT(filter->text == text);
  VC_ASSERT(!filter->name.empty() || filter->directory || filter->changes);
  if (filter->changes) {
    VC_ASSERT(!filter->changes->from.empty() && !filter->changes->from.starts_with('-'));
    VC_ASSERT(!filter->changes->to.starts_with('-'));
  }
  (void)vc::agent::name_matches(filter->name, path);
  if (filter->directory) {
    const auto pattern = vc::agent::DirectoryPattern::create(*filter->directory, "apps");
    if (pattern) {
      (void)pattern->matches(path);
    }
  }
  return 0;
}
