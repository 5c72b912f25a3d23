// nx.json as velocity.yml: the targets that are scripts of package.json, with what `targetDefaults`
// says of them. For each thing that is left out there is one line with the reason.
#include "agent/commands/init/detect.hpp"
#include "agent/config.hpp"
#include "agent/config/optional_file.hpp"
#include "agent/config/task_reader.hpp"
#include "agent/nx/nx_file.hpp"
#include "core/result.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::string_view kProjectRoot = "{projectRoot}/";
constexpr std::string_view kWorkspaceRoot = "{workspaceRoot}/";
constexpr std::size_t kNamedInputNestingMax = 16;

void append_unique(std::vector<std::string>& list, std::string text) {
  if (std::ranges::find(list, text) == list.end()) {
    list.push_back(std::move(text));
  }
}

// For Nx an exclusion holds wherever it stands, for us after what it excludes from.
std::vector<std::string> exclusions_last(const std::vector<std::string>& patterns) {
  std::vector<std::string> out;
  for (const bool excludes : {false, true}) {
    std::ranges::copy_if(patterns, std::back_inserter(out),
                         [&](const std::string& one) { return one.starts_with('!') == excludes; });
  }
  return out;
}

class NxDraft {
 public:
  NxDraft(const NxFile& file, const Workspace& workspace) : file_(file), workspace_(workspace) {}

  std::optional<Draft> make() {
    draft_.found = fmt::format("nx.json with {} target defaults", file_.targets.size());
    std::set<std::string> names = file_.cacheable;
    for (const auto& [name, target] : file_.targets) {
      names.insert(name);
    }
    for (const std::string& name : names) {
      if (!is_task_name(name) || name.contains(':') || name.starts_with('@')) {
        note("Left out: " + name + ". It gives defaults to an executor, not to a target.");
      } else if (!is_script(name)) {
        note("Left out: " + name + ". No package.json has a script of this name.");
      } else {
        add_task(name);
      }
    }
    if (draft_.tasks.empty()) {
      return std::nullopt;
    }
    drop_unknown_dependencies();
    note_the_rest();
    return std::move(draft_);
  }

  void note_project(const std::string& path, const Package& package, const NxFile& project) {
    for (const auto& [name, target] : project.targets) {
      note(fmt::format(
          "Left out: target {} of {}{}. What is special in one package belongs in {}/velocity.yml.",
          name, path, target.executor.empty() ? "" : " (" + target.executor + ")",
          package.directory));
    }
    if (!project.named_inputs.empty()) {
      note(fmt::format("Left out: namedInputs of {}. Name the inputs in {}/velocity.yml.", path,
                       package.directory));
    }
    if (!project.implicit_dependencies.empty()) {
      note(
          fmt::format("Left out: implicitDependencies of {}. Name them in depends_on of "
                      "{}/velocity.yml: {}.",
                      path, package.directory, fmt::join(project.implicit_dependencies, ", ")));
    }
  }

  void note(std::string text) { append_unique(draft_.comments, std::move(text)); }

 private:
  bool is_script(const std::string& name) const {
    return std::ranges::any_of(workspace_.packages, [&](const Package& package) {
      return package.scripts.contains(name);
    });
  }

  void add_task(const std::string& name) {
    const auto found = file_.targets.find(name);
    const NxTarget target = found == file_.targets.end() ? NxTarget() : found->second;
    DraftTask task{.name = name,
                   .command = fmt::format("{} run {}", package_manager_of(workspace_), name),
                   .cache = target.cache.value_or(file_.cacheable.contains(name)),
                   .persistent = target.continuous};
    add_dependencies(target.depends_on.value_or(std::vector<std::string>()), task);
    add_outputs(target, task);
    std::vector<std::string> files;
    // What Nx takes where nothing is said.
    const NxInputs inputs =
        target.inputs.value_or(NxInputs{{.value = "default"}, {.value = "^default"}});
    for (const NxInput& input : inputs) {
      add_input(input, 0, files, task);
    }
    if (std::ranges::all_of(files, [](const std::string& one) { return one.starts_with('!'); })) {
      files.emplace_back("$default");  // More than it may read, so that no change is missed.
    }
    files = exclusions_last(files);
    if (files != std::vector<std::string>{"$default"}) {
      task.inputs = std::move(files);
    }
    draft_.tasks.push_back(std::move(task));
  }

  static void add_dependencies(const std::vector<std::string>& dependencies, DraftTask& task) {
    for (const std::string& dependency : dependencies) {
      std::string text = dependency;
      if (const std::size_t colon = text.find(':'); colon != std::string::npos) {
        text[colon] = '#';
      }
      append_unique(task.depends_on, std::move(text));
    }
  }

  void add_input(const NxInput& input, std::size_t depth, std::vector<std::string>& files,
                 DraftTask& task) {
    if (input.kind == NxInput::Kind::env) {
      append_unique(task.env, input.value);
    } else if (input.kind == NxInput::Kind::runtime) {
      append_unique(task.tools, input.value);
    } else if (input.kind == NxInput::Kind::ignored) {
      // The keys of the tasks it depends on and the lockfile are part of every key.
      if (input.value != "dependentTasksOutputFiles" && input.value != "externalDependencies") {
        task.comments.push_back(fmt::format("Left out of inputs: {}.", input.value));
      }
    } else if (input.value.starts_with('^')) {
      follow_dependencies(task);
    } else {
      add_files(input.value, depth, files, task);
    }
  }

