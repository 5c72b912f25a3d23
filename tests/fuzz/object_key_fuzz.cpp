// Key grammar: whatever parses prints as itself, is made of valid parts, and stays below its place.
#include "core/assert.hpp"
#include "wire/object_key.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using vc::wire::ObjectKey;
using vc::wire::Scope;

void expect_safe(std::string_view path) {
  VC_ASSERT(path.starts_with("v1/"));
  VC_ASSERT(path.find("//") == std::string_view::npos);
  VC_ASSERT(path.find("/.") == std::string_view::npos);
  for (const char c : path) {
    VC_ASSERT(c > ' ' && c < 0x7f && c != '%' && c != '\\' && c != '?' && c != '#');
  }
}

void parse_path(std::string_view text) {
  const auto key = ObjectKey::parse(text);
  if (!key) {
    return;
  }
  VC_ASSERT(key->text() == text);
  expect_safe(text);
  const auto scope = Scope::parse(key->scope());
  VC_ASSERT(scope);
  const auto again = ObjectKey::create(*scope, key->name_space(), key->key());
  VC_ASSERT(again && *again == *key);
}

// Three names, each ended by NUL: what create() takes, parse() takes too, with the same parts.
void create_from_parts(std::string_view text) {
  const std::size_t first = text.find('\0');
  const std::size_t second = first == std::string_view::npos ? first : text.find('\0', first + 1);
  if (second == std::string_view::npos) {
    return;
  }
  const std::string_view name_space = text.substr(first + 1, second - first - 1);
  const auto scope = Scope::parse(text.substr(0, first));
  if (!scope) {
    return;
  }
  VC_ASSERT(scope->text() == text.substr(0, first));
  const auto key = ObjectKey::create(*scope, name_space, text.substr(second + 1));
  if (!key) {
    return;
  }
  const auto parsed = ObjectKey::parse(key->text());
  VC_ASSERT(parsed && *parsed == *key);
  VC_ASSERT(parsed->scope() == scope->text());
  VC_ASSERT(parsed->name_space() == name_space);
  VC_ASSERT(parsed->key() == text.substr(second + 1));
  expect_safe(key->text());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  parse_path(text);
  create_from_parts(text);
  return 0;
}
