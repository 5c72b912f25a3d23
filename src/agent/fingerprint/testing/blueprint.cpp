#include "agent/fingerprint/testing/blueprint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

namespace vc::agent::property {

namespace {

constexpr std::array<const char*, kPaths> kPathNames{"src/a.c",
                                                     "src/b.txt",
                                                     "src/deep/c.c",
                                                     "src/x.log",
                                                     "src/new\nline",
                                                     "conf/x",
                                                     "conf/odd é '",
                                                     "conf/[b]*",
                                                     "README",
                                                     "ignored/z",
                                                     "out-0/made",
                                                     "out-1/made",
                                                     "node_modules/m/index.js"};
constexpr std::array<const char*, kPatterns> kPatternTexts{"src/**",  "src/*.c",    "src/**/*.c",
                                                           "conf/*",  "README",     "!src/*.txt",
                                                           "!conf/*", "ignored/**", "src/x.log"};
constexpr std::array<const char*, kVariables> kVariableNames{
    "APP_A", "APP_B", "APP_C", "EVERYWHERE", "CFLAGS", "PASSED", "UNRELATED"};
constexpr std::array<const char*, kTools> kToolCommands{"sh --version", "cat --version"};
constexpr std::array<const char*, kSharedPaths> kSharedNames{"shared/a", "shared/deep/b", "other"};
constexpr std::array<const char*, kValues> kVariableValues{"", "", "one", "two"};

template <std::size_t kSize>
std::string named(const std::array<const char*, kSize>& names, int number) {
  return names.at(static_cast<std::size_t>(number) % kSize);
}

int count(const auto& list) {
  return static_cast<int>(list.size());
}

std::set<std::string> names_of(const std::vector<int>& numbers, std::string (*name)(int),
                               int modulo) {
  std::set<std::string> names;
  for (const int number : numbers) {
    names.insert(name(number % modulo));
  }
  return names;
}

std::string quoted_list(const auto& items) {
  std::string list;
  for (const std::string& item : items) {
    list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", item);
  }
  return "[" + list + "]";
}

std::vector<std::string> lines_of(const Blueprint& blueprint, int number) {
  const TaskSpec& task = blueprint.tasks[static_cast<std::size_t>(number)];
  std::vector<std::string> lines{"command: " + command_of(blueprint, number)};
  if (task.names_inputs) {
    std::vector<std::string> patterns{"src/always.c"};
    std::ranges::transform(task.patterns, std::back_inserter(patterns), pattern_of);
    lines.push_back("inputs: " + quoted_list(patterns));
  }
  lines.push_back("env: " + quoted_list(names_of(task.variables, variable_of, 3)));
  lines.push_back("pass_env: " +
                  quoted_list(names_of(task.passed, [](int n) { return variable_of(5 + n); }, 2)));
  lines.push_back("tools: " + quoted_list(names_of(task.tools, tool_of, kTools)));
  std::set<std::string> edges;
  for (const EdgeSpec& edge : edges_of(blueprint, number)) {
    edges.insert((edge.form == 0   ? "^"
                  : edge.form == 1 ? ""
                                   : package_name(edge.package) + "#") +
                 task_name(edge.task));
  }
  lines.push_back("depends_on: " + quoted_list(edges));
  if (const auto outputs = outputs_of(blueprint, number); !outputs.empty()) {
    lines.push_back("outputs: " + quoted_list(outputs));
    lines.push_back(fmt::format("incremental: {}", task.is_incremental));
  }
  if (task.is_for_all_platforms) {
    lines.emplace_back("platform: independent");
  }
  if (task.rules != 0) {
    lines.push_back(
        fmt::format("retries: {0}\n    timeout: {0}s\n    description: number {0}", task.rules));
  }
  return lines;
}

std::string config_of(const Blueprint& blueprint) {
  std::vector<std::string> tasks;
  for (int task = 0; task < count(blueprint.tasks); ++task) {
    std::vector<std::string> lines = lines_of(blueprint, task);
    if (blueprint.is_reversed) {
      std::ranges::reverse(lines);
    }
    std::string text = "  " + task_name(task) + ":\n";
    for (const std::string& line : lines) {
      text += "    " + line + "\n";
    }
    tasks.push_back(text);
  }
  std::vector<std::string> directories;
  directories.reserve(blueprint.packages.size());
  for (int package = 0; package < count(blueprint.packages); ++package) {
    directories.push_back(package_directory(package));
  }
  std::vector<std::string> parts{"version: 1\n", "packages: " + quoted_list(directories) + "\n",
                                 "global_env: [EVERYWHERE]\n", "pipeline:\n"};
  if (blueprint.has_global_inputs) {
    parts.insert(parts.begin(), "global_inputs: [\"shared/**\"]\n");
  }
  if (blueprint.is_reversed) {
    std::ranges::reverse(tasks);
  }
  for (const std::string& task : tasks) {
    parts.back() += task;
  }
  if (blueprint.is_reversed) {
    std::ranges::reverse(parts);
  }
  std::string text;
  for (const std::string& part : parts) {
    text += part;
  }
  return text;
}

}  // namespace

std::string package_name(int package) {
  return fmt::format("p{}", package);
}

// The second lies in the first.
std::string package_directory(int package) {
  return package == 1 ? "packages/p0/inner" : "packages/" + package_name(package);
}

std::string task_name(int task) {
  return fmt::format("t{}", task);
}

std::string path_of(int path) {
  return named(kPathNames, path);
}

std::string shared_path(int path) {
  return named(kSharedNames, path);
}

std::string pattern_of(int pattern) {
  return named(kPatternTexts, pattern);
}

std::string variable_of(int variable) {
  return named(kVariableNames, variable);
}

std::string tool_of(int tool) {
  return named(kToolCommands, tool);
}

bool has_task(const Blueprint& blueprint, int package, int task) {
  const auto& scripts = blueprint.packages[static_cast<std::size_t>(package)].scripts;
  return !blueprint.tasks[static_cast<std::size_t>(task)].is_script ||
         std::ranges::any_of(scripts,
                             [&](int script) { return script % count(blueprint.tasks) == task; });
}

std::vector<int> used_by(const Blueprint& blueprint, int package) {
  std::set<int> used;
  for (const int other : blueprint.packages[static_cast<std::size_t>(package)].uses) {
    if (package > 0) {
      used.insert(other % package);
    }
  }
  return {used.begin(), used.end()};
}

std::vector<EdgeSpec> edges_of(const Blueprint& blueprint, int task) {
  std::vector<EdgeSpec> edges;
  for (EdgeSpec edge : blueprint.tasks[static_cast<std::size_t>(task)].edges) {
    // In the same package only on tasks before this one; in those it uses also on this one.
    const int choices = edge.form == 0 ? task + 1 : task;
    if (choices == 0) {
      continue;
    }
    edge.task %= choices;
    edge.package %= count(blueprint.packages);
    if (edge.form != 2 || has_task(blueprint, edge.package, edge.task)) {
      edges.push_back(edge);
    }
  }
  return edges;
}

std::vector<std::string> outputs_of(const Blueprint& blueprint, int task) {
  const int outputs = blueprint.tasks[static_cast<std::size_t>(task)].outputs;
  std::vector<std::string> patterns;
  if (outputs > 0) {
    patterns.push_back(fmt::format("out-{}/**", task));
  }
  if (outputs > 1) {
    patterns.push_back(fmt::format("!out-{}/tmp", task));
  }
  return patterns;
}

std::string command_of(const Blueprint& blueprint, int task) {
  const TaskSpec& spec = blueprint.tasks[static_cast<std::size_t>(task)];
  return spec.is_script ? "npm run " + task_name(task)
                        : fmt::format("make {} {}", task_name(task), spec.command);
}

std::string manifest_of(const Blueprint& blueprint, int package) {
  const PackageSpec& spec = blueprint.packages[static_cast<std::size_t>(package)];
  std::string scripts;
  for (int task = 0; task < count(blueprint.tasks); ++task) {
    const TaskSpec& script = blueprint.tasks[static_cast<std::size_t>(task)];
    if (script.is_script && has_task(blueprint, package, task)) {
      scripts += fmt::format("{}\"{}\": \"make {}\"", scripts.empty() ? "" : ", ", task_name(task),
                             script.command);
    }
  }
  std::string uses;
  for (const int used : used_by(blueprint, package)) {
    uses += fmt::format("{}\"{}\": \"*\"", uses.empty() ? "" : ", ", package_name(used));
  }
  return fmt::format(R"({{"name": "{}", "scripts": {{{}}}, "dependencies": {{{}}}, "number": {}}})",
                     package_name(package), scripts, uses, spec.manifest);
}

std::map<int, Tree> files_of(const Blueprint& blueprint) {
  std::map<int, Tree> trees;
  for (int package = 0; package < count(blueprint.packages); ++package) {
    trees[package]["src/always.c"] = file("int always;\n");
  }
  for (const FileSpec& spec : blueprint.files) {
    const std::string text = spec.content == 0 ? "" : fmt::format("content {}", spec.content);
    Node& node = trees[spec.package % count(blueprint.packages)][path_of(spec.path)];
    node = spec.kind == 0   ? file(text)
           : spec.kind == 1 ? program(text)
                            : link(fmt::format("to {}", spec.content));
  }
  return trees;
}

Tree tree_of(const Blueprint& blueprint) {
  Tree tree{{"velocity.yml", file(config_of(blueprint))},
            {".gitignore", file("*.log\nignored/\n")},
            {"package.json", file("{\"name\": \"root\", \"private\": true}")}};
  for (const auto& [package, files] : files_of(blueprint)) {
    const std::string directory = package_directory(package) + "/";
    tree[directory + "package.json"] = file(manifest_of(blueprint, package));
    for (const auto& [path, node] : files) {
      tree[directory + path] = node;
    }
  }
  for (const auto& [path, content] : blueprint.shared) {
    tree[shared_path(path)] = file(fmt::format("shared {}", content));
  }
  if (blueprint.lockfile != 0) {
    tree["package-lock.json"] = file(fmt::format("lock {}", blueprint.lockfile));
  }
  return tree;
}

Environment environment_of(const Blueprint& blueprint) {
  Environment environment({{"PATH", "/usr/bin:/bin"}, {"HOME", "/nowhere"}});
  for (const auto& [variable, value] : blueprint.variables) {
    if (value % kValues != 0) {
      environment.set(variable_of(variable), named(kVariableValues, value));
    }
  }
  return environment;
}

}  // namespace vc::agent::property
