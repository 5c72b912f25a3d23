#include "wire/object_key.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <optional>

namespace vc::wire {

namespace {

constexpr std::string_view kVersionPrefix = "v1/";
// No segment is ever `-`, so the first one of these in a path is the end of its scope.
constexpr std::string_view kEndOfScope = "/-/";
constexpr std::size_t kShardBytes = 2;

// ASCII by hand: <cctype> asks the locale.
bool starts_segment(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

bool is_segment(std::string_view text) {
  return !text.empty() && starts_segment(text.front()) &&
         std::ranges::all_of(text.substr(1),
                             [](char c) { return starts_segment(c) || c == '.' || c == '-'; });
}

// Splits off everything up to the next '/', which must be there.
std::optional<std::string_view> take_segment(std::string_view& rest) {
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view segment = rest.substr(0, slash);
  rest.remove_prefix(slash + 1);
  return segment;
}

// What was refused is never echoed: it is hostile bytes as often as it is a mistake.
std::unexpected<Error> bad_name(std::string_view what, std::string_view rule) {
  return fail(Errc::invalid, std::string("invalid ").append(what), std::string(rule));
}

constexpr std::string_view kSegmentRule =
    "names are letters, digits, '_', '.' and '-', and begin with a letter, a digit or '_'";

std::string path_of(std::string_view scope, std::string_view name_space, std::string_view key) {
  std::string text;
  text.reserve(kVersionPrefix.size() + scope.size() + kEndOfScope.size() + name_space.size() + 1 +
               kShardBytes + 1 + key.size());
  text.append(kVersionPrefix).append(scope).append(kEndOfScope).append(name_space);
  text.append(1, '/').append(key.substr(0, kShardBytes)).append(1, '/').append(key);
  return text;
}

}  // namespace

Result<Scope> Scope::parse(std::string_view text) {
  if (text.size() > kBytesMax) {
    return bad_name("scope", "a scope has at most 200 bytes");
  }
  std::size_t segments = 1;
  std::string_view rest = text;
  while (const auto segment = take_segment(rest)) {
    if (!is_segment(*segment)) {
      return bad_name("scope", kSegmentRule);
    }
    ++segments;
  }
  if (!is_segment(rest)) {
    return bad_name("scope", kSegmentRule);
  }
  if (segments > kSegmentsMax) {
    return bad_name("scope", "a scope has at most 8 segments");
  }
  return Scope(std::string(text));
}

ObjectKey ObjectKey::native(const Scope& scope, const Digest& key) {
  return {path_of(scope.text(), kNativeNamespace, key.hex()), scope.text().size()};
}

Result<ObjectKey> ObjectKey::create(const Scope& scope, std::string_view name_space,
                                    std::string_view key) {
  if (name_space.size() > kNameSpaceBytesMax || !is_segment(name_space)) {
    return bad_name("namespace", kSegmentRule);
  }
  if (key.size() < kKeyBytesMin || key.size() > kKeyBytesMax || !is_segment(key)) {
    return bad_name("key", kSegmentRule);
  }
  if (name_space == kNativeNamespace && !Digest::parse(key)) {
    return bad_name("key", "keys of the native protocol are 64 lower-case hex digits");
  }
  return ObjectKey(path_of(scope.text(), name_space, key), scope.text().size());
}

Result<ObjectKey> ObjectKey::parse(std::string_view text) {
  if (!text.starts_with(kVersionPrefix)) {
    return bad_name("object path", "object paths begin with v1/");
  }
  std::string_view rest = text.substr(kVersionPrefix.size());
  const std::size_t end = rest.find(kEndOfScope);
  if (end == std::string_view::npos) {
    return bad_name("object path", "the scope of an object path ends at /-/");
  }
  VC_TRY(const Scope scope, Scope::parse(rest.substr(0, end)));
  rest.remove_prefix(end + kEndOfScope.size());
  const auto name_space = take_segment(rest);
  const auto shard = take_segment(rest);
  if (!name_space || !shard || *shard != rest.substr(0, kShardBytes)) {
    return bad_name("object path", "after the scope come <namespace>/<aa>/<key>");
  }
  return create(scope, *name_space, rest);
}

std::string_view ObjectKey::scope() const {
  return std::string_view(text_).substr(kVersionPrefix.size(), scope_bytes_);
}

std::string_view ObjectKey::name_space() const {
  const std::string_view rest =
      std::string_view(text_).substr(kVersionPrefix.size() + scope_bytes_ + kEndOfScope.size());
  return rest.substr(0, rest.find('/'));
}

std::string_view ObjectKey::key() const {
  const std::string_view text = text_;
  const std::size_t slash = text.rfind('/');
  VC_ASSERT(slash != std::string_view::npos);
  return text.substr(slash + 1);
}

}  // namespace vc::wire
