#include "agent/task_graph/reference_check.hpp"

#include "agent/config/config_error.hpp"
#include "agent/diagnostic_codes.hpp"
#include "agent/task_graph/name_suggestion.hpp"
#include "core/suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vc::agent {

namespace {

class ReferenceCheck {
 public:
  explicit ReferenceCheck(const TaskCatalog& catalog) : catalog_(catalog) {}

  Diagnostics run() {
    for (const auto& [name, task] : catalog_.config().pipeline) {
      check_dependencies(task);
    }
    for (const Package& package : catalog_.workspace().packages) {
      for (const auto& [name, task] : package.overrides) {
        check_dependencies(task);
        const TaskDefinition* effective = catalog_.definition(package.id, name);
        if (effective == nullptr || effective->command.empty()) {
          fail(codes::kNoCommand, task.at,
               fmt::format("task \"{}\" has a command neither here nor in the workspace's "
                           "velocity.yml",
                           name),
               suggestion(name, catalog_.names(), "add a command"));
        }
      }
    }
    return std::move(errors_);
  }

 private:
  void fail(int code, const SourcePosition& at, std::string message, std::string help) {
    errors_.push_back(
        config_error(catalog_.config(), code, at, std::move(message), std::move(help)));
  }

  // `names` without the word itself: it is in there when it is what lacks something else.
  static std::string suggestion(std::string_view word, std::vector<std::string> names,
                                std::string otherwise) {
    std::erase(names, word);
    const auto closest = closest_word(word, names);
    return closest ? fmt::format("did you mean \"{}\"?", *closest) : std::move(otherwise);
  }

  void check_dependencies(const TaskDefinition& task) {
    check_each(task.depends_on);
    if (!catalog_.keeps_empty_tasks()) {  // To Turborepo a name that says nothing is no mistake.
      check_each(task.with);
    }
  }

  void check_each(const std::vector<DependencyPattern>& dependencies) {
    for (const DependencyPattern& dependency : dependencies) {
      if (!catalog_.is_defined(dependency.task)) {
        fail(codes::kUnknownTask, dependency.at,
             fmt::format("no task is called \"{}\"", dependency.task),
             suggestion(dependency.task, catalog_.names(), known_names(catalog_.names(), "tasks")));
      } else if (dependency.kind == DependencyPattern::Kind::exact_package) {
        check_exact(dependency);
      }
    }
  }

  void check_exact(const DependencyPattern& dependency) {
    const auto package = catalog_.find_package(dependency.package);
    if (!package) {
      fail(codes::kUnknownPackage, dependency.at,
           fmt::format("no package is called \"{}\"", dependency.package),
           suggestion(dependency.package, catalog_.package_names(),
                      dependency.package == "//" ? "the root package is called \".\""
                                                 : "name a package of this workspace"));
    } else if (catalog_.keeps_empty_tasks()
                   ? catalog_.definition(*package, dependency.task) == nullptr
                   : !catalog_.has(*package, dependency.task)) {
      fail(codes::kUnknownTask, dependency.at,
           fmt::format("package \"{}\" has no task \"{}\"", dependency.package, dependency.task),
           catalog_.keeps_empty_tasks() ? "turbo.json does not define it for that package"
                                        : "its manifest lacks the script that the task runs");
    }
  }

  const TaskCatalog& catalog_;
  Diagnostics errors_;
};

}  // namespace

Diagnostics check_references(const TaskCatalog& catalog) {
  return ReferenceCheck(catalog).run();
}

}  // namespace vc::agent
