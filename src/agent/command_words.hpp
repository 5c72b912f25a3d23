// command_words(): a command of velocity.yml as an argument vector: split into words where that is
// all a shell would do with it, else handed to `/bin/sh -c`.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// `arguments` are what followed `--` on the command line; they arrive in the command exactly as
// they were typed. `npm run x` gets them behind a `--` of its own, as npm demands.
std::vector<std::string> command_words(std::string_view command,
                                       std::span<const std::string> arguments = {});

// In single quotes, so that a shell reads it as one word with exactly these bytes.
std::string shell_quoted(std::string_view text);

}  // namespace vc::agent
