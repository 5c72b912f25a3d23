// NxFile: what nx.json and a project.json say of targets, as values, for `velocity init`.
//
// Read with the meaning Nx 15 to 21 give their keys. Keys that say nothing of what a target makes
// are passed over: Nx and its plugins add some with every version.
#pragma once

#include "agent/diagnostic.hpp"

#include <expected>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// An item of `inputs`: a text ("production", "^production", "{projectRoot}/src/**"), or an object
// with one of these keys.
struct NxInput {
  enum class Kind { text, runtime, env, ignored };

  Kind kind = Kind::text;
  std::string value;
};

using NxInputs = std::vector<NxInput>;

struct NxTarget {
  std::optional<NxInputs> inputs;  // nullopt: the key is not there. Likewise below.
  std::optional<std::vector<std::string>> outputs;
  std::optional<std::vector<std::string>> depends_on;  // "build", "^build", "web:build"
  std::optional<bool> cache;
  bool continuous = false;
  std::string executor;  // A `command` beside it is one of nx:run-commands.
  std::string command;
  std::map<std::string, std::string> options;  // Texts; a list of one text too.
  bool has_complex_options = false;            // Others: lists, objects, switches that are on.
};

struct NxFile {
  std::map<std::string, NxTarget> targets;  // `targetDefaults`, or `targets` of a project.
  std::map<std::string, NxInputs> named_inputs;
  std::set<std::string> cacheable;  // `cacheableOperations` of any runner.
  bool has_plugins = false;
  // Of a project.
  std::string name;
  std::vector<std::string> implicit_dependencies;
};

// `file` is what diagnostics call it: "nx.json", "packages/web/project.json". Errors: no JSON, a
// value of a wrong type, equal keys; all with their position.
std::expected<NxFile, Diagnostics> parse_nx_file(std::string_view text, const std::string& file);

// The member `nx` of a package.json, which says what a project.json can; empty without it.
std::expected<NxFile, Diagnostics> parse_nx_member(std::string_view text, const std::string& file);

}  // namespace vc::agent
