// What yarn 1 gives to scripts in forms that no other manager has.
#pragma once

#include "agent/scripts/script_package.hpp"
#include "core/files.hpp"
#include "core/result.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vc::agent {

// The variable that tells a script how yarn was started.
inline constexpr std::string_view kYarnWords = "npm_config_argv";

// Its value: `words` are what followed `yarn`, as JSON.
std::string yarn_words(std::string_view event, std::span<const std::string> words);

// Errc::invalid when yarn's settings have some for this very package ("name:key"), which become
// `npm_package_config_*` of it alone.
Result<void> check_yarn_settings(const std::map<std::string, std::optional<std::string>>& changes,
                                 const Variables& of_manifest);

// Yarn puts a folder with a `node` and a `yarn` first in PATH, a new one for each of its runs. The
// folder in a PATH that yarn made, and what it holds. Errc::invalid for anything else.
Result<fs::path> yarn_folder(std::string_view path);
Result<std::map<std::string, std::string>> yarn_programs(const fs::path& folder);

// A folder below `directory` with these programs, made if need be. Safe for concurrent use; what
// was made stays, one for each node and yarn.
Result<fs::path> keep_programs(const fs::path& directory,
                               const std::map<std::string, std::string>& programs);

}  // namespace vc::agent
