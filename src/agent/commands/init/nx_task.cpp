#include "agent/commands/init/nx_task.hpp"

#include "agent/commands/init/nx_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

namespace vc::agent {

namespace {

constexpr std::string_view kProjectRoot = "{projectRoot}/";
constexpr std::string_view kWorkspaceRoot = "{workspaceRoot}/";
constexpr std::size_t kNamedInputNestingMax = 16;

// For Nx an exclusion holds wherever it stands, for us after what it excludes from.
std::vector<std::string> exclusions_last(const std::vector<std::string>& patterns) {
  std::vector<std::string> out;
  for (const bool excludes : {false, true}) {
    std::ranges::copy_if(patterns, std::back_inserter(out),
                         [&](const std::string& one) { return one.starts_with('!') == excludes; });
  }
  return out;
}

class NxTaskWriter {
 public:
  NxTaskWriter(const std::string& name, const NxTarget& target, const NxPlace& place)
      : target_(target), place_(place), task_{.name = name} {}

  DraftTask write() {
    const NxCommand command = nx_command(task_.name, target_, place_);
    task_.command = command.text;
    if (command.is_by_nx) {
      task_.comments.push_back(
          fmt::format("Nx runs it: {}.", target_.executor.empty() ? "a plugin's target"
                                         : target_.executor == "nx:run-commands"
                                             ? "options that no single command says"
                                             : "executor " + target_.executor));
    }
    task_.cache = target_.cache.value_or(place_.cacheable.contains(task_.name));
    task_.persistent = target_.continuous;
    add_dependencies();
    add_outputs();
    add_inputs();
    return std::move(task_);
  }

 private:
  void add_dependencies() {
    for (const std::string& dependency : target_.depends_on.value_or(std::vector<std::string>())) {
      std::string text = dependency;
      if (const std::size_t colon = text.find(':'); colon != std::string::npos) {
        text[colon] = '#';
      }
      append_unique(task_.depends_on, std::move(text));
    }
  }

  void add_inputs() {
    // What Nx takes where nothing is said.
    const NxInputs inputs =
        target_.inputs.value_or(NxInputs{{.value = "default"}, {.value = "^default"}});
    for (const NxInput& input : inputs) {
      add_input(input, 0);
    }
    if (std::ranges::all_of(files_, [](const std::string& one) { return one.starts_with('!'); })) {
      files_.emplace_back("$default");  // More than it may read, so that no change is missed.
    }
    files_ = exclusions_last(files_);
    if (files_ != std::vector<std::string>{"$default"}) {
      task_.inputs = std::move(files_);
    }
  }

  void add_input(const NxInput& input, std::size_t depth) {
    if (input.kind == NxInput::Kind::env) {
      append_unique(task_.env, input.value);
    } else if (input.kind == NxInput::Kind::runtime) {
      append_unique(task_.tools, input.value);
    } else if (input.kind == NxInput::Kind::ignored) {
      // The keys of the tasks it depends on and the lockfile are part of every key.
      if (input.value != "dependentTasksOutputFiles" && input.value != "externalDependencies") {
        task_.comments.push_back(fmt::format("Left out of inputs: {}.", input.value));
      }
    } else if (input.value.starts_with('^')) {
      follow_dependencies();
    } else {
      add_files(input.value, depth);
    }
  }

  // What packages it uses are made of counts only through tasks.
  void follow_dependencies() {
    const bool follows = std::ranges::any_of(
        task_.depends_on, [](const std::string& one) { return one.starts_with('^'); });
    if (!follows && task_.cache) {
      task_.depends_on.push_back("^" + task_.name);
      task_.comments.push_back(
          fmt::format("depends_on ^{} stands for the inputs of the packages that are used: it "
                      "also runs {} there first.",
                      task_.name, task_.name));
    }
  }

