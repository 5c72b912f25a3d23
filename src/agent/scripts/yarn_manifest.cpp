#include "agent/scripts/yarn_manifest.hpp"

#include "agent/scripts/manifest_fields.hpp"
#include "agent/scripts/yarn_normalised.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

namespace vc::agent {

namespace {

namespace json = boost::json;

// Fields that yarn keeps to itself.
constexpr std::array<std::string_view, 5> kUntold{"readme", "notice", "licenseText",
                                                  "activationEvents", "contributes"};

bool add_for_yarn(Variables& out, const std::string& name, const json::value& value) {
  if (const json::array* items = value.if_array()) {
    for (std::size_t i = 0; i < items->size(); ++i) {
      if (!add_for_yarn(out, name + "_" + std::to_string(i), (*items)[i])) {
        return false;
      }
    }
    return true;
  }
  if (const json::object* fields = value.if_object()) {
    return std::ranges::all_of(*fields, [&](const auto& field) {
      return is_plain_key(field.key()) &&
             add_for_yarn(out, variable_name(name + "_", field.key()), field.value());
    });
  }
  if (value.is_null()) {
    return true;
  }
  auto text = printed(value);
  if (text && text->contains('\n')) {
    text = json::serialize(json::string(*text));
  }
  return text && set_variable(out, name, *std::move(text));
}

std::string demands_of(const json::object& manifest) {
  json::array demands;
  for (const std::string_view field : {"engines", "os", "cpu"}) {
    const json::value* value = manifest.if_contains(field);
    demands.push_back(value == nullptr ? json::value() : *value);
  }
  return json::serialize(demands);
}

}  // namespace

Result<YarnPackage> read_yarn_package(std::string_view manifest, const fs::path& folder) {
  VC_TRY(json::object fields, parse_manifest_object(manifest));
  VC_CHECK(normalise_as_yarn(fields));
  VC_CHECK(fill_in_as_yarn(fields, folder));
  YarnPackage package{.variables = {}, .demands = demands_of(fields)};
  for (const auto& [key, value] : fields) {
    const bool is_told =
        !key.starts_with('_') && std::ranges::find(kUntold, std::string_view(key)) == kUntold.end();
    if (is_told && (!is_plain_key(key) ||
                    !add_for_yarn(package.variables, variable_name(kPackagePrefix, key), value))) {
      return fail(Errc::invalid, "package.json has fields that yarn writes its own way");
    }
  }
  return package;
}

}  // namespace vc::agent
