// ScriptPackage: what a package's manifest gives to the environment of its scripts.
#pragma once

#include "core/result.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace vc::agent {

using Variables = std::map<std::string, std::string>;

// Which fields of the manifest become `npm_package_*`, and how: managers and their versions differ.
enum class ManifestDialect : std::uint8_t {
  npm,          // npm 7 and later: name, version, config, engines and bin, as npm normalises them.
  whole,        // pnpm up to 9: every field.
  five_fields,  // pnpm 10: npm's five, as they are written.
  yarn          // yarn 1: every field, as yarn normalises them (agent/scripts/yarn_manifest.hpp).
};

struct ScriptPackage {
  Variables scripts;
  // `npm_package_*`; a dialect that does something of its own with this manifest is missing.
  std::map<ManifestDialect, Variables> variables;
  // What the manager asks of the machine before it runs a script; only yarn does.
  std::string demands;
};

// Errc::invalid for what is no manifest, or has fields that steer a manager.
Result<ScriptPackage> read_script_package(std::string_view manifest);

// The name of a variable for a field: what is neither letter, digit nor `_` becomes `_`.
std::string variable_name(std::string_view prefix, std::string_view field);

}  // namespace vc::agent
