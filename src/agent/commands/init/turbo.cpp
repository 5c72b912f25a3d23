// turbo.json as velocity.yml: its tasks in the workspace's file; `web#build`, the turbo.json of a
// package and inputs outside of it in that package's; `//#check` as it is.
#include "agent/commands/init/detect.hpp"
#include "agent/commands/init/drafted_task.hpp"
#include "agent/commands/init/turbo_tasks.hpp"
#include "agent/turbo/frameworks.hpp"
#include "agent/turbo/turbo_config.hpp"
#include "agent/turbo/turbo_definition.hpp"
#include "core/result.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace vc::agent {

namespace {

// Turns what run() makes of a turbo.json into what velocity.yml can say.
class TurboDraft {
 public:
  TurboDraft(const Config& config, const Workspace& workspace)
      : config_(config), turbo_(*config.turbo), workspace_(workspace), tasks_(config, workspace) {}

  Draft make() {
    draft_.found = fmt::format("{} with {} tasks", config_.file, turbo_.tasks.size());
    draft_.global_inputs = config_.global_inputs;
    draft_.global_env = config_.global_env;
    add_tasks();
    for (const Package& package : workspace_.packages) {
      if (!is_alone(package)) {
        add_package(package);
      }
    }
    note_the_rest();
    return std::move(draft_);
  }

 private:
  void note(std::string text) { draft_.comments.push_back(std::move(text)); }

  bool is_alone(const Package& package) const {
    return package.directory.empty() && workspace_.packages.size() == 1;
  }

  void add_tasks() {
    for (const std::string& name : tasks_.names()) {
      if (const auto found = config_.pipeline.find(name); found != config_.pipeline.end()) {
        draft_.tasks.push_back(common_task(found->second));
        tasks_.settle_dependencies(draft_.tasks.back(), workspace_.packages);
      }
    }
    std::vector<DraftTask*> writers(draft_.tasks.size());
    std::ranges::transform(draft_.tasks, writers.begin(), [](DraftTask& task) { return &task; });
    settle_overlaps(writers);
    keep_outputs_out_of_inputs(draft_.tasks);
  }

  // What the workspace says of a task. Where inputs lie outside of the package, what most say.
  DraftTask common_task(const TaskDefinition& common) const {
    const TurboTask& turbo = turbo_.tasks.at(common.name);
    DraftTask task = drafted_task(common);
    for (const Package& package : workspace_.packages) {
      const auto own = package.overrides.find(common.name);
      if (own == package.overrides.end() || !package.scripts.contains(common.name)) {
        continue;
      }
      const SourcePosition& at = own->second.at;
      const bool is_common = std::tie(at.file, at.line, at.column) ==
                             std::tie(common.at.file, common.at.line, common.at.column);
      if (is_alone(package) || (is_common && depends_on_directory(turbo))) {
        std::vector<std::string> env = is_alone(package) ? own->second.env : task.env;
        task = drafted_task(own->second);
        task.env = std::move(env);
        break;
      }
    }
    if (!task.cache && turbo.cache.value_or(true)) {
      task.comments.emplace_back("Not cached: it writes or reads outside of its package.");
    }
    add_framework_variables(task);
    return task;
  }

  // Of every package: a key may know more than it must.
  void add_framework_variables(DraftTask& task) const {
    for (const Package& package : workspace_.packages) {
      const auto own = package.overrides.find(task.name);
      if (own == package.overrides.end() || !package.scripts.contains(task.name)) {
        continue;
      }
      for (const std::string& variable : own->second.env) {
        if (is_framework_variable(variable) &&
            std::ranges::find(task.env, variable) == task.env.end()) {
          task.env.push_back(variable);
        }
      }
    }
  }

  void settle_dependencies(DraftTask& task, const Package& package) const {
    const auto common = config_.pipeline.find(task.name);
    if (common != config_.pipeline.end() &&
        task.depends_on == drafted_task(common->second).depends_on) {
      task.depends_on = find_task(draft_, task.name)->depends_on;
      DraftTask beside{.with = std::move(task.with)};
      tasks_.settle_dependencies(beside, {});
      task.with = std::move(beside.with);
    } else {
      tasks_.settle_dependencies(task, {&package, 1});
    }
  }

