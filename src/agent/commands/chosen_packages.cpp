#include "agent/commands/chosen_packages.hpp"

#include "agent/diagnostic_codes.hpp"
#include "agent/lockfile/changed_locks.hpp"
#include "agent/selection/affected_base.hpp"
#include "agent/selection/git_changes.hpp"
#include "agent/selection/select_packages.hpp"
#include "agent/task_graph/name_suggestion.hpp"
#include "agent/task_graph/task_catalog.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace vc::agent {

namespace {

// "apps" when the user stands in ROOT/apps; "" in the root, or outside of it.
std::string place_in(const fs::path& root, const fs::path& directory) {
  std::string place = directory.lexically_relative(root).generic_string();
  return place == "." || place.starts_with("..") ? "" : place;
}

void parse_filters(const SelectionArguments& arguments, SelectionRequest& request,
                   Diagnostics& errors) {
  for (const std::string& text : arguments.filters) {
    if (auto filter = parse_filter(text)) {
      request.filters.push_back(*std::move(filter));
    } else {
      errors.push_back(std::move(filter).error());
    }
  }
}

void find_named(const SelectionArguments& arguments, const TaskCatalog& catalog,
                SelectionRequest& request, Diagnostics& errors) {
  for (const std::string& name : arguments.packages) {
    if (const auto package = catalog.find_package(name)) {
      request.named.push_back(*package);
    } else {
      errors.push_back({.code = codes::kUnknownPackage,
                        .message = fmt::format("no package is called \"{}\"", name),
                        .at = {},
                        .source_line = {},
                        .help = name_suggestion(name, catalog.package_names(), "packages")});
    }
  }
}

}  // namespace

std::expected<ChosenPackages, Diagnostics> choose_packages(const SelectionArguments& arguments,
                                                           const Config& config,
                                                           const Workspace& workspace,
                                                           const CommandContext& context) {
  if (arguments.filters.empty() && !arguments.affected) {
    return ChosenPackages{};
  }
  SelectionRequest request{.filters = {},
                           .named = {},
                           .affected = {},
                           .directory = place_in(config.root, context.directory),
                           .lockfile_users = [&](std::string_view before, std::string_view now) {
                             return changed_locks(workspace, before, now);
                           }};
  Diagnostics errors;
  parse_filters(arguments, request, errors);
  find_named(arguments, TaskCatalog(config, workspace), request, errors);
  PosixToolRunner runner(kGitTimeout, kGitOutputBytesMax);
  GitCommand git(runner, config.root, context.environment);
  if (arguments.affected) {
    if (const auto usable = git.check_repository()) {
      request.affected = find_affected_base(git, context.environment, *arguments.affected);
    } else {
      errors.push_back({.code = codes::kChangesUnknown,
                        .message = "--affected: " + usable.error().message,
                        .at = {},
                        .source_line = {},
                        .help = usable.error().hint});
    }
  }
  if (!errors.empty()) {
    return std::unexpected(std::move(errors));
  }
  GitChanges changes(git);
  auto selected = select_packages(config, workspace, request, changes);
  if (!selected) {
    return std::unexpected(std::move(selected).error());
  }
  return ChosenPackages{.packages = std::move(selected->packages),
                        .warnings = std::move(selected->warnings)};
}

std::string nothing_to_do(const ChosenPackages& chosen, const SelectionArguments& arguments,
                          std::size_t tasks) {
  if (tasks > 0 || !chosen.packages) {
    return {};
  }
  if (chosen.packages->empty()) {
    return arguments.affected ? "nothing to do: no selected package is affected"
                              : "nothing to do: no package is selected";
  }
  return fmt::format("nothing to do: of the {} selected package{} none has {}",
                     chosen.packages->size(), chosen.packages->size() == 1 ? "" : "s",
                     fmt::join(arguments.tasks, ", "));
}

}  // namespace vc::agent
