#include "agent/task_graph/output_conflicts.hpp"

#include "agent/config/config_error.hpp"
#include "agent/diagnostic_codes.hpp"
#include "agent/task_graph/pattern_overlap.hpp"
#include "core/glob.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace vc::agent {

namespace {

std::string line_of(const SourcePosition& at) {
  return fmt::format("{}:{}:{}", at.file, at.line, at.column);
}

// Patterns of a package in the folder `directory`, as one that holds it would write them.
std::vector<std::string> patterns_below(std::string_view directory,
                                        const std::vector<std::string>& patterns) {
  std::string prefix;
  for (const char c : directory) {
    prefix += std::string_view("*?[]{}\\!").contains(c) ? "\\" : "";
    prefix += c;
  }
  std::vector<std::string> below;
  below.reserve(patterns.size());
  for (const std::string& pattern : patterns) {
    const bool excludes = pattern.starts_with('!');
    below.push_back((excludes ? "!" : "") + prefix + "/" + pattern.substr(excludes ? 1 : 0));
  }
  return below;
}

class ConflictCheck {
 public:
  explicit ConflictCheck(const TaskCatalog& catalog) : catalog_(catalog), names_(catalog.names()) {}

  Diagnostics run() {
    std::set<std::vector<const TaskDefinition*>> seen;
    for (const Package& package : catalog_.workspace().packages) {
      const std::vector<const TaskDefinition*> tasks = tasks_of(package.id);
      if (names_exactly(tasks, package) || seen.insert(tasks).second) {
        check(package, tasks);
      }
      for (const TaskDefinition* task : tasks) {
        check_packages_inside(package, *task);
      }
    }
    return std::move(errors_);
  }

 private:
  std::vector<const TaskDefinition*> tasks_of(PackageId package) const {
    std::vector<const TaskDefinition*> tasks;
    for (const std::string& name : names_) {
      if (catalog_.has(package, name)) {
        tasks.push_back(catalog_.definition(package, name));
      }
    }
    return tasks;
  }

  // `pkg#task` makes tasks of that one package wait for each other, so it is looked at by itself.
  bool names_exactly(const std::vector<const TaskDefinition*>& tasks,
                     const Package& package) const {
    return std::ranges::any_of(tasks, [&](const TaskDefinition* task) {
      return std::ranges::any_of(task->depends_on, [&](const DependencyPattern& dependency) {
        return is_in(dependency, package);
      });
    });
  }

  bool is_in(const DependencyPattern& dependency, const Package& package) const {
    return dependency.kind == DependencyPattern::Kind::exact_package &&
           catalog_.find_package(dependency.package) == package.id;
  }

  void check(const Package& package, const std::vector<const TaskDefinition*>& tasks) {
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      for (std::size_t j = 0; j < tasks.size(); ++j) {
        if (i < j) {
          check_outputs(*tasks[i], *tasks[j]);
        }
        check_inputs(package, *tasks[i], *tasks[j]);
      }
    }
  }

  void check_outputs(const TaskDefinition& a, const TaskDefinition& b) {
    const auto overlap = find_overlap(a.outputs.patterns, b.outputs.patterns);
    if (!overlap) {
      return;
    }
    const SourcePosition& at = b.outputs.positions[overlap->second];
    const SourcePosition& other = a.outputs.positions[overlap->first];
    report(
        codes::kOutputsOverlap, at, other,
        fmt::format("output \"{}\" of \"{}\" can be the same file as output \"{}\" of \"{}\" ({})",
                    b.outputs.patterns[overlap->second], b.name, a.outputs.patterns[overlap->first],
                    a.name, line_of(other)),
        "let each task write to a folder of its own, or exclude the other's with \"!\"");
  }