  // What packages it uses are made of counts only through tasks.
  static void follow_dependencies(DraftTask& task) {
    const bool follows = std::ranges::any_of(
        task.depends_on, [](const std::string& one) { return one.starts_with('^'); });
    if (!follows && task.cache) {
      task.depends_on.push_back("^" + task.name);
      task.comments.push_back(
          fmt::format("depends_on ^{} stands for the inputs of the packages that are used: it "
                      "also runs {} there first.",
                      task.name, task.name));
    }
  }

  void add_files(const std::string& text, std::size_t depth, std::vector<std::string>& files,
                 DraftTask& task) {
    const bool excludes = text.starts_with('!');
    const std::string mark = excludes ? "!" : "";
    const std::string_view pattern = std::string_view(text).substr(excludes ? 1 : 0);
    if (pattern.starts_with(kProjectRoot)) {
      const std::string_view path = pattern.substr(kProjectRoot.size());
      const bool is_all = !excludes && (path == "**/*" || path == "**");
      append_unique(files, is_all ? "$default" : mark + std::string(path));
    } else if (pattern.starts_with(kWorkspaceRoot)) {
      append_unique(files, mark + "$root/" + std::string(pattern.substr(kWorkspaceRoot.size())));
    } else if (const auto named = file_.named_inputs.find(text);
               named != file_.named_inputs.end() && depth < kNamedInputNestingMax) {
      for (const NxInput& input : named->second) {
        add_input(input, depth + 1, files, task);
      }
    } else if (text == "default") {
      append_unique(files, "$default");
    } else {
      task.comments.push_back(fmt::format("Left out of inputs: {}.", text));
    }
  }

  static void add_outputs(const NxTarget& target, DraftTask& task) {
    if (!target.outputs) {
      if (task.cache && task.name == "build") {
        task.outputs = {"dist/**", "build/**"};
        task.outputs_optional = true;
        task.comments.emplace_back("nx.json names no outputs: check them.");
      }
      return;
    }
    for (const std::string& output : *target.outputs) {
      if (output.starts_with(kProjectRoot) && !output.substr(kProjectRoot.size()).contains('{')) {
        task.outputs.push_back(output.substr(kProjectRoot.size()));
        task.outputs_optional = true;
      } else {
        task.comments.push_back(
            fmt::format("Not cached: {} is not inside of each package by its name.", output));
        task.cache = false;
      }
    }
    if (!task.cache || task.persistent) {
      task.outputs.clear();
      task.outputs_optional = false;
    }
  }

  bool is_written(std::string_view name) const {
    return std::ranges::find(draft_.tasks, name, &DraftTask::name) != draft_.tasks.end();
  }

  bool can_stand(std::string_view dependency, std::string_view task) const {
    const std::size_t hash = dependency.find('#');
    if (hash == std::string_view::npos) {
      const std::string_view name = dependency.substr(dependency.starts_with('^') ? 1 : 0);
      return dependency != task && is_written(name) && !is_endless(name);
    }
    const Package* package = workspace_.find(dependency.substr(0, hash));
    const std::string name(dependency.substr(hash + 1));
    return package != nullptr && is_written(name) && !is_endless(name) &&
           package->scripts.contains(name);
  }

  bool is_endless(std::string_view name) const {
    return std::ranges::find(draft_.tasks, name, &DraftTask::name)->persistent;
  }

  void drop_unknown_dependencies() {
    for (DraftTask& task : draft_.tasks) {
      std::erase_if(task.depends_on, [&](const std::string& dependency) {
        const bool stands = can_stand(dependency, task.name);
        if (!stands) {
          task.comments.push_back(fmt::format("Left out of depends_on: {}.", dependency));
        }
        return !stands;
      });
    }
  }

  void note_the_rest() {
    if (file_.has_plugins) {
      note("Left out: plugins. The targets they infer from other tools' files are no scripts.");
    }
    std::set<std::string> scripts;
    for (const Package& package : workspace_.packages) {
      for (const auto& [name, text] : package.scripts) {
        if (!is_written(name)) {
          scripts.insert(name);
        }
      }
    }
    if (!scripts.empty()) {
      note(fmt::format("Left out: {}. nx.json says nothing of these scripts.",
                       fmt::join(scripts, ", ")));
    }
  }

  const NxFile& file_;
  const Workspace& workspace_;
  Draft draft_;
};

}  // namespace

std::expected<std::optional<Draft>, Diagnostics> draft_of_nx(const fs::path& directory,
                                                             const Workspace& workspace) {
  VC_TRY(const auto text, read_optional_file(directory, "nx.json", kConfigBytesMax));
  if (!text) {
    return std::nullopt;
  }
  VC_TRY(const NxFile file, parse_nx_file(*text, "nx.json"));
  NxDraft drafted(file, workspace);
  for (const Package& package : workspace.packages) {
    const std::string path =
        package.directory + (package.directory.empty() ? "" : "/") + "project.json";
    VC_TRY(const auto own, read_optional_file(directory, path, kConfigBytesMax));
    if (own) {
      VC_TRY(const NxFile project, parse_nx_file(*own, path));
      drafted.note_project(path, package, project);
    }
  }
  return drafted.make();
}

}  // namespace vc::agent
