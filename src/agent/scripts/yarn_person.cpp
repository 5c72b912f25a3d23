// How yarn 1 takes people apart.

#include "agent/scripts/yarn_normalised.hpp"
#include "core/text.hpp"

#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <string>
#include <string_view>

namespace vc::agent {

namespace json = boost::json;

std::optional<json::object> normalised_person(const json::value& value) {
  std::string text;
  if (const json::string* person = value.if_string()) {
    text = std::string(*person);
  } else if (const json::object* fields = value.if_object()) {
    const auto add = [&](std::string_view field, std::string_view before, std::string_view after) {
      const json::value* part = fields->if_contains(field);
      if (part == nullptr) {
        return true;
      }
      if (part->is_string() && !part->get_string().empty()) {
        text += fmt::format("{}{}{}{}", text.empty() ? "" : " ", before,
                            std::string_view(part->get_string()), after);
      }
      return part->is_string();
    };
    if (fields->contains("mail") || fields->contains("web") || !add("name", "", "") ||
        !add("email", "<", ">") || !add("url", "(", ")")) {
      return std::nullopt;
    }
  } else {
    return std::nullopt;
  }
  // White space is JavaScript's, which is more than ASCII's.
  const std::string_view name = trimmed(std::string_view(text).substr(0, text.find_first_of("(<")));
  if (!name.empty() && ((static_cast<unsigned char>(name.front()) & 0x80U) != 0 ||
                        (static_cast<unsigned char>(name.back()) & 0x80U) != 0)) {
    return std::nullopt;
  }
  json::object person;
  if (!name.empty()) {
    person["name"] = name;
  }
  const auto add_between = [&](std::string_view field, char open, char close) {
    for (std::size_t at = text.find(open); at != std::string::npos; at = text.find(open, at + 1)) {
      const std::size_t end = text.find(close, at + 1);
      if (end != std::string::npos && end > at + 1) {
        person[field] = text.substr(at + 1, end - at - 1);
        return;
      }
    }
  };
  add_between("email", '<', '>');
  add_between("url", '(', ')');
  return person;
}

}  // namespace vc::agent
