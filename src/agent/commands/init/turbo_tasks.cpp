#include "agent/commands/init/turbo_tasks.hpp"

#include "agent/config/dependency_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <tuple>
#include <utility>

namespace vc::agent {

const TaskDefinition* TurboTasks::definition(const Package& package,
                                             const std::string& name) const {
  if (const auto own = package.overrides.find(name); own != package.overrides.end()) {
    return &own->second;
  }
  const auto common = config_.pipeline.find(name);
  const bool inherits = !package.inherits_no_task && !package.tasks_not_inherited.contains(name);
  return inherits && common != config_.pipeline.end() ? &common->second : nullptr;
}

TurboTasks::TurboTasks(const Config& config, const Workspace& workspace)
    : config_(config), turbo_(*config.turbo), workspace_(workspace) {
  for (const auto& [name, task] : config_.pipeline) {
    names_.push_back(name);
  }
  std::ranges::sort(names_, {}, [&](const std::string& name) {
    const SourcePosition& at = config_.pipeline.at(name).at;
    return std::tuple(at.line, at.column);
  });
  for (const Package& package : workspace_.packages) {
    for (const auto& [name, task] : package.overrides) {
      if (package.scripts.contains(name) && !is_known(name)) {
        names_.push_back(name);
      }
    }
  }
}

bool TurboTasks::is_known(std::string_view name) const {
  return std::ranges::find(names_, name) != names_.end();
}

bool TurboTasks::can_stand(std::string_view dependency) const {
  const std::size_t hash = dependency.rfind('#');
  if (hash == std::string_view::npos) {
    return is_known(dependency.substr(dependency.starts_with('^') ? 1 : 0));
  }
  const Package* package = workspace_.find(dependency.substr(0, hash));
  const std::string task(dependency.substr(hash + 1));
  return package != nullptr && package->scripts.contains(task) &&
         definition(*package, task) != nullptr;
}

bool TurboTasks::is_persistent(std::string_view dependency) const {
  dependency.remove_prefix(dependency.starts_with('^') ? 1 : dependency.find('#') + 1);
  const auto found = config_.pipeline.find(std::string(dependency));
  return found != config_.pipeline.end() && found->second.rules.persistent;
}

void TurboTasks::settle_dependencies(DraftTask& task, std::span<const Package> users) const {
  wait_through_lacking(task, users);
  std::erase_if(task.depends_on, [&](const std::string& dependency) {
    if (is_persistent(dependency)) {
      task.comments.push_back(fmt::format(
          "Left out of depends_on: {}, which has no end; with ready_when it can stand there.",
          dependency));
      return true;
    }
    return drop_if_unknown(task, "depends_on", dependency);
  });
  std::erase_if(task.with, [&](const std::string& dependency) {
    return drop_if_unknown(task, "with", dependency);
  });
}

// A package without the script makes others wait for what its task depends on. With us it stands
// for its files and for `^task` alone: the rest is named where it is waited for.
void TurboTasks::wait_through_lacking(DraftTask& task, std::span<const Package> users) const {
  std::vector<std::string> added;
  for (const std::string& dependency : task.depends_on) {
    if (!dependency.starts_with('^')) {
      continue;
    }
    for (const Package& user : users) {
      if (user.scripts.contains(task.name)) {
        add_waits_of_lacking(user, dependency.substr(1), added);
      }
    }
  }
  std::ranges::copy_if(added, std::back_inserter(task.depends_on), [&](const std::string& one) {
    return std::ranges::find(task.depends_on, one) == task.depends_on.end();
  });
}

void TurboTasks::add_waits_of_lacking(const Package& user, const std::string& name,
                                      std::vector<std::string>& added) const {
  for (const PackageId id : user.dependencies) {
    const Package& used = workspace_.packages[id];
    const TaskDefinition* lacking = used.scripts.contains(name) ? nullptr : definition(used, name);
    if (lacking == nullptr) {
      continue;
    }
    for (const DependencyPattern& next : lacking->depends_on) {
      const bool is_here = next.kind == DependencyPattern::Kind::same_package;
      std::string text = (is_here ? "^" : "") + written_form(next);
      if (text != "^" + name && std::ranges::find(added, text) == added.end()) {
        added.push_back(std::move(text));
      }
    }
  }
}

bool TurboTasks::drop_if_unknown(DraftTask& task, std::string_view key,
                                 const std::string& dependency) const {
  const bool stands = can_stand(dependency);
  if (!stands) {
    task.comments.push_back(fmt::format("Left out of {}: {}.", key, dependency));
  }
  return !stands;
}

bool TurboTasks::says_uncached(const Package& package, const std::string& name) const {
  for (const std::string& id : {fmt::format("{}#{}", package.name, name), name}) {
    const auto found = turbo_.tasks.find(id);
    if (found != turbo_.tasks.end() && !found->second.cache.value_or(true)) {
      return true;
    }
  }
  auto read = read_turbo_text(config_.root, package.directory);
  const std::optional<TurboText> text = read ? *std::move(read) : std::nullopt;
  if (package.directory.empty() || !text) {
    return false;
  }
  const auto own = parse_turbo_file(text->text, text->file, TurboPlace::package);
  return own && own->tasks.contains(name) && !own->tasks.at(name).cache.value_or(true);
}

}  // namespace vc::agent
