#include "agent/lockfile/lock_json.hpp"

#include "core/text.hpp"

#include <boost/json/parser.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace vc::agent {

namespace {

namespace json = boost::json;

constexpr std::size_t kLockNestingMax = 32;

bool has_exact_numbers(const json::value& value);

bool has_exact_numbers(const json::object& object) {
  return std::ranges::all_of(object,
                             [](const auto& pair) { return has_exact_numbers(pair.value()); });
}

bool has_exact_numbers(const json::value& value) {
  if (const json::object* object = value.if_object()) {
    return has_exact_numbers(*object);
  }
  if (const json::array* array = value.if_array()) {
    return std::ranges::all_of(*array,
                               [](const json::value& item) { return has_exact_numbers(item); });
  }
  return !value.is_double();
}

}  // namespace

Result<json::object> parse_json_object(std::string_view text, JsonDialect dialect) {
  text = without_byte_order_mark(text);
  json::parse_options options;
  options.max_depth = kLockNestingMax;
  options.allow_comments = dialect == JsonDialect::with_comments_and_trailing_commas;
  options.allow_trailing_commas = options.allow_comments;
  json::parser parser({}, options);
  boost::system::error_code failed;
  const std::size_t read = parser.write(text.data(), text.size(), failed);
  if (failed) {
    return fail(Errc::invalid,
                fmt::format("not valid JSON at byte {}: {}", read, failed.message()));
  }
  json::value value = parser.release();
  if (!value.is_object()) {
    return fail(Errc::invalid, "it is no JSON object");
  }
  return std::move(value.get_object());
}

Result<json::object> parse_lock_json(std::string_view text, JsonDialect dialect) {
  VC_TRY(json::object root, parse_json_object(text, dialect));
  if (!has_exact_numbers(root)) {
    return fail(Errc::invalid, "a number in it is not a 64-bit integer");
  }
  return root;
}

const json::object* object_in(const json::object& parent, std::string_view key) {
  const json::value* value = parent.if_contains(key);
  return value == nullptr ? nullptr : value->if_object();
}

const json::array* array_in(const json::object& parent, std::string_view key) {
  const json::value* value = parent.if_contains(key);
  return value == nullptr ? nullptr : value->if_array();
}

std::optional<std::string_view> text_in(const json::object& parent, std::string_view key) {
  const json::value* value = parent.if_contains(key);
  return value == nullptr || !value->is_string()
             ? std::nullopt
             : std::optional<std::string_view>(value->get_string());
}

std::optional<std::int64_t> number_in(const json::object& parent, std::string_view key) {
  const json::value* value = parent.if_contains(key);
  return value == nullptr || !value->is_int64() ? std::nullopt : std::optional(value->get_int64());
}

std::string importer_directory(std::string_view path) {
  std::string text = std::filesystem::path(path).lexically_normal().generic_string();
  while (text.ends_with('/')) {
    text.pop_back();
  }
  return text == "." ? std::string() : text;
}

}  // namespace vc::agent
