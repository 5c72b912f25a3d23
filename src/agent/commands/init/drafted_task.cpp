#include "agent/commands/init/drafted_task.hpp"

#include "agent/config/dependency_reader.hpp"
#include "agent/config/patterns.hpp"
#include "agent/task_graph/pattern_overlap.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace vc::agent {

namespace {

std::vector<std::string> texts_of(const std::vector<DependencyPattern>& dependencies) {
  std::vector<std::string> texts;
  std::ranges::transform(dependencies, std::back_inserter(texts), written_form);
  return texts;
}

std::vector<std::string> input_texts(const TaskDefinition& task) {
  std::vector<std::string> texts;
  if (task.inputs_extend_defaults || !task.inputs) {
    texts.emplace_back(kDefaultInputs);
  }
  if (task.inputs) {
    texts.insert(texts.end(), task.inputs->patterns.begin(), task.inputs->patterns.end());
  }
  for (const std::string_view pattern : task.root_inputs.patterns) {
    const bool excludes = pattern.starts_with('!');
    texts.push_back(
        fmt::format("{}{}{}", excludes ? "!" : "", kRootPrefix, pattern.substr(excludes ? 1 : 0)));
  }
  return texts;
}

void keep_out(const std::vector<std::string>& outputs, std::vector<std::string>& inputs) {
  for (const std::string& output : outputs) {
    if (!output.starts_with('!') && find_overlap(inputs, {output})) {
      inputs.push_back("!" + output);
    }
  }
}

}  // namespace

DraftTask drafted_task(const TaskDefinition& task) {
  DraftTask drafted{.name = task.name,
                    .command = task.command,
                    .depends_on = texts_of(task.depends_on),
                    .with = texts_of(task.with),
                    .env = task.env,
                    .pass_env = task.pass_env,
                    .cache = task.cache || task.rules.persistent,
                    .persistent = task.rules.persistent};
  if (!task.rules.persistent) {  // Nothing would be kept of it.
    drafted.outputs = task.outputs.patterns;
    drafted.outputs_optional = task.cache && !drafted.outputs.empty();
    drafted.incremental = !task.cache && !drafted.outputs.empty();
  }
  if (task.inputs || !task.root_inputs.patterns.empty()) {
    drafted.inputs = input_texts(task);
  }
  return drafted;
}

void settle_overlaps(const std::vector<DraftTask*>& tasks) {
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    for (std::size_t j = i + 1; j < tasks.size(); ++j) {
      if (find_overlap(tasks[i]->outputs, tasks[j]->outputs)) {
        DraftTask& loser = tasks[i]->cache ? *tasks[j] : *tasks[i];
        const DraftTask& winner = tasks[i]->cache ? *tasks[i] : *tasks[j];
        loser.comments.push_back(fmt::format("Not cached: it writes where {} does.", winner.name));
        loser.cache = false;
        loser.outputs.clear();
        loser.outputs_optional = false;
        loser.incremental = false;
      }
    }
  }
}

void keep_outputs_out_of_inputs(std::vector<DraftTask>& tasks) {
  for (DraftTask& task : tasks) {
    for (const DraftTask& writer : tasks) {
      const bool waits = std::ranges::find(task.depends_on, writer.name) != task.depends_on.end();
      if (task.inputs && !waits) {
        keep_out(writer.outputs, *task.inputs);
      }
    }
  }
}

}  // namespace vc::agent
