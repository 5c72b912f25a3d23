#include "agent/fingerprint/testing/declared.hpp"

#include "core/digest.hpp"

#include <fmt/format.h>

#include <set>
#include <utility>

namespace vc::agent::property {

namespace {

bool is_in(const std::string& path, std::string_view folder) {
  return path.starts_with(folder);
}

bool is_directly_in(const std::string& path, std::string_view folder) {
  return path.starts_with(folder) && path.find('/', folder.size()) == std::string::npos;
}

bool matches(int pattern, const std::string& path) {
  switch (pattern % kPatterns) {
    case 0:
      return is_in(path, "src/");
    case 1:
      return is_directly_in(path, "src/") && path.ends_with(".c");
    case 2:
      return is_in(path, "src/") && path.ends_with(".c");
    case 3:
    case 6:
      return is_directly_in(path, "conf/");
    case 4:
      return path == "README";
    case 5:
      return is_directly_in(path, "src/") && path.ends_with(".txt");
    case 7:
      return is_in(path, "ignored/");
    default:
      return path == "src/x.log";
  }
}

class Model {
 public:
  explicit Model(const Blueprint& blueprint) : blueprint_(blueprint), files_(files_of(blueprint)) {}

  std::string signature(int package, int task) {
    std::string& known = known_[{package, task}];
    if (known.empty()) {
      known = sha256(has_task(blueprint_, package, task) ? with_command(package, task)
                                                         : without_command(package, task))
                  .hex();
    }
    return known;
  }

 private:
  static std::string file_text(const std::string& path, const Node& node) {
    return fmt::format("{}:{}:{}:{}\n", path, static_cast<int>(node.kind), node.mode & 0100U,
                       node.text);
  }

  bool is_input(int package, int task, const std::string& path) const {
    const TaskSpec& spec = blueprint_.tasks[static_cast<std::size_t>(task)];
    if (!spec.names_inputs || !has_task(blueprint_, package, task)) {
      for (int other = 0; other < static_cast<int>(blueprint_.tasks.size()); ++other) {
        const bool is_made = has_task(blueprint_, package, other) &&
                             !outputs_of(blueprint_, other).empty() &&
                             is_in(path, fmt::format("out-{}/", other));
        if (is_made) {
          return false;
        }
      }
      return !path.ends_with(".log") && !is_in(path, "ignored/") && !is_in(path, "node_modules/");
    }
    bool counts = path == "src/always.c";
    for (const int pattern : spec.patterns) {
      if (matches(pattern, path)) {
        counts = !pattern_of(pattern).starts_with('!');
      }
    }
    return counts;
  }

  std::string inputs(int package, int task) const {
    std::string text;
    for (const auto& [path, node] : files_.at(package)) {
      if (is_input(package, task, path)) {
        text += file_text(path, node);
      }
    }
    return text;
  }

  // What `edge` of a task of the package leads to, by label.
  void add_edge(int package, const EdgeSpec& edge, std::map<std::string, std::string>& found) {
    const auto add = [&](int of, int task) {
      found[package_name(of) + "#" + task_name(task)] = signature(of, task);
    };
    if (edge.form == 0) {
      for (const int used : used_by(blueprint_, package)) {
        add(used, edge.task);
      }
    } else if (edge.form == 2) {
      add(edge.package, edge.task);
    } else if (has_task(blueprint_, package, edge.task)) {
      add(package, edge.task);
    } else {
      for (const EdgeSpec& next : edges_of(blueprint_, edge.task)) {
        add_edge(package, next, found);
      }
    }
  }

  static std::string joined(const std::map<std::string, std::string>& dependencies) {
    std::string text;
    for (const auto& [label, signature] : dependencies) {
      text += fmt::format("{}={}\n", label, signature);
    }
    return text;
  }

  std::string without_command(int package, int task) {
    std::map<std::string, std::string> dependencies;
    add_edge(package, {.form = 0, .task = task, .package = 0}, dependencies);
    return fmt::format("nothing\n{}\n{}\n{}\n{}\n{}", package, task,
                       manifest_of(blueprint_, package), joined(dependencies),
                       inputs(package, task));
  }

  std::string with_command(int package, int task) {
    const TaskSpec& spec = blueprint_.tasks[static_cast<std::size_t>(task)];
    std::string text = fmt::format("{}\n{}\n{}\n{}\n", package, task, command_of(blueprint_, task),
                                   manifest_of(blueprint_, package));
    for (const std::string& pattern : outputs_of(blueprint_, task)) {
      text += pattern + "\n";
    }
    text +=
        fmt::format("{} {}\n", spec.is_incremental && spec.outputs != 0, spec.is_for_all_platforms);
    std::set<int> passed;
    for (const int variable : spec.passed) {
      passed.insert(variable % 2);
    }
    for (const int variable : passed) {
      text += fmt::format("passed {}\n", variable);
    }
    std::set<int> hashed{3, 4};  // EVERYWHERE and CFLAGS.
    for (const int variable : spec.variables) {
      hashed.insert(variable % 3);
    }
    const Environment environment = environment_of(blueprint_);
    for (const int variable : hashed) {
      const auto value = environment.find(variable_of(variable));
      // One that nobody declared counts when it is set.
      if (value || variable != 4) {
        text += fmt::format("{}={}{}\n", variable, value ? "set " : "unset", value.value_or(""));
      }
    }
    for (const int tool : std::set<int>(spec.tools.begin(), spec.tools.end())) {
      text += fmt::format("tool {} {}\n", tool % kTools,
                          blueprint_.tools.at(static_cast<std::size_t>(tool % kTools)));
    }
    if (blueprint_.lockfile != 0) {
      text += fmt::format("lock {}\n", blueprint_.lockfile);
    }
    if (blueprint_.has_global_inputs) {
      text += "global\n";
      for (const auto& [path, content] : blueprint_.shared) {
        if (is_in(shared_path(path), "shared/")) {
          text += fmt::format("{}={}\n", path, content);
        }
      }
    }
    if (package == 0 && task == 0 && blueprint_.argument != 0) {
      text += fmt::format("argument {}\n", blueprint_.argument);
    }
    std::map<std::string, std::string> dependencies;
    for (const EdgeSpec& edge : edges_of(blueprint_, task)) {
      add_edge(package, edge, dependencies);
    }
    return text + joined(dependencies) + inputs(package, task);
  }

  const Blueprint& blueprint_;
  std::map<int, Tree> files_;
  std::map<std::pair<int, int>, std::string> known_;
};

}  // namespace

std::map<std::string, std::string> declared(const Blueprint& blueprint) {
  Model model(blueprint);
  std::map<std::string, std::string> all;
  for (int package = 0; package < static_cast<int>(blueprint.packages.size()); ++package) {
    for (int task = 0; task < static_cast<int>(blueprint.tasks.size()); ++task) {
      all[package_name(package) + "#" + task_name(task)] = model.signature(package, task);
    }
  }
  return all;
}

}  // namespace vc::agent::property
