#include "agent/turbo/turbo_definition.hpp"

#include "agent/config/patterns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::string_view kUp = "../";

void merge_list(TurboTexts& list, const TurboTexts& own) {
  if (!own) {
    return;
  }
  std::vector<YamlText> result;
  const bool extends = std::ranges::find(*own, kTurboExtends, &YamlText::text) != own->end();
  if (extends && list) {
    result = *list;
  }
  std::ranges::copy_if(*own, std::back_inserter(result),
                       [](const YamlText& item) { return item.text != kTurboExtends; });
  list = std::move(result);
}

// The pattern as seen from the workspace root; nullopt when it leaves the workspace.
std::optional<std::string> from_root(std::string_view pattern, std::string_view directory) {
  while (pattern.starts_with(kUp)) {
    if (directory.empty()) {
      return std::nullopt;
    }
    pattern.remove_prefix(kUp.size());
    const std::size_t slash = directory.rfind('/');
    directory = slash == std::string_view::npos ? std::string_view() : directory.substr(0, slash);
  }
  return directory.empty() ? std::string(pattern) : fmt::format("{}/{}", directory, pattern);
}

void add(PatternList& list, std::string pattern, const YamlText& item) {
  list.patterns.push_back((item.text.starts_with('!') ? "!" : "") + std::move(pattern));
  list.positions.push_back(item.at);
}

// To Turborepo a `!` takes from the whole list, to us from what stands before it.
void move_exclusions_last(PatternList& list) {
  PatternList sorted;
  for (const bool excluding : {false, true}) {
    for (std::size_t i = 0; i < list.patterns.size(); ++i) {
      if (list.patterns[i].starts_with('!') == excluding) {
        sorted.patterns.push_back(list.patterns[i]);
        sorted.positions.push_back(list.positions[i]);
      }
    }
  }
  list = std::move(sorted);
}

bool includes(const PatternList& list) {
  return !list.patterns.empty() && !list.patterns.front().starts_with('!');
}

void set_inputs(TaskDefinition& task, const TurboTexts& items, std::string_view directory) {
  PatternList own;
  bool has_defaults = false;
  for (const YamlText& item : items.value_or(std::vector<YamlText>())) {
    const std::string_view pattern = without_exclusion(item.text);
    if (item.text == kTurboDefaultInputs) {
      has_defaults = true;
    } else if (pattern.starts_with(kTurboRootPrefix)) {
      add(task.root_inputs, std::string(pattern.substr(kTurboRootPrefix.size())), item);
    } else if (!pattern.starts_with(kUp)) {
      add(own, std::string(pattern), item);
    } else if (auto rooted = from_root(pattern, directory)) {
      add(task.root_inputs, *std::move(rooted), item);
    } else {
      task.cache = false;  // Files of which no key here can tell.
    }
  }
  move_exclusions_last(own);
  move_exclusions_last(task.root_inputs);
  // Exclusions alone mean "nothing" to Turborepo. All but these is the safe reading.
  has_defaults = has_defaults || (!includes(own) && !includes(task.root_inputs));
  if (!has_defaults || !own.patterns.empty()) {
    task.inputs = std::move(own);
    task.inputs_extend_defaults = has_defaults;
  }
}

void set_outputs(TaskDefinition& task, const TurboTexts& items) {
  for (const YamlText& item : items.value_or(std::vector<YamlText>())) {
    const std::string_view pattern = without_exclusion(item.text);
    if (!pattern.starts_with(kTurboRootPrefix) && !pattern.starts_with(kUp)) {
      add(task.outputs, std::string(pattern), item);
    } else if (!item.text.starts_with('!')) {
      task.cache = false;
    }
  }
  move_exclusions_last(task.outputs);
  if (!includes(task.outputs)) {
    task.outputs = {};
  }
  if (source_under_outputs(task.outputs)) {
    task.outputs = {};
    task.cache = false;
  }
}

std::vector<DependencyPattern> dependencies(const TurboTexts& items,
                                            std::vector<std::string>& env) {
  std::vector<DependencyPattern> result;
  for (const YamlText& item : items.value_or(std::vector<YamlText>())) {
    std::string_view rest = item.text;
    if (rest.starts_with('$')) {  // Version 1: a variable.
      env.emplace_back(rest.substr(1));
      continue;
    }
    DependencyPattern dependency{.at = item.at};
    if (rest.starts_with('^')) {
      dependency.kind = DependencyPattern::Kind::dependencies;
      rest.remove_prefix(1);
    } else if (const std::size_t hash = rest.rfind('#'); hash != std::string_view::npos) {
      dependency.kind = DependencyPattern::Kind::exact_package;
      dependency.package = rest.substr(0, hash);
      rest.remove_prefix(hash + 1);
    }
    dependency.task = rest;
    result.push_back(std::move(dependency));
  }
  return result;
}

void append_new(std::vector<std::string>& list, const std::string& name) {
  if (name != kTurboExtends && std::ranges::find(list, name) == list.end()) {
    list.push_back(name);
  }
}

}  // namespace

TurboTask merged_turbo_task(const TurboTask& base, const TurboTask& own) {
  TurboTask task = base;
  task.at = own.at;
  merge_list(task.depends_on, own.depends_on);
  merge_list(task.inputs, own.inputs);
  merge_list(task.outputs, own.outputs);
  merge_list(task.env, own.env);
  merge_list(task.pass_env, own.pass_env);
  merge_list(task.with, own.with);
  task.cache = own.cache ? own.cache : base.cache;
  task.persistent = own.persistent ? own.persistent : base.persistent;
  task.description = own.description.empty() ? base.description : own.description;
  return task;
}

TaskDefinition turbo_definition(const std::string& name, const TurboTask& task,
                                const TurboContext& context) {
  TaskDefinition definition{.name = name,
                            .command = fmt::format("{} run {}", context.package_manager, name),
                            .cache = task.cache.value_or(true),
                            // What lies under the outputs, and be it nothing, is the result.
                            .outputs_optional = true,
                            .description = task.description,
                            .at = task.at};
  set_inputs(definition, task.inputs, context.directory);
  set_outputs(definition, task.outputs);
  for (const YamlText& variable : task.env.value_or(std::vector<YamlText>())) {
    append_new(definition.env, variable.text);
  }
  definition.depends_on = dependencies(task.depends_on, definition.env);
  definition.with = dependencies(task.with, definition.env);
  for (const std::string& variable : context.framework_env) {
    append_new(definition.env, variable);
  }
  for (const YamlText& variable : task.pass_env.value_or(std::vector<YamlText>())) {
    append_new(definition.pass_env, variable.text);
  }
  for (const std::string& variable : context.passed) {
    append_new(definition.pass_env, variable);
  }
  if (task.persistent.value_or(false)) {
    definition.cache = false;
    definition.rules.persistent = true;
    definition.given.insert(TaskKey::persistent);
  }
  // Turborepo removes nothing before a task runs; where no result is kept, neither do we.
  definition.incremental = !definition.cache;
  for (const TaskKey key : {TaskKey::inputs, TaskKey::outputs, TaskKey::depends_on, TaskKey::with,
                            TaskKey::env, TaskKey::pass_env, TaskKey::cache, TaskKey::incremental,
                            TaskKey::outputs_optional, TaskKey::description}) {
    definition.given.insert(key);
  }
  return definition;
}

bool depends_on_directory(const TurboTask& task) {
  return task.inputs && std::ranges::any_of(*task.inputs, [](const YamlText& item) {
           return without_exclusion(item.text).starts_with(kUp);
         });
}

}  // namespace vc::agent
