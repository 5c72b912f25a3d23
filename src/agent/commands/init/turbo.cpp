#include "agent/commands/init/detect.hpp"
#include "agent/task_graph/pattern_overlap.hpp"
#include "agent/turbo/frameworks.hpp"
#include "agent/turbo/turbo_config.hpp"
#include "agent/turbo/turbo_definition.hpp"
#include "core/result.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace vc::agent {

namespace {

std::string dependency_text(const DependencyPattern& dependency) {
  switch (dependency.kind) {
    case DependencyPattern::Kind::dependencies:
      return "^" + dependency.task;
    case DependencyPattern::Kind::exact_package:
      return fmt::format("{}#{}", dependency.package, dependency.task);
    case DependencyPattern::Kind::same_package:
      break;
  }
  return dependency.task;
}

std::vector<std::string> input_texts(const TaskDefinition& task) {
  std::vector<std::string> texts;
  if (task.inputs_extend_defaults || !task.inputs) {
    texts.emplace_back("$default");
  }
  if (task.inputs) {
    texts.insert(texts.end(), task.inputs->patterns.begin(), task.inputs->patterns.end());
  }
  for (const std::string_view pattern : task.root_inputs.patterns) {
    const bool excludes = pattern.starts_with('!');
    texts.push_back(fmt::format("{}$root/{}", excludes ? "!" : "", pattern.substr(excludes)));
  }
  return texts;
}

// Turns what run() makes of a turbo.json into what velocity.yml can say.
class TurboDraft {
 public:
  TurboDraft(const Config& config, const Workspace& workspace)
      : config_(config), turbo_(*config.turbo), workspace_(workspace) {}

  Draft make() {
    draft_.found = fmt::format("{} with {} tasks", config_.file, turbo_.tasks.size());
    draft_.global_inputs = config_.global_inputs;
    draft_.global_env = config_.global_env;
    if (config_.loose_environment) {
      note("envMode is loose: run with --env=loose, or name the variables in env.");
    }
    for (const auto& [name, task] : turbo_.tasks) {
      if (!name.contains('#')) {
        add_task(name, task);
      } else if (name.starts_with("//#")) {
        note(fmt::format("Left out: {}. A task of the root itself has no place here.", name));
      }
    }
    drop_unknown_dependencies();
    settle_overlaps();
    keep_outputs_out_of_inputs();
    for (const Package& package : workspace_.packages) {
      note_differences(package);
    }
    return std::move(draft_);
  }

 private:
  void note(std::string text) { draft_.comments.push_back(std::move(text)); }

