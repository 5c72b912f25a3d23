// RecordedScript: what a package manager gave to the shell of a script, written down by a shell
// that runs nothing.
#pragma once

#include "agent/scripts/script_package.hpp"
#include "core/files.hpp"
#include "core/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

struct RecordedScript {
  Variables environment;
  std::string directory;
  std::vector<std::string> argv;  // Behind the shell's own name: "-c" and the script.
};

// A program that takes the place of a script's shell: for the script named `event` it writes what
// it was given to `record`, for all others it does nothing. It always succeeds.
std::string recording_shell(const fs::path& record, std::string_view event);

// Reads a record: the variables, each with a NUL behind it, an empty one, the directory, the
// arguments. Errc::corrupt for anything else.
Result<RecordedScript> parse_recorded_script(std::string_view bytes);

}  // namespace vc::agent
