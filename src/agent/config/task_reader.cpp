#include "agent/config/task_reader.hpp"

#include "agent/config/dependency_reader.hpp"
#include "agent/config/execution_keys.hpp"
#include "agent/config/patterns.hpp"
#include "agent/diagnostic_codes.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace vc::agent {

namespace {

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_command(std::string_view text) {
  return !trimmed(text).empty();
}

constexpr std::string_view kRootTaskPrefix = "//#";

bool is_root_task(std::string_view key) {
  return key.starts_with(kRootTaskPrefix) && is_task_name(key.substr(kRootTaskPrefix.size()));
}

class TaskReader {
 public:
  TaskReader(YamlReader& reader, const YamlEntry& entry) : reader_(reader) {
    task_.name = entry.key.substr(is_root_task(entry.key) ? kRootTaskPrefix.size() : 0);
    task_.at = reader.key_position(entry);
  }

  TaskDefinition read(const YamlEntry& entry, CommandRule rule) {
    read_keys(reader_, reader_.map(entry), kKeys, *this);
    const bool is_map = entry.value->kind == YamlNode::Kind::map;
    if (rule == CommandRule::required && is_map && !task_.given.contains(TaskKey::command)) {
      reader_.error(codes::kMissingKey, task_.at,
                    fmt::format("task \"{}\" has no command", task_.name),
                    "add command: \"npm run " + task_.name + "\", or whatever runs it");
    }
    return std::move(task_);
  }

  static const std::array<KeyRow<TaskReader>, 21> kKeys;

 private:
  void read_command(const YamlEntry& entry) {
    task_.given.insert(TaskKey::command);
    if (const auto text = reader_.text(entry)) {
      task_.command = trimmed(*text);
      if (task_.command.empty()) {
        reader_.error(codes::kBadValue, reader_.position(entry), "\"command\" is empty",
                      "to group other tasks, use command: \"true\" and depends_on");
      }
    }
  }

  void read_inputs(const YamlEntry& entry) {
    task_.given.insert(TaskKey::inputs);
    auto inputs = read_input_patterns(reader_, entry);
    if (!inputs) {
      return;
    }
    task_.root_inputs = std::move(inputs->root);
    task_.inputs_extend_defaults = inputs->extend_defaults;
    if (!inputs->extend_defaults || !inputs->own.patterns.empty()) {
      task_.inputs = std::move(inputs->own);
    }
    if (task_.inputs && task_.inputs->patterns.empty() &&
        entry.value->kind == YamlNode::Kind::sequence && entry.value->children.empty()) {
      // A key without files would make the first success the result for ever.
      reader_.error(codes::kBadValue, reader_.position(entry), "\"inputs\" is empty",
                    "leave the key out for the default inputs, or set cache: false");
    }
  }

  void read_outputs(const YamlEntry& entry) {
    task_.given.insert(TaskKey::outputs);
    if (auto patterns = read_patterns(reader_, entry, "package")) {
      task_.outputs = *std::move(patterns);
      check_outputs_spare_sources(reader_, task_.outputs);
    }
  }

  void read_depends_on(const YamlEntry& entry) {
    task_.given.insert(TaskKey::depends_on);
    task_.depends_on = read_dependencies(reader_, entry);
  }

  void read_with(const YamlEntry& entry) {
    task_.given.insert(TaskKey::with);
    task_.with = read_dependencies(reader_, entry);
    for (const DependencyPattern& other : task_.with) {
      if (other.on == DependencyOn::outputs) {
        reader_.error(codes::kBadValue, other.at, "\"on\" means nothing in \"with\"",
                      "what runs beside a task has made nothing for it: remove on:");
      }
    }
  }

  // `env_keys` is the older name of the same list; both together are one.
  void read_env(const YamlEntry& entry) {
    task_.given.insert(TaskKey::env);
    append_names(entry, task_.env);
  }

  void read_pass_env(const YamlEntry& entry) {
    task_.given.insert(TaskKey::pass_env);
    append_names(entry, task_.pass_env);
  }

  void append_names(const YamlEntry& entry, std::vector<std::string>& names) {
    const auto added =
        reader_.names(entry, is_variable_pattern, "a variable: write NAME, NAME_* or !NAME");
    for (const std::string& name : added.value_or(std::vector<std::string>())) {
      if (std::ranges::find(names, name) == names.end()) {
        names.push_back(name);
      }
    }
  }

  void read_tools(const YamlEntry& entry) {
    task_.given.insert(TaskKey::tools);
    task_.tools =
        reader_.names(entry, is_command, "a command").value_or(std::vector<std::string>());
  }

  void read_cache(const YamlEntry& entry) {
    task_.given.insert(TaskKey::cache);
    task_.cache = reader_.boolean(entry).value_or(true);
  }

  void read_incremental(const YamlEntry& entry) {
    task_.given.insert(TaskKey::incremental);
    task_.incremental = reader_.boolean(entry).value_or(false);
  }

  void read_outputs_optional(const YamlEntry& entry) {
    task_.given.insert(TaskKey::outputs_optional);
    task_.outputs_optional = reader_.boolean(entry).value_or(false);
  }

  void read_platform(const YamlEntry& entry) {
    task_.given.insert(TaskKey::platform);
    const auto text = reader_.text(entry);
    if (!text) {
      return;
    }
    if (*text != "specific" && *text != "independent") {
      reader_.error(codes::kBadValue, reader_.position(entry),
                    fmt::format("\"platform\" is \"{}\"", *text),
                    "write specific (the default) or independent");
    }
    task_.platform_independent = *text == "independent";
  }

