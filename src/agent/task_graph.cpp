#include "agent/task_graph.hpp"

#include "agent/diagnostic_codes.hpp"
#include "agent/script_command.hpp"
#include "agent/task_graph/name_suggestion.hpp"
#include "agent/task_graph/node_set.hpp"
#include "agent/task_graph/output_conflicts.hpp"
#include "agent/task_graph/persistent_check.hpp"
#include "agent/task_graph/reference_check.hpp"
#include "agent/task_graph/task_catalog.hpp"
#include "agent/task_graph/topological_order.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::size_t kCycleStepsShown = 20;

// pre, main and post script; "" stands for one that is not there, as for one that does nothing.
std::vector<std::string> script_text_of(const Package& package, const TaskDefinition& task) {
  const auto command = parse_script_command(task.command);
  if (!command) {
    return {};
  }
  std::vector<std::string> texts;
  for (const std::string_view prefix : {"pre", "", "post"}) {
    const auto script = package.scripts.find(std::string(prefix) + command->script);
    texts.push_back(script == package.scripts.end() ? "" : script->second);
  }
  return texts;
}

class GraphBuilder {
 public:
  GraphBuilder(const TaskCatalog& catalog, const Selection& selection)
      : catalog_(catalog), selection_(selection), nodes_(catalog) {}

  std::expected<TaskGraph, Diagnostics> build() {
    errors_ = check_references(catalog_);
    if (catalog_.config().turbo == nullptr) {  // There they are settled, not refused.
      std::ranges::move(check_output_conflicts(catalog_), std::back_inserter(errors_));
      std::ranges::move(check_persistent_definitions(catalog_), std::back_inserter(errors_));
    }
    select();
    if (!errors_.empty()) {
      return std::unexpected(std::move(errors_));
    }
    nodes_.add_dependencies();
    const auto& planned = nodes_.tasks();
    const auto order =
        topological_order(static_cast<std::uint32_t>(planned.size()),
                          [&](Node node) { return std::span(planned[node].dependencies); });
    if (!order) {
      return std::unexpected(Diagnostics{cycle_error(order.error())});
    }
    TaskGraph graph = in_order(*order);
    if (Diagnostics errors = check_persistent_dependencies(catalog_.config(), graph);
        !errors.empty()) {
      return std::unexpected(std::move(errors));
    }
    return graph;
  }

 private:
  void fail(int code, std::string message, std::string help) {
    errors_.push_back({.code = code,
                       .message = std::move(message),
                       .at = {},
                       .source_line = {},
                       .help = std::move(help)});
  }

  void select() {
    const std::vector<PackageId> packages = selected_packages();
    if (selection_.tasks.empty()) {
      fail(codes::kNoTaskNamed, "no task is named", known_names(catalog_.names(), "tasks"));
    }
    for (const std::string& task : selection_.tasks) {
      if (const std::size_t hash = task.rfind('#'); hash != std::string::npos) {
        select_exact(std::string_view(task).substr(0, hash),
                     std::string_view(task).substr(hash + 1));
      } else {
        select_everywhere(task, packages);
      }
    }
  }

  std::optional<PackageId> named_package(std::string_view name) {
    const auto package = catalog_.find_package(name);
    if (!package) {
      fail(codes::kUnknownPackage, fmt::format("no package is called \"{}\"", name),
           name_suggestion(name, catalog_.package_names(), "packages"));
    }
    return package;
  }

  bool check_defined(std::string_view task) {
    if (!catalog_.is_defined(task)) {
      fail(codes::kUnknownTask, fmt::format("no task is called \"{}\"", task),
           name_suggestion(task, catalog_.names(), "tasks"));
      return false;
    }
    return true;
  }

  std::vector<PackageId> selected_packages() {
    if (selection_.chosen) {
      return *selection_.chosen;
    }
    std::vector<PackageId> packages;
    for (const std::string& name : selection_.packages) {
      if (const auto package = named_package(name)) {
        packages.push_back(*package);
      }
    }
    if (selection_.packages.empty()) {
      for (const Package& package : catalog_.workspace().packages) {
        packages.push_back(package.id);
      }
    }
    return packages;
  }

  void select_exact(std::string_view package_name, std::string_view task) {
    const auto package = named_package(package_name);
    if (!check_defined(task) || !package) {
      return;
    }
    if (!catalog_.has(*package, task)) {
      fail(codes::kNoPackageHasTask,
           fmt::format("package \"{}\" has no task \"{}\"", package_name, task),
           lacking_help(task));
      return;
    }
    nodes_.request(*package, task);
  }

