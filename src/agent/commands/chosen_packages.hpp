// What --filter, --package and --affected of a command line choose in a workspace.
#pragma once

#include "agent/commands/arguments.hpp"
#include "agent/commands/command_context.hpp"
#include "agent/workspace.hpp"

#include <expected>
#include <optional>
#include <vector>

namespace vc::agent {

struct ChosenPackages {
  std::optional<std::vector<PackageId>> packages;  // nullopt: no filter narrows anything.
  Diagnostics warnings;
};

// Asks git only when a filter names a revision, or for --affected.
std::expected<ChosenPackages, Diagnostics> choose_packages(const SelectionArguments& arguments,
                                                           const Config& config,
                                                           const Workspace& workspace,
                                                           const CommandContext& context);

// Why a run that was narrowed does nothing; "" when it does something.
std::string nothing_to_do(const ChosenPackages& chosen, const SelectionArguments& arguments,
                          std::size_t tasks);

}  // namespace vc::agent
