// `velocity-cli completion bash|zsh|fish`: scripts made from the definition of the command line.
#pragma once

#include "agent/commands/arguments.hpp"
#include "agent/commands/command_context.hpp"
#include "agent/commands/parser.hpp"

#include <span>
#include <string>
#include <string_view>

namespace vc::agent {

int run_completion(const CompletionArguments& arguments, CommandContext& context);

// `shell` is bash, zsh or fish.
std::string completion_script(std::string_view shell, std::span<const CommandDescription> commands);

}  // namespace vc::agent