  void select_everywhere(std::string_view task, const std::vector<PackageId>& packages) {
    if (!check_defined(task)) {
      return;
    }
    bool found = false;
    for (const PackageId package : packages) {
      const bool has_task = catalog_.has(package, task);
      if (has_task ||
          (catalog_.keeps_empty_tasks() && catalog_.definition(package, task) != nullptr)) {
        nodes_.request(package, task);
      }
      found = found || has_task;
    }
    if (!found && !packages.empty() && !selection_.chosen) {
      fail(codes::kNoPackageHasTask,
           fmt::format("no {}package has the task \"{}\"",
                       selection_.packages.empty() ? "" : "selected ", task),
           lacking_help(task));
    }
  }

  // Who has the task, or what it takes to have it.
  std::string lacking_help(std::string_view task) const {
    std::vector<std::string_view> owners;
    for (const Package& package : catalog_.workspace().packages) {
      if (catalog_.has(package.id, task)) {
        owners.push_back(package.name);
      }
    }
    if (!owners.empty()) {
      return fmt::format("packages that have it: {}", fmt::join(owners, ", "));
    }
    const auto root = catalog_.config().pipeline.find(std::string(task));
    const auto script = root == catalog_.config().pipeline.end()
                            ? std::nullopt
                            : parse_script_command(root->second.command);
    return script
               ? fmt::format("no package.json of a package has the script \"{}\" that \"{}\" runs",
                             script->script, root->second.command)
               : "define it in velocity.yml";
  }

  std::string label_of(Node node) const {
    const PlannedTask& task = nodes_.tasks()[node];
    return fmt::format("{}#{}", catalog_.workspace().packages[task.package].name, task.name);
  }

  Diagnostic cycle_error(const std::vector<Node>& circle) const {
    std::string path;
    for (std::size_t i = 0; i < circle.size(); ++i) {
      if (i < kCycleStepsShown || i + 1 == circle.size()) {
        path += label_of(circle[i]) + " -> ";
      } else if (i == kCycleStepsShown) {
        path += fmt::format("({} more) -> ", circle.size() - kCycleStepsShown - 1);
      }
    }
    const PlannedTask& first = nodes_.tasks()[circle.front()];
    const PlannedTask& second = nodes_.tasks()[circle[1 % circle.size()]];
    const Package& package = catalog_.workspace().packages[first.package];
    const Package& used = catalog_.workspace().packages[second.package];
    std::string help = "remove one of these from depends_on";
    if (first.package != second.package) {
      help += fmt::format(
          "; \"{}\" uses \"{}\" {}", package.name, used.name,
          package.manifest.empty() ? "by its velocity.yml" : "according to " + package.manifest);
    }
    return {
        .code = codes::kCycle,
        .message = fmt::format("tasks wait for each other: {}{}", path, label_of(circle.front())),
        .at = {},
        .source_line = {},
        .help = std::move(help)};
  }

  TaskGraph in_order(const std::vector<Node>& order) const {
    std::vector<TaskId> ids(order.size());
    for (TaskId id = 0; id < order.size(); ++id) {
      ids[order[id]] = id;
    }
    TaskGraph graph;
    graph.tasks.reserve(order.size());
    for (const Node node : order) {
      const PlannedTask& planned = nodes_.tasks()[node];
      TaskNode task{.package = planned.package,
                    .name = std::string(planned.name),
                    .label = label_of(node),
                    .definition = definition_of(planned),
                    .has_command = planned.has_command,
                    .requested = planned.requested};
      if (task.has_command) {
        task.script_text =
            script_text_of(catalog_.workspace().packages[planned.package], task.definition);
      }
      for (const std::uint32_t dependency : planned.dependencies) {
        task.dependencies.push_back(ids[dependency]);
      }
      std::ranges::sort(task.dependencies);
      for (const std::uint32_t dependency : planned.on_outputs) {
        TaskNode& made = graph.tasks[ids[dependency]];
        // Where nothing says what is made, only the key says whether it is another one.
        if (made.has_command && !made.definition.outputs.patterns.empty()) {
          task.on_outputs.push_back(ids[dependency]);
          made.outputs_count = true;
        }
      }
      std::ranges::sort(task.on_outputs);
      graph.tasks.push_back(std::move(task));
    }
    return graph;
  }

  TaskDefinition definition_of(const PlannedTask& planned) const {
    const TaskDefinition* definition = catalog_.definition(planned.package, planned.name);
    if (planned.has_command && definition != nullptr) {
      return *definition;
    }
    // Nothing runs: the package's default inputs and its own dependencies are all there is.
    return {.name = std::string(planned.name)};
  }

  const TaskCatalog& catalog_;
  const Selection& selection_;
  NodeSet nodes_;
  Diagnostics errors_;
};

}  // namespace

std::expected<TaskGraph, Diagnostics> build_task_graph(const Config& config,
                                                       const Workspace& workspace,
                                                       const Selection& selection) {
  const TaskCatalog catalog(config, workspace);
  return GraphBuilder(catalog, selection).build();
}

}  // namespace vc::agent