  void add_task(const std::string& name, const TurboTask& turbo) {
    if (depends_on_directory(turbo)) {
      note(fmt::format("{}: inputs outside of the package are left out; write $root/... instead.",
                       name));
    }
    const TaskDefinition task = turbo_definition(name, turbo,
                                                 {.package_manager = turbo_.package_manager,
                                                  .directory = "",
                                                  .passed = turbo_.global_pass_env,
                                                  .framework_env = {}});
    DraftTask drafted{.name = name,
                      .command = task.command,
                      .outputs = task.outputs.patterns,
                      .env = task.env,
                      .pass_env = task.pass_env,
                      .cache = task.cache,
                      .persistent = task.rules.persistent,
                      .outputs_optional = task.cache && !task.outputs.patterns.empty()};
    for (const DependencyPattern& dependency : task.depends_on) {
      drafted.depends_on.push_back(dependency_text(dependency));
    }
    if (task.inputs || !task.root_inputs.patterns.empty()) {
      drafted.inputs = input_texts(task);
    }
    if (task.rules.persistent) {
      drafted.outputs.clear();  // Nothing would be kept of it.
    } else if (!task.cache && turbo.cache.value_or(true)) {
      drafted.comments.push_back("Not cached: it writes or reads outside of its package.");
    }
    if (!task.with.empty()) {
      note(fmt::format("{}: \"with\" is left out; name those tasks beside it.", name));
    }
    add_framework_variables(drafted);
    draft_.tasks.push_back(std::move(drafted));
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

  bool is_written(std::string_view name) const {
    return std::ranges::find(draft_.tasks, name, &DraftTask::name) != draft_.tasks.end();
  }

  bool can_stand(std::string_view dependency) const {
    if (dependency.starts_with('^')) {
      return is_written(dependency.substr(1));
    }
    const std::size_t hash = dependency.rfind('#');
    if (hash == std::string_view::npos) {
      return is_written(dependency);
    }
    const Package* package = workspace_.find(dependency.substr(0, hash));
    const std::string task(dependency.substr(hash + 1));
    return package != nullptr && !package->inherits_no_task && is_written(task) &&
           package->scripts.contains(task);
  }

  bool is_persistent(std::string_view dependency) const {
    dependency.remove_prefix(dependency.starts_with('^') ? 1 : dependency.find('#') + 1);
    const auto found = std::ranges::find(draft_.tasks, dependency, &DraftTask::name);
    return found != draft_.tasks.end() && found->persistent;
  }

  void drop_unknown_dependencies() {
    for (DraftTask& task : draft_.tasks) {
      std::vector<std::string> kept;
      for (const std::string& dependency : task.depends_on) {
        if (is_persistent(dependency)) {
          task.comments.push_back(fmt::format(
              "Left out of depends_on: {}, which has no end; with ready_when it can stand "
              "there.",
              dependency));
        } else if (can_stand(dependency)) {
          kept.push_back(dependency);
        } else {
          task.comments.push_back(fmt::format("Left out of depends_on: {}.", dependency));
        }
      }
      task.depends_on = std::move(kept);
    }
  }

  // As when turbo.json itself is run: of two tasks that write the same files one is cached.
  void settle_overlaps() {
    for (std::size_t i = 0; i < draft_.tasks.size(); ++i) {
      for (std::size_t j = i + 1; j < draft_.tasks.size(); ++j) {
        if (find_overlap(draft_.tasks[i].outputs, draft_.tasks[j].outputs)) {
          DraftTask& loser = draft_.tasks[i].cache ? draft_.tasks[j] : draft_.tasks[i];
          loser.comments.push_back(
              fmt::format("Not cached: it writes where {} does.",
                          draft_.tasks[i].cache ? draft_.tasks[i].name : draft_.tasks[j].name));
          loser.cache = false;
          loser.outputs.clear();
          loser.outputs_optional = false;
        }
      }
    }
  }

  // Turborepo allows an output to match its own inputs and those of tasks that do not wait for it.
  void keep_outputs_out_of_inputs() {
    for (DraftTask& task : draft_.tasks) {
      for (const DraftTask& writer : draft_.tasks) {
        const bool waits = std::ranges::find(task.depends_on, writer.name) != task.depends_on.end();
        if (task.inputs && !waits) {
          keep_out(writer.outputs, *task.inputs);
        }
      }
    }
  }

  static void keep_out(const std::vector<std::string>& outputs, std::vector<std::string>& inputs) {
    for (const std::string& output : outputs) {
      if (!output.starts_with('!') && find_overlap(inputs, {output})) {
        inputs.push_back("!" + output);
      }
    }
  }

  // What turbo.json says of this package alone belongs in its own velocity.yml.
  void note_differences(const Package& package) {
    std::vector<std::string> names;
    const std::string prefix = package.name + "#";
    for (const auto& [id, task] : turbo_.tasks) {
      if (id.starts_with(prefix)) {
        names.push_back(id);
      }
    }
    if (!names.empty()) {
      note(fmt::format("Left out: {}. What is special in one package belongs in {}/velocity.yml.",
                       fmt::join(names, ", "), package.directory));
    }
    if (!package.directory.empty()) {
      const auto own = read_turbo_text(config_.root, package.directory);
      if (own && *own) {
        note(fmt::format("Left out: {}. What it says belongs in {}/velocity.yml.",
                         own->value_or(TurboText()).file, package.directory));
      }
    }
  }

  const Config& config_;
  const TurboFile& turbo_;
  const Workspace& workspace_;
  Draft draft_;
};

}  // namespace

std::expected<std::optional<Draft>, Diagnostics> draft_of_turbo(const fs::path& directory,
                                                                const Workspace& /*workspace*/) {
  VC_TRY(const std::optional<TurboText> text, read_turbo_text(directory, ""));
  if (!text) {
    return std::nullopt;
  }
  VC_TRY(const Config config, parse_turbo_config(text->text, directory / text->file));
  VC_TRY(const Workspace workspace, discover_workspace(config));
  Draft draft = TurboDraft(config, workspace).make();
  if (draft.tasks.empty()) {
    return std::nullopt;
  }
  return draft;
}

}  // namespace vc::agent
