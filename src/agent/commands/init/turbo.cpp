#include "agent/commands/init/detect.hpp"
#include "agent/config/optional_file.hpp"
#include "agent/config/task_reader.hpp"
#include "agent/diagnostic_codes.hpp"
#include "agent/source_text.hpp"
#include "agent/task_graph/pattern_overlap.hpp"
#include "core/glob.hpp"
#include "core/result.hpp"

#include <boost/json/parser.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace vc::agent {

namespace {

namespace json = boost::json;

constexpr std::uint64_t kTurboBytesMax = 1 << 20;
constexpr std::array<std::string_view, 2> kFiles{"turbo.json", "turbo.jsonc"};
constexpr std::string_view kRootPrefix = "$TURBO_ROOT$/";

std::vector<std::string> texts(const json::object& object, std::string_view key) {
  std::vector<std::string> result;
  const json::value* list = object.if_contains(key);
  if (list != nullptr && list->is_array()) {
    for (const json::value& item : list->get_array()) {
      if (item.is_string()) {
        result.emplace_back(item.get_string());
      }
    }
  }
  return result;
}

bool flag(const json::object& object, std::string_view key, bool otherwise) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_bool() ? value->get_bool() : otherwise;
}

bool stays_inside(std::string_view pattern) {
  if (pattern.starts_with('!')) {
    pattern.remove_prefix(1);
  }
  return !pattern.starts_with('/') && !pattern.starts_with('~') && !pattern.starts_with('$') &&
         Glob::compile(pattern).has_value();
}

class TurboReader {
 public:
  TurboReader(const json::object& root, const Workspace& workspace)
      : root_(root), workspace_(workspace) {}

  Draft read(std::string_view file) {
    draft_.found = file;
    // Version 2 says "tasks", version 1 "pipeline".
    const json::value* tasks = root_.if_contains("tasks");
    tasks = tasks != nullptr ? tasks : root_.if_contains("pipeline");
    draft_.global_env = variables(root_, "globalEnv");
    for (const std::string& pattern : texts(root_, "globalDependencies")) {
      add_global_input(pattern);
    }
    if (tasks != nullptr && tasks->is_object()) {
      for (const auto& [name, task] : tasks->get_object()) {
        if (task.is_object()) {
          read_task(std::string_view(name), task.get_object());
        }
      }
    }
    drop_dependencies_on_skipped();
    keep_outputs_out_of_inputs();
    return std::move(draft_);
  }

 private:
  void note(std::string text) { draft_.comments.push_back(std::move(text)); }

  void add_global_input(const std::string& pattern) {
    if (pattern.starts_with("$")) {
      // Version 1 wrote variables in here.
      if (is_variable_pattern(std::string_view(pattern).substr(1))) {
        draft_.global_env.push_back(pattern.substr(1));
      }
    } else if (stays_inside(pattern)) {
      if (std::ranges::find(draft_.global_inputs, pattern) == draft_.global_inputs.end()) {
        draft_.global_inputs.push_back(pattern);
      }
    } else {
      note(fmt::format("Left out of global_inputs: {} is not inside the workspace.", pattern));
    }
  }

  std::vector<std::string> variables(const json::object& object, std::string_view key) {
    std::vector<std::string> names = texts(object, key);
    std::erase_if(names, [](const std::string& name) { return !is_variable_pattern(name); });
    return names;
  }

  void read_task(std::string_view name, const json::object& turbo) {
    if (name.contains('#')) {
      note(
          fmt::format("Left out: {}. What is special in one package belongs in that package's "
                      "velocity.yml.",
                      name));
      return;
    }
    if (flag(turbo, "persistent", false)) {
      note(fmt::format("Left out: {}. Tasks that never end are not supported yet.", name));
      return;
    }
    DraftTask task{.name = std::string(name),
                   .command = fmt::format("{} run {}", package_manager_of(workspace_), name),
                   .env = variables(turbo, "env"),
                   .pass_env = variables(turbo, "passThroughEnv"),
                   .cache = flag(turbo, "cache", true)};
    for (const std::string& variable : variables(root_, "globalPassThroughEnv")) {
      task.pass_env.push_back(variable);
    }
    read_dependencies(task, turbo);
    read_inputs(task, turbo);
    for (const std::string& output : texts(turbo, "outputs")) {
      if (stays_inside(output)) {
        task.outputs.push_back(output);
      } else {
        give_up_caching(task, "output", output);
      }
    }
    draft_.tasks.push_back(std::move(task));
  }

