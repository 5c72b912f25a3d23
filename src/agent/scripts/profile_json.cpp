// A profile as JSON.

#include "agent/scripts/manager_profile.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace vc::agent {

namespace {

namespace json = boost::json;

constexpr std::int64_t kVersion = 2;
constexpr std::int64_t kDialectMax = static_cast<std::int64_t>(ManifestDialect::yarn);

}  // namespace

std::string profile_json(const ManagerProfile& profile) {
  json::object changes;
  for (const auto& [name, value] : profile.changes) {
    changes.emplace(name, value ? json::value(*value) : json::value(nullptr));
  }
  json::array path;
  for (const std::string& folder : profile.path) {
    path.emplace_back(folder);
  }
  json::object programs;
  for (const auto& [name, text] : profile.programs) {
    programs.emplace(name, text);
  }
  return json::serialize(json::object{{"version", kVersion},
                                      {"dialect", static_cast<std::int64_t>(profile.dialect)},
                                      {"names_manifest", profile.names_manifest},
                                      {"path", std::move(path)},
                                      {"programs", std::move(programs)},
                                      {"changes", std::move(changes)}});
}

Result<ManagerProfile> parse_profile(std::string_view text) {
  boost::system::error_code failed;
  const json::value value = json::parse(text, failed);
  const auto corrupt = [] { return fail(Errc::corrupt, "not the profile of a package manager"); };
  if (failed || !value.is_object()) {
    return corrupt();
  }
  const json::object& fields = value.get_object();
  const auto field = [&](std::string_view name) {
    const json::value* found = fields.if_contains(name);
    return found == nullptr ? json::value() : *found;
  };
  const json::value version = field("version");
  const json::value dialect = field("dialect");
  const json::value names_manifest = field("names_manifest");
  const json::value path = field("path");
  const json::value changes = field("changes");
  const json::value programs = field("programs");
  if (!version.is_int64() || version.get_int64() != kVersion || !dialect.is_int64() ||
      dialect.get_int64() < 0 || dialect.get_int64() > kDialectMax || !names_manifest.is_bool() ||
      !path.is_array() || !changes.is_object() || !programs.is_object()) {
    return corrupt();
  }
  ManagerProfile profile{.dialect = static_cast<ManifestDialect>(dialect.get_int64()),
                         .names_manifest = names_manifest.get_bool()};
  for (const json::value& folder : path.get_array()) {
    if (!folder.is_string()) {
      return corrupt();
    }
    profile.path.emplace_back(folder.get_string());
  }
  for (const auto& [name, program] : programs.get_object()) {
    if (!program.is_string() || name.contains('/') || name.starts_with('.')) {
      return corrupt();
    }
    profile.programs.emplace(name, program.get_string());
  }
  for (const auto& [name, change] : changes.get_object()) {
    if (!change.is_string() && !change.is_null()) {
      return corrupt();
    }
    profile.changes.emplace(
        name, change.is_null() ? std::nullopt : std::optional(std::string(change.get_string())));
  }
  return profile;
}

}  // namespace vc::agent
