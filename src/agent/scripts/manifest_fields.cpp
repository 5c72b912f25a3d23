#include "agent/scripts/manifest_fields.hpp"

#include "core/text.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <utility>

namespace vc::agent {

namespace json = boost::json;

namespace {

constexpr std::size_t kManifestDepthMax = 64;
// Integers that JavaScript prints without losing digits.
constexpr std::int64_t kIntegerMax = 1LL << 53;

}  // namespace

Result<json::object> parse_manifest_object(std::string_view manifest) {
  json::parse_options options;
  options.max_depth = kManifestDepthMax;
  boost::system::error_code failed;
  json::value value = json::parse(without_byte_order_mark(manifest), failed, {}, options);
  if (failed || !value.is_object()) {
    return fail(Errc::invalid, "package.json is not a JSON object");
  }
  return std::move(value.get_object());
}

std::optional<std::string> printed(const json::value& value) {
  if (const json::string* text = value.if_string()) {
    return text->find('\0') != json::string::npos ? std::nullopt
                                                  : std::optional(std::string(*text));
  }
  if (const bool* flag = value.if_bool()) {
    return *flag ? "true" : "false";
  }
  if (const std::int64_t* number = value.if_int64()) {
    return *number > kIntegerMax || *number < -kIntegerMax ? std::nullopt
                                                           : std::optional(std::to_string(*number));
  }
  return value.is_null() ? std::optional<std::string>("null") : std::nullopt;
}

bool is_plain_key(std::string_view key) {
  return !key.empty() &&
         std::ranges::all_of(key, [](char c) { return c > ' ' && c < '\x7f' && c != '='; });
}

bool set_variable(Variables& out, const std::string& name, std::string value) {
  const auto [at, is_new] = out.emplace(name, value);
  return is_new || at->second == value;
}

}  // namespace vc::agent
