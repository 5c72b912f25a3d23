#include "agent/native/toml_fields.hpp"

#include "agent/native/native_files.hpp"

#include <fmt/format.h>

#include <utility>

namespace vc::agent {

std::string TomlFields::text(const TomlValue& table, std::string_view key) {
  const TomlValue* value = table.find(key);
  if (value == nullptr) {
    return {};
  }
  if (value->kind != TomlValue::Kind::text) {
    fail(*value, fmt::format("\"{}\" must be a text", key));
    return {};
  }
  return value->text;
}

std::vector<PackagePattern> TomlFields::texts(const TomlValue& table, std::string_view key) {
  std::vector<PackagePattern> list;
  const TomlValue* value = table.find(key);
  if (value == nullptr) {
    return list;
  }
  if (value->kind != TomlValue::Kind::array) {
    fail(*value, fmt::format("\"{}\" must be a list of texts", key));
    return list;
  }
  for (const TomlValue& item : value->items) {
    if (item.kind != TomlValue::Kind::text) {
      fail(item, fmt::format("\"{}\" must be a list of texts", key));
      break;
    }
    list.push_back({.text = item.text, .at = position_of(source_, item)});
  }
  return list;
}

std::string TomlFields::package_name(const TomlValue& table) {
  const TomlValue* value = table.find("name");
  std::string name = text(table, "name");
  if (!is_usable_name(name)) {
    fail(*value, "\"name\" contains a blank or \"#\"");
  }
  return name;
}

const TomlValue& TomlFields::table(const TomlValue& parent, std::string_view key) {
  const TomlValue* value = parent.find(key);
  if (value == nullptr) {
    return nothing_;
  }
  if (value->kind != TomlValue::Kind::table) {
    fail(*value, fmt::format("\"{}\" must be a table", key));
    return nothing_;
  }
  return *value;
}

void TomlFields::fail(const TomlValue& at, std::string message, std::string help) {
  if (!error_) {
    error_ = manifest_error(source_, position_of(source_, at), std::move(message), std::move(help));
  }
}

}  // namespace vc::agent
