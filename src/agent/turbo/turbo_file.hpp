// TurboFile: one turbo.json as values, of the workspace or of a package.
//
// Read with the meaning Turborepo 2 gives its keys, those of version 1 ("pipeline", `$NAME` among
// the dependencies) included. Keys nobody knows are warnings: Turborepo adds some with every
// version, and few of them change what a task makes.
#pragma once

#include "agent/config/yaml_reader.hpp"
#include "agent/diagnostic.hpp"

#include <array>
#include <expected>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

inline constexpr std::array<std::string_view, 2> kTurboFiles{"turbo.json", "turbo.jsonc"};
inline constexpr std::string_view kTurboRoot = "//";  // The root, where a package is named.
inline constexpr std::string_view kTurboDefaultInputs = "$TURBO_DEFAULT$";
inline constexpr std::string_view kTurboRootPrefix = "$TURBO_ROOT$/";
// Among the values of a list: those of the definition that this one extends.
inline constexpr std::string_view kTurboExtends = "$TURBO_EXTENDS$";

// `!web` is about `web`.
inline std::string_view without_exclusion(std::string_view text) {
  return text.substr(text.starts_with('!') ? 1 : 0);
}

using TurboTexts = std::optional<std::vector<YamlText>>;  // nullopt: the key is not there.

struct TurboTask {
  SourcePosition at;
  bool inherits = true;  // Not with `extends: false`.
  bool is_empty = true;  // No key but `extends`.
  // As written, but valid: patterns compile, names are names.
  TurboTexts depends_on;
  TurboTexts inputs;
  TurboTexts outputs;
  TurboTexts env;
  TurboTexts pass_env;
  TurboTexts with;
  std::optional<bool> cache;
  std::optional<bool> persistent;
  std::string description;
};

struct TurboFile {
  std::vector<YamlText> extends;
  std::map<std::string, TurboTask> tasks;  // "build", "web#build", "//#check"
  std::vector<YamlText> global_inputs;
  std::vector<std::string> global_env;
  std::vector<std::string> global_pass_env;
  bool loose_environment = false;
  bool passes_its_own = true;   // Variables that Turborepo passes by itself, too.
  std::string package_manager;  // Whose scripts the tasks are; set for the workspace's file.
  std::set<std::string> without_effect;  // Keys that say something we do not do.
  Diagnostics warnings;
};

enum class TurboPlace { workspace, package };

// `file` is what diagnostics call it: "packages/web/turbo.json".
std::expected<TurboFile, Diagnostics> parse_turbo_file(std::string_view text,
                                                       const std::string& file, TurboPlace place);

// The one that is there, "turbo.json" or "turbo.jsonc", relative to `root`, with its text.
struct TurboText {
  std::string file;
  std::string text;
};

std::expected<std::optional<TurboText>, Diagnostics> read_turbo_text(const fs::path& root,
                                                                     std::string_view directory);

// Whether the text says `"extends"` as a package's file does; also of one that cannot be read.
bool is_package_turbo_text(std::string_view text);

}  // namespace vc::agent
