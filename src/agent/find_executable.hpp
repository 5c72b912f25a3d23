// find_executable(): the program a name stands for, as execvp(3) finds it.
#pragma once

#include "core/files.hpp"
#include "core/result.hpp"

#include <map>
#include <string>

namespace vc::agent {

// A name with a slash counts from `directory`; any other is looked up in the PATH of `environment`
// ("/usr/bin:/bin" without one), whose relative entries count from `directory` too. Errc::not_found
// names what was looked for.
Result<std::string> find_executable(const std::string& name, const fs::path& directory,
                                    const std::map<std::string, std::string>& environment);

}  // namespace vc::agent
