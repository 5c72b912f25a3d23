// JsonDocument: untrusted JSON text (RFC 8259) as a flat list of nodes that views point into.
//
// Boost.JSON checks the syntax and UTF-8; this adds what its DOM lacks: duplicate members are
// noticed, and a small document costs no allocation. Limits: kJsonDepthMax nested containers,
// kJsonMembersMax members of one object, kJsonNodesMax values in all.
#pragma once

#include "core/digest.hpp"
#include "core/result.hpp"

#include <boost/container/small_vector.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vc::wire {

inline constexpr std::size_t kJsonDepthMax = 16;
inline constexpr std::size_t kJsonMembersMax = 64;
inline constexpr std::size_t kJsonNodesMax = 65'536;

enum class JsonKind : std::uint8_t { null, boolean, integer, other_number, string, array, object };

struct JsonNode {
  JsonKind kind = JsonKind::null;
  bool has_duplicate_member = false;  // Of an object.
  bool boolean = false;
  std::uint32_t next = 0;    // Index of the next sibling: where this subtree ends.
  std::string_view name;     // Of a member of an object.
  std::string_view text;     // Of a string.
  std::uint64_t number = 0;  // Of a non-negative integer.
};

// One value of a document, which must outlive it.
class JsonValue {
 public:
  JsonValue(const JsonNode* nodes, std::uint32_t index) : nodes_(nodes), index_(index) {}

  const JsonNode& node() const { return nodes_[index_]; }

  const JsonNode* operator->() const { return &node(); }

  // The member of that name, when this is an object that has it.
  std::optional<JsonValue> find(std::string_view name) const;

  // Elements or members, in order: for (auto child = value.first(); child != value.end(); ...).
  JsonValue first() const { return {nodes_, index_ + 1}; }

  JsonValue next() const { return {nodes_, node().next}; }

  JsonValue end() const { return {nodes_, node().next}; }

  bool operator==(const JsonValue& other) const { return index_ == other.index_; }

 private:
  const JsonNode* nodes_;
  std::uint32_t index_;
};

class JsonDocument {
 public:
  // `text` must outlive the document. Errc::invalid says what is wrong at which byte.
  static Result<JsonDocument> parse(std::string_view text);

  JsonValue root() const { return {nodes_.data(), 0}; }

 private:
  friend class JsonEvents;
  static constexpr std::size_t kNodesInPlace = 16;

  boost::container::small_vector<JsonNode, kNodesInPlace> nodes_;
  std::deque<std::string> unescaped_;  // Strings that do not stand in the text as they are.
};

// Typed reading of an object's members. Errors are Errc::invalid and name the member and what it
// must be; an absent member is an error only for the required_ ones. Unknown members are ignored.
Result<void> require_object(JsonValue value, std::string_view what);
Result<std::string_view> required_text(JsonValue object, std::string_view name);
Result<std::string_view> optional_text(JsonValue object, std::string_view name);
Result<std::optional<std::uint64_t>> optional_integer(JsonValue object, std::string_view name);
Result<bool> optional_boolean(JsonValue object, std::string_view name);
Result<Digest> required_digest(JsonValue object, std::string_view name);
Result<std::optional<Digest>> optional_digest(JsonValue object, std::string_view name);
Result<std::vector<std::string>> optional_texts(JsonValue object, std::string_view name);
Result<std::map<std::string, std::string>> optional_text_map(JsonValue object,
                                                             std::string_view name);

}  // namespace vc::wire