  // Packages are sorted by directory. Most outputs cannot lie in another package at all.
  void check_packages_inside(const Package& outer, const TaskDefinition& task) {
    const auto globs = GlobSet::compile(task.outputs.patterns);
    const std::vector<Package>& packages = catalog_.workspace().packages;
    const std::string below = outer.directory.empty() ? "" : outer.directory + "/";
    auto inner = std::ranges::lower_bound(packages, below, {}, &Package::directory);
    for (; globs && inner != packages.end() && inner->directory.starts_with(below); ++inner) {
      const std::string directory = inner->directory.substr(below.size());
      if (inner->id == outer.id || !globs->can_match_below(directory)) {
        continue;
      }
      for (const TaskDefinition* other : tasks_of(inner->id)) {
        check_outputs_inside(task, *other, directory);
      }
    }
  }

  void check_outputs_inside(const TaskDefinition& outer, const TaskDefinition& inner,
                            const std::string& directory) {
    const auto overlap =
        find_overlap(outer.outputs.patterns, patterns_below(directory, inner.outputs.patterns));
    if (!overlap) {
      return;
    }
    const SourcePosition& other = inner.outputs.positions[overlap->second];
    report(
        codes::kOutputsOverlap, outer.outputs.positions[overlap->first], other,
        fmt::format("output \"{}\" of \"{}\" can be the same file as output \"{}\" of \"{}\" ({}) "
                    "in the package {} inside of it",
                    outer.outputs.patterns[overlap->first], outer.name,
                    inner.outputs.patterns[overlap->second], inner.name, line_of(other), directory),
        "leave what lies in other packages to their own tasks, or exclude it with \"!\"");
  }

  void check_inputs(const Package& package, const TaskDefinition& reader,
                    const TaskDefinition& writer) {
    // Default inputs leave out all declared outputs.
    if (!reader.inputs || (&reader != &writer && waits_for(package, reader, writer.name))) {
      return;
    }
    const auto overlap = find_overlap(reader.inputs->patterns, writer.outputs.patterns);
    if (!overlap) {
      return;
    }
    const SourcePosition& at = reader.inputs->positions[overlap->first];
    const SourcePosition& other = writer.outputs.positions[overlap->second];
    const std::string& input = reader.inputs->patterns[overlap->first];
    const std::string& output = writer.outputs.patterns[overlap->second];
    const bool is_own = &reader == &writer;
    report(codes::kInputsIncludeOutputs, at, other,
           is_own ? fmt::format("input \"{}\" of \"{}\" can be its own output \"{}\" ({})", input,
                                reader.name, output, line_of(other))
                  : fmt::format("input \"{}\" of \"{}\" can be output \"{}\" of \"{}\" ({}), which "
                                "it does not depend on",
                                input, reader.name, output, writer.name, line_of(other)),
           is_own ? fmt::format("add \"!{}\" to its inputs", output)
                  : fmt::format("add \"{}\" to its depends_on, or \"!{}\" to its inputs",
                                writer.name, output));
  }

  // Whether `from` depends on `task` of the same package, directly or not.
  bool waits_for(const Package& package, const TaskDefinition& from, std::string_view task) const {
    std::vector<std::string_view> reached{from.name};
    for (std::size_t i = 0; i < reached.size(); ++i) {
      const TaskDefinition* definition = catalog_.definition(package.id, reached[i]);
      if (definition == nullptr) {
        continue;
      }
      for (const DependencyPattern& dependency : definition->depends_on) {
        const bool is_here =
            dependency.kind == DependencyPattern::Kind::same_package || is_in(dependency, package);
        if (!is_here) {
          continue;
        }
        if (dependency.task == task) {
          return true;
        }
        if (std::ranges::find(reached, dependency.task) == reached.end()) {
          reached.push_back(dependency.task);
        }
      }
    }
    return false;
  }

  // Once for two patterns, in however many packages they meet.
  void report(int code, const SourcePosition& at, const SourcePosition& other, std::string message,
              std::string help) {
    if (reported_.emplace(code, line_of(at), line_of(other)).second) {
      errors_.push_back(
          config_error(catalog_.config(), code, at, std::move(message), std::move(help)));
    }
  }

  const TaskCatalog& catalog_;
  std::vector<std::string> names_;
  std::set<std::tuple<int, std::string, std::string>> reported_;
  Diagnostics errors_;
};

}  // namespace

Diagnostics check_output_conflicts(const TaskCatalog& catalog) {
  return ConflictCheck(catalog).run();
}

}  // namespace vc::agent