  void add_package(const Package& package) {
    std::vector<DraftTask> tasks;
    for (const std::string& name : tasks_.names()) {
      if (const TaskDefinition* task = tasks_.definition(package, name); task != nullptr) {
        tasks.push_back(drafted_task(*task));
        settle_dependencies(tasks.back(), package);
      } else if (package.scripts.contains(name) && package.tasks_not_inherited.contains(name)) {
        tasks.push_back({.name = name,
                         .command = "true",
                         .comments = {"Its turbo.json leaves it out: it does nothing here."}});
      }
    }
    std::vector<DraftTask*> writers;
    for (DraftTask& task : tasks) {
      if (package.scripts.contains(task.name)) {
        writers.push_back(&task);
      }
    }
    settle_overlaps(writers);
    keep_outputs_out_of_inputs(tasks);
    PackageDraft special{
        .directory = package.directory, .comments = {}, .depends_on = {}, .tasks = {}};
    for (DraftTask& task : tasks) {
      compare(package, std::move(task), special.tasks);
    }
    if (package.directory.empty()) {
      draft_.root_tasks = std::move(special.tasks);
    } else if (!special.tasks.empty()) {
      draft_.special.push_back(std::move(special));
    }
  }

  // Keeps the task if it is another than the workspace's.
  void compare(const Package& package, DraftTask task, std::vector<DraftTask>& kept) const {
    const DraftTask* base = find_task(draft_, task.name);
    const bool is_of_root = package.directory.empty();
    if (!package.scripts.contains(task.name)) {
      if (base == nullptr || is_of_root) {
        return;
      }
      // Nothing runs, but what it would wait for is waited for.
      DraftTask lacking = *base;
      lacking.depends_on = std::move(task.depends_on);
      lacking.with = std::move(task.with);
      lacking.comments.clear();
      task = std::move(lacking);
    }
    if (base != nullptr) {
      std::erase_if(task.comments, [&](const std::string& comment) {
        return std::ranges::find(base->comments, comment) != base->comments.end();
      });
      take_framework_variables(task.env, base->env);
    }
    if (!is_of_root && !says_more(task, base)) {
      return;
    }
    if (!task.cache && task.comments.empty() && !tasks_.says_uncached(package, task.name)) {
      task.comments.emplace_back("Not cached: it writes or reads outside of its package.");
    }
    kept.push_back(std::move(task));
  }

  // The workspace names those of all packages.
  static void take_framework_variables(std::vector<std::string>& own,
                                       const std::vector<std::string>& base) {
    std::vector<std::string> all = own;
    std::ranges::copy_if(base, std::back_inserter(all), [&](const std::string& variable) {
      return is_framework_variable(variable) && std::ranges::find(own, variable) == own.end();
    });
    if (std::ranges::is_permutation(all, base)) {
      own = base;
    }
  }

  void note_lacking_scripts(const Package& package) {
    for (const auto& [name, task] : package.overrides) {
      const bool is_special = package.directory.empty() || !config_.pipeline.contains(name);
      if (is_special && !package.scripts.contains(name)) {
        note(fmt::format("Left out: {}#{}. {} has no such script.", package.name, name,
                         package.directory.empty() ? "package.json" : package.manifest));
      }
    }
  }

  // Each entry that became nothing, with the reason.
  void note_the_rest() {
    if (config_.loose_environment) {
      note("envMode is loose: run with --env=loose, or name the variables in env.");
    }
    for (const auto& [id, task] : turbo_.tasks) {
      const std::size_t hash = id.rfind('#');
      if (hash == std::string::npos) {
        continue;
      }
      if (workspace_.find(id.substr(0, hash)) == nullptr) {
        note(fmt::format("Left out: {}. No package has this name.", id));
      }
    }
    for (const Package& package : workspace_.packages) {
      note_lacking_scripts(package);
    }
    std::vector<std::string_view> counted;
    counted.reserve(workspace_.counted_everywhere.size());
    for (const PackageId id : workspace_.counted_everywhere) {
      counted.emplace_back(workspace_.packages[id].directory);
    }
    if (!counted.empty()) {
      note(fmt::format(
          "The root depends on packages in {}: with turbo.json their files are in every "
          "key. Name them in global_inputs to keep that.",
          fmt::join(counted, ", ")));
    }
    for (const std::string& key : turbo_.without_effect) {
      note(fmt::format("Left out: {}. It has no effect here.", key));
    }
  }

  const Config& config_;
  const TurboFile& turbo_;
  const Workspace& workspace_;
  TurboTasks tasks_;
  Draft draft_;
};

}  // namespace

std::expected<std::optional<Draft>, Diagnostics> draft_of_turbo(const fs::path& directory,
                                                                const Workspace& workspace) {
  VC_TRY(const std::optional<TurboText> text, read_turbo_text(directory, ""));
  if (!text) {
    return std::nullopt;
  }
  VC_TRY(const Config config,
         parse_turbo_config(text->text, directory / text->file, TurboPassed::declared));
  VC_TRY(const Workspace seen, discover_workspace(config));
  Draft draft = TurboDraft(config, seen).make();
  if (draft.tasks.empty() && draft.root_tasks.empty() && draft.special.empty()) {
    return std::nullopt;
  }
  if (seen.packages.size() == 1 && workspace.packages.size() > 1) {
    draft.packages = {"."};  // Without workspaces Turborepo sees one package.
  }
  return draft;
}

}  // namespace vc::agent
