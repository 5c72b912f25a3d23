#include "agent/scripts/script_package.hpp"

#include "agent/scripts/manifest_fields.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>

namespace vc::agent {

namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 5> kFields{"name", "version", "config", "engines", "bin"};

// npm's way: null and false are empty, names stay as they are. False when it cannot be told.
bool add_for_npm(Variables& out, const std::string& name, const json::value& value) {
  if (const json::array* items = value.if_array()) {
    for (std::size_t i = 0; i < items->size(); ++i) {
      if (!add_for_npm(out, name + "_" + std::to_string(i), (*items)[i])) {
        return false;
      }
    }
    return true;
  }
  if (const json::object* fields = value.if_object()) {
    return std::ranges::all_of(*fields, [&](const auto& field) {
      return is_plain_key(field.key()) &&
             add_for_npm(out, name + "_" + std::string(field.key()), field.value());
    });
  }
  if (value.is_null() || (value.is_bool() && !value.get_bool())) {
    return set_variable(out, name, "");
  }
  auto text = printed(value);
  return text && set_variable(out, name, *std::move(text));
}

// pnpm's way. `is_known` says which fields of the manifest itself count.
bool add_for_pnpm(Variables& out, const std::string& prefix, const json::value& value,
                  bool (*is_known)(std::string_view field)) {
  const auto add = [&](std::string_view key, const json::value& field) {
    if (!is_plain_key(key)) {
      return false;
    }
    if (key.starts_with('_') || key == "readme" || !is_known(key)) {
      return true;
    }
    const std::string name = variable_name(prefix, key);
    if (field.is_structured()) {
      return add_for_pnpm(out, name + "_", field, [](std::string_view) { return true; });
    }
    auto text = printed(field);
    return text && !text->contains('\n') && set_variable(out, name, *std::move(text));
  };
  if (const json::array* items = value.if_array()) {
    for (std::size_t i = 0; i < items->size(); ++i) {
      if (!add(std::to_string(i), (*items)[i])) {
        return false;
      }
    }
    return true;
  }
  return std::ranges::all_of(value.get_object(),
                             [&](const auto& field) { return add(field.key(), field.value()); });
}

// npm calls a program by the last part of its name and writes paths without "./". nullopt for what
// it repairs or drops.
std::optional<json::object> normalised_bin(const json::object& manifest) {
  const json::value* bin = manifest.if_contains("bin");
  json::object result;
  if (bin == nullptr || bin->is_null()) {
    return result;
  }
  const auto add = [&](std::string_view name, const json::value& target) {
    if (!target.is_string() || target.get_string().find_first_of("\\:") != json::string::npos ||
        name.find_first_of("\\:") != std::string_view::npos) {
      return false;
    }
    const std::string path = std::filesystem::path("/" + std::string(target.get_string()))
                                 .lexically_normal()
                                 .string()
                                 .substr(1);
    const std::string key = std::filesystem::path(name).filename().string();
    return !path.empty() && !path.ends_with('/') && !key.empty() && key != "." && key != ".." &&
           result.emplace(key, path).second;
  };
  if (bin->is_string()) {
    const json::value* name = manifest.if_contains("name");
    return name != nullptr && name->is_string() && add(name->get_string(), *bin)
               ? std::optional(result)
               : std::nullopt;
  }
  if (!bin->is_object()) {
    return std::nullopt;
  }
  const bool all = std::ranges::all_of(
      bin->get_object(), [&](const auto& entry) { return add(entry.key(), entry.value()); });
  return all ? std::optional(result) : std::nullopt;
}

std::optional<Variables> variables_of_npm(const json::object& manifest) {
  Variables out;
  const auto bin = normalised_bin(manifest);
  if (!bin) {
    return std::nullopt;
  }
  for (const std::string_view field : kFields) {
    const json::value* value = manifest.if_contains(field);
    if (value == nullptr) {
      continue;
    }
    const bool told = add_for_npm(out, std::string(kPackagePrefix) + std::string(field),
                                  field == "bin" ? json::value(*bin) : *value);
    if (!told) {
      return std::nullopt;
    }
  }
  return out;
}

// What makes a manager do more than run the script, or find programs of its own.
bool steers_the_manager(const json::object& manifest) {
  const json::value* directories = manifest.if_contains("directories");
  return manifest.contains("devEngines") || manifest.contains("pnpm") ||
         (directories != nullptr && directories->is_object() &&
          directories->get_object().contains("bin"));
}

}  // namespace

std::string variable_name(std::string_view prefix, std::string_view field) {
  std::string name(prefix);
  for (const char c : field) {
    const bool is_kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    name += is_kept ? c : '_';
  }
  return name;
}

Result<ScriptPackage> read_script_package(std::string_view manifest) {
  VC_TRY(json::object parsed, parse_manifest_object(manifest));
  const json::value value(std::move(parsed));
  const json::object& fields = value.get_object();
  if (steers_the_manager(fields)) {
    return fail(Errc::invalid, "package.json has fields for the package manager itself");
  }
  ScriptPackage package;
  if (const json::value* scripts = fields.if_contains("scripts");
      scripts != nullptr && scripts->is_object()) {
    for (const auto& [name, script] : scripts->get_object()) {
      if (!script.is_string()) {
        return fail(Errc::invalid, "a script of package.json is not a text");
      }
      package.scripts.emplace(name, script.get_string());
    }
  }
  if (auto variables = variables_of_npm(fields)) {
    package.variables.emplace(ManifestDialect::npm, *std::move(variables));
  }
  Variables out;
  if (add_for_pnpm(out, std::string(kPackagePrefix), value,
                   [](std::string_view) { return true; })) {
    package.variables.emplace(ManifestDialect::whole, out);
  }
  out.clear();
  if (add_for_pnpm(out, std::string(kPackagePrefix), value, [](std::string_view field) {
        return std::ranges::find(kFields, field) != kFields.end();
      })) {
    package.variables.emplace(ManifestDialect::five_fields, std::move(out));
  }
  return package;
}

}  // namespace vc::agent