  static void read_dependencies(DraftTask& task, const json::object& turbo) {
    for (const std::string& dependency : texts(turbo, "dependsOn")) {
      if (dependency.starts_with('$')) {
        task.env.push_back(dependency.substr(1));
      } else {
        task.depends_on.push_back(dependency);
      }
    }
  }

  // A result must never depend on less than it did: what cannot be said is widened, or the task is
  // not cached.
  void read_inputs(DraftTask& task, const json::object& turbo) {
    const std::vector<std::string> inputs = texts(turbo, "inputs");
    if (inputs.empty()) {
      return;
    }
    std::vector<std::string> kept;
    bool with_defaults = false;
    for (const std::string& input : inputs) {
      if (input == "$TURBO_DEFAULT$") {
        with_defaults = true;
      } else if (input.starts_with(kRootPrefix)) {
        add_global_input(input.substr(kRootPrefix.size()));
      } else if (stays_inside(input)) {
        kept.push_back(input);
      } else {
        give_up_caching(task, "input", input);
      }
    }
    const bool includes =
        std::ranges::any_of(kept, [](const std::string& input) { return !input.starts_with('!'); });
    if (includes && !with_defaults) {
      task.inputs = std::move(kept);
    } else if (!kept.empty()) {
      task.comments.push_back("All files of the package are inputs; turbo.json left out some.");
    }
  }

  static void give_up_caching(DraftTask& task, std::string_view kind, std::string_view pattern) {
    task.cache = false;
    task.comments.push_back(
        fmt::format("Not cached: {} {} is not inside the package.", kind, pattern));
  }

  void drop_dependencies_on_skipped() {
    const auto is_written = [&](std::string_view name) {
      return std::ranges::find(draft_.tasks, name, &DraftTask::name) != draft_.tasks.end();
    };
    for (DraftTask& task : draft_.tasks) {
      std::vector<std::string> kept;
      for (const std::string& dependency : task.depends_on) {
        const std::string_view text = dependency;
        const std::string_view name =
            text.starts_with('^') ? text.substr(1) : text.substr(text.rfind('#') + 1);
        if (is_written(name) && !text.starts_with("//#")) {
          kept.push_back(dependency);
        } else {
          task.comments.push_back(fmt::format("Left out of depends_on: {}.", dependency));
        }
      }
      task.depends_on = std::move(kept);
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

  const json::object& root_;
  const Workspace& workspace_;
  Draft draft_;
};

std::expected<Draft, Diagnostics> translated(const SourceText& source, const Workspace& workspace) {
  json::parse_options options;
  options.allow_comments = true;
  options.allow_trailing_commas = true;
  json::parser parser({}, options);
  boost::system::error_code failed;
  const std::size_t read = parser.write(source.text().data(), source.text().size(), failed);
  if (failed) {
    return std::unexpected(Diagnostics{source.error(codes::kBadManifest, source.at_offset(read),
                                                    "not valid JSON: " + failed.message())});
  }
  const json::value value = parser.release();
  if (!value.is_object()) {
    return std::unexpected(Diagnostics{source.error(codes::kBadManifest, source.at_offset(0),
                                                    source.file() + " must be an object")});
  }
  return TurboReader(value.get_object(), workspace).read(source.file());
}

}  // namespace

std::expected<std::optional<Draft>, Diagnostics> draft_of_turbo(const fs::path& directory,
                                                                const Workspace& workspace) {
  for (const std::string_view file : kFiles) {
    VC_TRY(const std::optional<std::string> text,
           read_optional_file(directory, std::string(file), kTurboBytesMax));
    if (!text) {
      continue;
    }
    VC_TRY(Draft draft, translated(SourceText(std::string(file), *text), workspace));
    if (!draft.tasks.empty()) {
      return draft;
    }
  }
  return std::nullopt;
}

}  // namespace vc::agent
