#include "wire/json_document.hpp"

#include <boost/json/basic_parser_impl.hpp>

namespace vc::wire {

// Receives the parser's events and appends nodes. A string arrives whole, as a view of the text,
// unless it has escapes: then in parts, which are put together in `unescaped_`.
class JsonEvents {
 public:
  static constexpr std::size_t max_object_size = kJsonMembersMax;  // NOLINT: Boost's names.
  static constexpr std::size_t max_array_size = kJsonNodesMax;     // NOLINT
  static constexpr std::size_t max_key_size = SIZE_MAX;            // NOLINT
  static constexpr std::size_t max_string_size = SIZE_MAX;         // NOLINT

  JsonEvents(std::string_view text, JsonDocument& document) : text_(text), document_(document) {}

  bool on_document_begin(boost::system::error_code&) { return true; }

  bool on_document_end(boost::system::error_code&) { return true; }

  bool on_object_begin(boost::system::error_code& error) { return open(JsonKind::object, error); }

  bool on_object_end(std::size_t, boost::system::error_code&) {
    JsonNode& object = close();
    object.has_duplicate_member = has_duplicate_member(&object);
    return true;
  }

  bool on_array_begin(boost::system::error_code& error) { return open(JsonKind::array, error); }

  bool on_array_end(std::size_t, boost::system::error_code&) {
    close();
    return true;
  }

  bool on_key_part(boost::json::string_view part, std::size_t, boost::system::error_code&) {
    partial_.append(part.data(), part.size());
    return true;
  }

  bool on_key(boost::json::string_view part, std::size_t, boost::system::error_code&) {
    name_ = whole(part);
    return true;
  }

  bool on_string_part(boost::json::string_view part, std::size_t, boost::system::error_code&) {
    partial_.append(part.data(), part.size());
    return true;
  }

  bool on_string(boost::json::string_view part, std::size_t, boost::system::error_code& error) {
    return append({.kind = JsonKind::string, .text = whole(part)}, error);
  }

  bool on_number_part(boost::json::string_view, boost::system::error_code&) { return true; }

  bool on_int64(std::int64_t number, boost::json::string_view, boost::system::error_code& error) {
    return number < 0
               ? append({.kind = JsonKind::other_number}, error)
               : append({.kind = JsonKind::integer, .number = static_cast<std::uint64_t>(number)},
                        error);
  }

  bool on_uint64(std::uint64_t number, boost::json::string_view, boost::system::error_code& error) {
    return append({.kind = JsonKind::integer, .number = number}, error);
  }

  bool on_double(double, boost::json::string_view, boost::system::error_code& error) {
    return append({.kind = JsonKind::other_number}, error);
  }

  bool on_bool(bool value, boost::system::error_code& error) {
    return append({.kind = JsonKind::boolean, .boolean = value}, error);
  }

  bool on_null(boost::system::error_code& error) { return append({}, error); }

  bool on_comment_part(boost::json::string_view, boost::system::error_code&) { return true; }

  bool on_comment(boost::json::string_view, boost::system::error_code&) { return true; }

 private:
  bool append(JsonNode node, boost::system::error_code& error) {
    auto& nodes = document_.nodes_;
    if (nodes.size() == kJsonNodesMax) {
      error = boost::json::make_error_code(boost::json::error::array_too_large);
      return false;
    }
    node.name = std::exchange(name_, {});
    node.next = static_cast<std::uint32_t>(nodes.size() + 1);
    nodes.push_back(node);
    return true;
  }

  bool open(JsonKind kind, boost::system::error_code& error) {
    open_.push_back(static_cast<std::uint32_t>(document_.nodes_.size()));
    return append({.kind = kind}, error);
  }

  JsonNode& close() {
    JsonNode& node = document_.nodes_[open_.back()];
    open_.pop_back();
    node.next = static_cast<std::uint32_t>(document_.nodes_.size());
    return node;
  }

  std::string_view whole(boost::json::string_view part) {
    // Boost hands out views of the text where it can, and of its own scratch buffer elsewhere.
    const bool in_text = part.data() >= text_.data() && part.data() <= text_.data() + text_.size();
    if (partial_.empty() && in_text) {
      return {part.data(), part.size()};
    }
    partial_.append(part.data(), part.size());
    return document_.unescaped_.emplace_back(std::exchange(partial_, {}));
  }

  // Quadratic, over at most kJsonMembersMax short names.
  bool has_duplicate_member(const JsonNode* object) const {
    const JsonNode* nodes = document_.nodes_.data();
    const JsonNode* end = nodes + object->next;
    for (const JsonNode* a = object + 1; a != end; a = nodes + a->next) {
      for (const JsonNode* b = nodes + a->next; b != end; b = nodes + b->next) {
        if (a->name == b->name) {
          return true;
        }
      }
    }
    return false;
  }

