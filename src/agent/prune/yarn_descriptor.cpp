#include "agent/prune/yarn_descriptor.hpp"

#include "agent/lockfile/yarn_entries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace vc::agent {

namespace {

constexpr std::string_view kPatchMark = "@patch:";

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-_.!~*'()").contains(c);
}

}  // namespace

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const char* const digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
      out += static_cast<char>(value);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::optional<YarnPatch> patch_of_descriptor(std::string_view descriptor) {
  const std::string_view name = name_of_descriptor(descriptor);
  std::string_view rest = descriptor.substr(name.size());
  const std::size_t hash = rest.find('#');
  if (!rest.starts_with(kPatchMark) || hash == std::string_view::npos) {
    return std::nullopt;
  }
  YarnPatch patch;
  patch.source = percent_decoded(rest.substr(kPatchMark.size(), hash - kPatchMark.size()));
  rest.remove_prefix(hash + 1);
  const std::size_t params = std::min(rest.find("::"), rest.size());
  patch.files = rest.substr(0, params);
  patch.params = rest.substr(std::min(params + 2, rest.size()));
  return patch;
}

std::string quoted_yarn_key(std::string_view key) {
  constexpr std::string_view kNotFirst = "-?:,][{}#&*!|>'\"%@` \t";
  constexpr std::string_view kNowhere = ",][{}:#";
  const bool is_plain = !key.empty() && !kNotFirst.contains(key.front()) &&
                        key.find_first_of(kNowhere) == std::string_view::npos;
  return is_plain ? std::string(key) : fmt::format("\"{}\"", key);
}

}  // namespace vc::agent
