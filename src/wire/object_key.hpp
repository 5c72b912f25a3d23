// Scope and ObjectKey: validated names. If you hold one, it is safe in a path or a URL.
//
// `v1/<scope>/-/<namespace>/<aa>/<key>`, segments of `[0-9A-Za-z_][0-9A-Za-z._-]*`; so there is no
// `.`, no `..`, no leading dot, and a scope ends unambiguously at `/-/`. `<aa>` is the first two
// characters of the key. Untrusted names enter here and nowhere else.
#pragma once

#include "core/digest.hpp"
#include "core/result.hpp"

#include <compare>
#include <functional>
#include <string>
#include <string_view>

namespace vc::wire {

// "default", "trusted/456789", "pr/456789/17": at most 8 segments and 200 bytes.
class Scope {
 public:
  static constexpr std::size_t kBytesMax = 200;
  static constexpr std::size_t kSegmentsMax = 8;

  static Result<Scope> parse(std::string_view text);

  const std::string& text() const { return text_; }

  friend auto operator<=>(const Scope&, const Scope&) = default;

 private:
  explicit Scope(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

class ObjectKey {
 public:
  static constexpr std::string_view kNativeNamespace = "velocity";
  static constexpr std::size_t kNameSpaceBytesMax = 64;
  static constexpr std::size_t kKeyBytesMin = 2;  // `<aa>` needs two.
  static constexpr std::size_t kKeyBytesMax = 128;

  // A key of the native protocol: the digest in hex, in namespace `velocity`.
  static ObjectKey native(const Scope& scope, const Digest& key);
  // Any dialect. `name_space` and `key` are one valid segment each; in the native namespace the key
  // is a digest in hex and nothing else.
  static Result<ObjectKey> create(const Scope& scope, std::string_view name_space,
                                  std::string_view key);
  // The inverse of text(): for keys that come back in a URL of ours.
  static Result<ObjectKey> parse(std::string_view text);

  const std::string& text() const { return text_; }

  std::string_view scope() const;
  std::string_view name_space() const;
  std::string_view key() const;

  friend bool operator==(const ObjectKey& a, const ObjectKey& b) { return a.text_ == b.text_; }

  friend auto operator<=>(const ObjectKey& a, const ObjectKey& b) { return a.text_ <=> b.text_; }

 private:
  ObjectKey(std::string text, std::size_t scope_bytes)
      : text_(std::move(text)), scope_bytes_(scope_bytes) {}

  std::string text_;
  std::size_t scope_bytes_;
};

}  // namespace vc::wire

template <>
struct std::hash<vc::wire::ObjectKey> {
  std::size_t operator()(const vc::wire::ObjectKey& key) const noexcept {
    return std::hash<std::string>{}(key.text());
  }
};