  std::string_view text_;
  JsonDocument& document_;
  boost::container::small_vector<std::uint32_t, kJsonDepthMax> open_;
  std::string partial_;
  std::string_view name_;
};

Result<JsonDocument> JsonDocument::parse(std::string_view text) {
  JsonDocument document;
  boost::json::parse_options options;
  options.max_depth = kJsonDepthMax;
  boost::json::basic_parser<JsonEvents> parser(options, text, document);
  boost::system::error_code error;
  const std::size_t consumed = parser.write_some(false, text.data(), text.size(), error);
  if (!error && consumed < text.size()) {
    error = boost::json::make_error_code(boost::json::error::extra_data);
  }
  if (error) {
    return fail(Errc::invalid,
                "malformed JSON at byte " + std::to_string(consumed) + ": " + error.message());
  }
  return document;
}

std::optional<JsonValue> JsonValue::find(std::string_view name) const {
  if (node().kind != JsonKind::object) {
    return std::nullopt;
  }
  for (JsonValue child = first(); child != end(); child = child.next()) {
    if (child->name == name) {
      return child;
    }
  }
  return std::nullopt;
}

namespace {

std::unexpected<Error> wrong_type(std::string_view name, std::string_view must_be) {
  return fail(Errc::invalid, std::string(name) + " must be " + std::string(must_be));
}

constexpr std::string_view kDigestForm = "64 lower-case hexadecimal digits (SHA-256)";

}  // namespace

Result<void> require_object(JsonValue value, std::string_view what) {
  if (value->kind != JsonKind::object) {
    return wrong_type(what, "a JSON object");
  }
  if (value->has_duplicate_member) {
    return fail(Errc::invalid, std::string(what) + " names a member twice");
  }
  return {};
}

Result<std::string_view> required_text(JsonValue object, std::string_view name) {
  const auto value = object.find(name);
  if (!value || (*value)->kind != JsonKind::string) {
    return wrong_type(name, "a string");
  }
  return (*value)->text;
}

Result<std::string_view> optional_text(JsonValue object, std::string_view name) {
  return object.find(name) ? required_text(object, name) : Result<std::string_view>("");
}

Result<std::optional<std::uint64_t>> optional_integer(JsonValue object, std::string_view name) {
  const auto value = object.find(name);
  if (!value) {
    return std::nullopt;
  }
  if ((*value)->kind != JsonKind::integer) {
    return wrong_type(name, "a non-negative integer");
  }
  return (*value)->number;
}

Result<bool> optional_boolean(JsonValue object, std::string_view name) {
  const auto value = object.find(name);
  if (!value) {
    return false;
  }
  if ((*value)->kind != JsonKind::boolean) {
    return wrong_type(name, "true or false");
  }
  return (*value)->boolean;
}

Result<Digest> required_digest(JsonValue object, std::string_view name) {
  const auto value = object.find(name);
  if (!value || (*value)->kind != JsonKind::string) {
    return wrong_type(name, kDigestForm);
  }
  auto digest = Digest::parse((*value)->text);
  if (!digest) {
    return wrong_type(name, kDigestForm);
  }
  return *digest;
}

Result<std::optional<Digest>> optional_digest(JsonValue object, std::string_view name) {
  if (!object.find(name)) {
    return std::nullopt;
  }
  VC_TRY(const Digest digest, required_digest(object, name));
  return digest;
}

Result<std::vector<std::string>> optional_texts(JsonValue object, std::string_view name) {
  std::vector<std::string> texts;
  const auto array = object.find(name);
  if (!array) {
    return texts;
  }
  if ((*array)->kind != JsonKind::array) {
    return wrong_type(name, "an array of strings");
  }
  for (JsonValue item = array->first(); item != array->end(); item = item.next()) {
    if (item->kind != JsonKind::string) {
      return wrong_type(name, "an array of strings");
    }
    texts.emplace_back(item->text);
  }
  return texts;
}

Result<std::map<std::string, std::string>> optional_text_map(JsonValue object,
                                                             std::string_view name) {
  std::map<std::string, std::string> map;
  const auto members = object.find(name);
  if (!members) {
    return map;
  }
  VC_CHECK(require_object(*members, name));
  for (JsonValue item = members->first(); item != members->end(); item = item.next()) {
    if (item->kind != JsonKind::string) {
      return wrong_type(name, "an object of strings");
    }
    map.emplace(item->name, item->text);
  }
  return map;
}

}  // namespace vc::wire