  void add_files(const std::string& text, std::size_t depth) {
    const bool excludes = text.starts_with('!');
    const std::string mark = excludes ? "!" : "";
    const std::string_view pattern = std::string_view(text).substr(excludes ? 1 : 0);
    if (pattern.starts_with(kProjectRoot)) {
      const std::string_view path = pattern.substr(kProjectRoot.size());
      const bool is_all = !excludes && (path == "**/*" || path == "**");
      append_unique(files_, is_all ? "$default" : mark + std::string(path));
    } else if (pattern.starts_with(kWorkspaceRoot)) {
      append_unique(files_, mark + "$root/" + std::string(pattern.substr(kWorkspaceRoot.size())));
    } else if (const auto named = place_.named_inputs.find(text);
               named != place_.named_inputs.end() && depth < kNamedInputNestingMax) {
      for (const NxInput& input : named->second) {
        add_input(input, depth + 1);
      }
    } else if (text == "default") {
      append_unique(files_, "$default");
    } else {
      task_.comments.push_back(fmt::format("Left out of inputs: {}.", text));
    }
  }

  // As seen from the package; "" where it lies elsewhere or nobody knows.
  std::string from_package(std::string_view output) const {
    if (place_.directory.empty()) {
      output.remove_prefix(
          output.starts_with("{workspaceRoot}/{projectRoot}/") ? kWorkspaceRoot.size() : 0);
      const bool is_own = output.starts_with(kProjectRoot);
      const std::string_view path = output.substr(is_own ? kProjectRoot.size() : 0);
      return is_own && !path.contains('{') ? std::string(path) : "";
    }
    const std::string path = nx_interpolated(output, target_, place_);
    const std::string folder = std::string(place_.directory) + "/";
    return path.starts_with(folder) && !path.contains("{options.") ? path.substr(folder.size())
                                                                   : "";
  }

  void add_outputs() {
    if (!target_.outputs) {
      if (task_.cache && task_.name == "build") {
        task_.outputs = {"dist/**", "build/**"};
        task_.outputs_optional = true;
        task_.comments.emplace_back("Nothing names the outputs: check them.");
      }
      return;
    }
    for (const std::string& output : *target_.outputs) {
      if (output.contains("{options.") && !has_option(output)) {
        continue;  // Nx leaves out what no option says.
      }
      std::string path = from_package(output);
      if (!path.empty()) {
        task_.outputs.push_back(std::move(path));
        task_.outputs_optional = true;
      } else {
        task_.comments.push_back(
            fmt::format("Not cached: {} is not inside of each package by its name.", output));
        task_.cache = false;
      }
    }
    if (!task_.cache || task_.persistent) {
      task_.outputs.clear();
      task_.outputs_optional = false;
    }
  }

  bool has_option(const std::string& output) const {
    return place_.directory.empty() ||
           !nx_interpolated(output, target_, place_).contains("{options.");
  }

  const NxTarget& target_;
  const NxPlace& place_;
  DraftTask task_;
  std::vector<std::string> files_;
};

}  // namespace

void append_unique(std::vector<std::string>& list, std::string text) {
  if (std::ranges::find(list, text) == list.end()) {
    list.push_back(std::move(text));
  }
}

NxTarget merged_nx_target(const NxTarget& base, const NxTarget& own) {
  NxTarget target = own;
  target.inputs = own.inputs ? own.inputs : base.inputs;
  target.outputs = own.outputs ? own.outputs : base.outputs;
  target.depends_on = own.depends_on ? own.depends_on : base.depends_on;
  target.cache = own.cache ? own.cache : base.cache;
  target.continuous = own.continuous || base.continuous;
  if (own.executor.empty() || own.executor == base.executor) {
    target.executor = base.executor;
    target.command = own.command.empty() ? base.command : own.command;
    target.has_complex_options = own.has_complex_options || base.has_complex_options;
    target.options.insert(base.options.begin(), base.options.end());
  }
  return target;
}

DraftTask nx_task(const std::string& name, const NxTarget& target, const NxPlace& place) {
  return NxTaskWriter(name, target, place).write();
}

}  // namespace vc::agent