  void read_description(const YamlEntry& entry) {
    task_.given.insert(TaskKey::description);
    task_.description = reader_.text(entry).value_or("");
  }

  void read_retries(const YamlEntry& entry) {
    task_.given.insert(TaskKey::retries);
    task_.rules.retries = agent::read_retries(reader_, entry);
  }

  void read_timeout(const YamlEntry& entry) {
    task_.given.insert(TaskKey::timeout);
    task_.rules.timeout = agent::read_timeout(reader_, entry);
  }

  void read_weight(const YamlEntry& entry) {
    task_.given.insert(TaskKey::weight);
    task_.rules.weight = agent::read_weight(reader_, entry);
  }

  void read_mutex(const YamlEntry& entry) {
    task_.given.insert(TaskKey::mutex);
    task_.rules.mutex = agent::read_mutex(reader_, entry);
  }

  void read_persistent(const YamlEntry& entry) {
    task_.given.insert(TaskKey::persistent);
    task_.rules.persistent = reader_.boolean(entry).value_or(false);
  }

  void read_ready_when(const YamlEntry& entry) {
    task_.given.insert(TaskKey::ready_when);
    task_.rules.ready_when = agent::read_ready_when(reader_, entry);
  }

  void read_script_runner_key(const YamlEntry& entry) {
    task_.given.insert(TaskKey::script_runner);
    task_.script_runner = read_script_runner(reader_, entry);
  }

  YamlReader& reader_;
  TaskDefinition task_;
};

constexpr std::array<KeyRow<TaskReader>, 21> TaskReader::kKeys{{
    {.name = "command", .read = &TaskReader::read_command},
    {.name = "inputs", .read = &TaskReader::read_inputs},
    {.name = "outputs", .read = &TaskReader::read_outputs},
    {.name = "depends_on", .read = &TaskReader::read_depends_on},
    {.name = "with", .read = &TaskReader::read_with},
    {.name = "env", .read = &TaskReader::read_env},
    {.name = "env_keys", .read = &TaskReader::read_env},
    {.name = "pass_env", .read = &TaskReader::read_pass_env},
    {.name = "tools", .read = &TaskReader::read_tools},
    {.name = "cache", .read = &TaskReader::read_cache},
    {.name = "incremental", .read = &TaskReader::read_incremental},
    {.name = "outputs_optional", .read = &TaskReader::read_outputs_optional},
    {.name = "platform", .read = &TaskReader::read_platform},
    {.name = "description", .read = &TaskReader::read_description},
    {.name = "retries", .read = &TaskReader::read_retries},
    {.name = "timeout", .read = &TaskReader::read_timeout},
    {.name = "weight", .read = &TaskReader::read_weight},
    {.name = "mutex", .read = &TaskReader::read_mutex},
    {.name = "persistent", .read = &TaskReader::read_persistent},
    {.name = "ready_when", .read = &TaskReader::read_ready_when},
    {.name = "script_runner", .read = &TaskReader::read_script_runner_key},
}};

}  // namespace

// '#' and '^' have a meaning in depends_on, a leading '-' on the command line.
bool is_task_name(std::string_view name) {
  return !name.empty() && (is_letter_or_digit(name.front()) || name.front() == '_') &&
         std::ranges::all_of(name, [](char c) {
           return is_letter_or_digit(c) || std::string_view("_-.:/@+").contains(c);
         });
}

ScriptRunner read_script_runner(YamlReader& reader, const YamlEntry& entry) {
  const auto text = reader.text(entry);
  if (text && *text != "direct" && *text != "package-manager") {
    reader.error(codes::kBadValue, reader.position(entry),
                 fmt::format("\"script_runner\" is \"{}\"", *text),
                 "write direct (the default) or package-manager");
  }
  return text == "package-manager" ? ScriptRunner::package_manager : ScriptRunner::direct;
}

bool is_variable_pattern(std::string_view text) {
  text.remove_prefix(text.starts_with('!') ? 1 : 0);
  return !text.empty() && !(text.front() >= '0' && text.front() <= '9') &&
         std::ranges::all_of(text,
                             [](char c) { return is_letter_or_digit(c) || c == '_' || c == '*'; });
}

std::map<std::string, TaskDefinition> take_root_tasks(
    std::map<std::string, TaskDefinition>& pipeline) {
  std::map<std::string, TaskDefinition> taken;
  std::erase_if(pipeline, [&](const auto& task) {
    const bool is_of_root = is_root_task(task.first);
    if (is_of_root) {
      taken.emplace(task.second.name, task.second);
    }
    return is_of_root;
  });
  return taken;
}

std::span<const std::string_view> task_keys() {
  static constexpr auto kNames = names_of(TaskReader::kKeys);
  return kNames;
}

std::map<std::string, TaskDefinition> read_pipeline(YamlReader& reader, const YamlEntry& entry,
                                                    CommandRule rule) {
  std::map<std::string, TaskDefinition> pipeline;
  for (const YamlEntry& task : reader.map(entry)) {
    const bool is_of_root = rule == CommandRule::required && is_root_task(task.key);
    if (!is_of_root && !is_task_name(task.key)) {
      reader.error(codes::kBadTaskName, reader.key_position(task),
                   fmt::format("\"{}\" cannot be the name of a task", task.key),
                   task.key.contains('#')
                       ? "what differs in one package belongs in that package's velocity.yml"
                       : "use letters, digits and _ - . : / @ +, beginning with a letter or digit");
    }
    pipeline.emplace(
        task.key, TaskReader(reader, task).read(task, is_of_root ? CommandRule::optional : rule));
  }
  return pipeline;
}

}  // namespace vc::agent
