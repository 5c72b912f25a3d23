#include "agent/fingerprint/input_plan.hpp"

#include "agent/diagnostic_codes.hpp"
#include "agent/task_graph/task_catalog.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace vc::agent {

namespace {

using Selector = std::shared_ptr<const InputSelector>;
using PatternLists = std::vector<std::vector<std::string>>;

// What makes two tasks choose the same way among the files of a package.
struct Choice {
  std::vector<std::string> patterns;
  bool defaults = false;
  bool enters_packages = false;

  friend auto operator<=>(const Choice&, const Choice&) = default;
};

std::unexpected<Diagnostics> bad_pattern(const Error& error, const SourcePosition& at = {}) {
  return std::unexpected(Diagnostics{{.severity = Severity::error,
                                      .code = codes::kBadPattern,
                                      .message = error.message,
                                      .at = at,
                                      .source_line = {},
                                      .help = error.hint}});
}

// The output patterns of each task the package has, whether or not it is in the graph: what counts
// as an input must not depend on which tasks are asked for.
PatternLists declared_outputs(const TaskCatalog& catalog, PackageId package,
                              const std::vector<std::string>& task_names) {
  PatternLists outputs;
  for (const std::string& name : task_names) {
    if (catalog.has(package, name)) {
      const auto& patterns = catalog.definition(package, name)->outputs.patterns;
      if (!patterns.empty()) {
        outputs.push_back(patterns);
      }
    }
  }
  return outputs;
}

std::expected<std::shared_ptr<const OutputGlobs>, Diagnostics> compiled_outputs(
    const PatternLists& lists) {
  auto globs = std::make_shared<OutputGlobs>();
  for (const auto& patterns : lists) {
    auto set = GlobSet::compile(patterns);
    if (!set) {
      return bad_pattern(set.error());
    }
    globs->add(*std::move(set));
  }
  return globs;
}

std::vector<std::string> sorted_once(std::vector<std::string> paths) {
  std::ranges::sort(paths);
  const auto repeated = std::ranges::unique(paths);
  paths.erase(repeated.begin(), repeated.end());
  return paths;
}

std::vector<std::string> manifests_in_package(const Package& package) {
  std::vector<std::string> manifests = package.native_manifests;
  if (!package.manifest.empty()) {
    manifests.push_back(package.manifest);
  }
  for (std::string& manifest : manifests) {
    manifest.erase(0, package.directory.empty() ? 0 : package.directory.size() + 1);
  }
  return sorted_once(std::move(manifests));
}

// The lockfile, and what counts for packages of one kind.
std::vector<std::string> workspace_files(const Workspace& workspace) {
  std::vector<std::string> files;
  if (!workspace.lockfile.empty()) {
    files.push_back(workspace.lockfile);
  }
  for (const SharedFiles& shared : workspace.shared_files) {
    files.insert(files.end(), shared.paths.begin(), shared.paths.end());
  }
  return sorted_once(std::move(files));
}

class Planner {
 public:
  Planner(const Config& config, const Workspace& workspace, const TaskGraph& graph)
      : config_(config), workspace_(workspace), graph_(graph) {}

  std::expected<InputPlan, Diagnostics> plan() && {
    if (auto added = add_rules(); !added) {
      return std::unexpected(std::move(added).error());
    }
    for (TaskId id = 0; id < graph_.tasks.size(); ++id) {
      auto selector = selector_of(id);
      if (!selector) {
        return std::unexpected(std::move(selector).error());
      }
      plan_.places.push_back(place_of(graph_.tasks[id].package, *std::move(selector)));
    }
    for (const PackageId package : workspace_.counted_everywhere) {
      plan_.ignore_files = InputScanner::IgnoreFiles::read;
      auto selector = compiled({.defaults = true}, {});
      if (!selector) {
        return std::unexpected(std::move(selector).error());
      }
      const InputPlan::Place place = place_of(package, *std::move(selector));
      plan_.everywhere.emplace_back(place.request, place.selector);
    }
    auto global = compiled({.patterns = config_.global_inputs}, {});
    if (!global) {
      return std::unexpected(std::move(global).error());
    }
    ScanRequest request{.directory = "",
                        .certain_files = workspace_files(workspace_),
                        .selectors = {*std::move(global)},
                        .counts_outputs = true};
    if (auto added = add_root_inputs(request); !added) {
      return std::unexpected(std::move(added).error());
    }
    plan_.requests.push_back(std::move(request));
    return std::move(plan_);
  }

 private:
  std::expected<void, Diagnostics> add_rules() {
    const TaskCatalog catalog(config_, workspace_);
    const std::vector<std::string> names = catalog.names();
    // Most packages have the same tasks from the same definitions: compiled once.
    std::map<PatternLists, std::shared_ptr<const OutputGlobs>> known;
    for (const Package& package : workspace_.packages) {
      auto lists = declared_outputs(catalog, package.id, names);
      auto& globs = known[lists];
      if (globs == nullptr) {
        auto made = compiled_outputs(lists);
        if (!made) {
          return std::unexpected(std::move(made).error());
        }
        globs = *std::move(made);
      }
      plan_.rules.push_back({.directory = package.directory, .outputs = globs});
    }
    return {};
  }

  std::expected<void, Diagnostics> add_root_inputs(ScanRequest& request) {
    for (TaskId id = 0; id < graph_.tasks.size(); ++id) {
      const TaskNode& task = graph_.tasks[id];
      const PatternList& list = task.definition.root_inputs;
      if (!task.has_command || list.patterns.empty()) {
        continue;
      }
      auto selector = compiled({.patterns = list.patterns}, list.positions);
      if (!selector) {
        return std::unexpected(std::move(selector).error());
      }
      // Never at 0: a list of its own even where it says the same as `global_inputs`.
      const auto found =
          std::ranges::find(request.selectors.begin() + 1, request.selectors.end(), *selector);
      plan_.places[id].root_selector =
          static_cast<std::uint32_t>(found - request.selectors.begin());
      if (found == request.selectors.end()) {
        request.selectors.push_back(*std::move(selector));
      }
    }
    return {};
  }

  std::expected<Selector, Diagnostics> selector_of(TaskId id) {
    const TaskNode& task = graph_.tasks[id];
    // The root of a turbo.json has the whole repository for its own.
    const bool enters_packages = workspace_.packages[task.package].inherits_no_task;
    // What lacks the task has nobody to say what matters in it, so everything does.
    if (!task.has_command || !task.definition.inputs) {
      plan_.ignore_files = InputScanner::IgnoreFiles::read;
      return compiled({.defaults = true, .enters_packages = enters_packages}, {});
    }
    const PatternList& list = *task.definition.inputs;
    const bool defaults = task.definition.inputs_extend_defaults;
    if (defaults) {
      plan_.ignore_files = InputScanner::IgnoreFiles::read;
    }
    auto selector = compiled({.patterns = list.patterns,
                              .defaults = defaults,
                              .enters_packages = defaults && enters_packages},
                             list.positions);
    if (selector && holds_packages(task.package)) {
      return with_generated(**selector, id);
    }
    return selector;
  }

  std::expected<Selector, Diagnostics> compiled(const Choice& choice,
                                                const std::vector<SourcePosition>& positions) {
    auto& selector = selectors_[choice];
    if (selector == nullptr) {
      std::size_t bad = 0;
      auto made = InputSelector::of(choice.patterns, &bad);
      if (!made) {
        return bad_pattern(made.error(),
                           bad < positions.size() ? positions[bad] : SourcePosition{});
      }
      made->defaults = choice.defaults;
      made->enters_packages = choice.enters_packages;
      selector = std::make_shared<const InputSelector>(*std::move(made));
    }
    return selector;
  }

  // Whether other packages lie inside of this one. They are sorted by directory.
  bool holds_packages(PackageId id) const {
    const std::string& directory = workspace_.packages[id].directory;
    if (directory.empty()) {
      return workspace_.packages.size() > 1;
    }
    const std::string below = directory + "/";
    const auto first =
        std::ranges::lower_bound(workspace_.packages, below, {}, &Package::directory);
    return first != workspace_.packages.end() && first->directory.starts_with(below);
  }

  // What dependencies make is accounted for by their keys, in other packages too.
  std::expected<Selector, Diagnostics> with_generated(InputSelector selector, TaskId id) const {
    std::set<TaskId> seen;
    std::vector<TaskId> waiting = graph_.tasks[id].dependencies;
    while (!waiting.empty()) {
      const TaskId dependency = waiting.back();
      waiting.pop_back();
      if (!seen.insert(dependency).second) {
        continue;
      }
      const TaskNode& task = graph_.tasks[dependency];
      waiting.insert(waiting.end(), task.dependencies.begin(), task.dependencies.end());
      if (task.has_command && !task.definition.outputs.patterns.empty()) {
        auto set = GlobSet::compile(task.definition.outputs.patterns);
        if (!set) {
          return bad_pattern(set.error());
        }
        selector.generated[workspace_.packages[task.package].directory].add(*std::move(set));
      }
    }
    return std::make_shared<const InputSelector>(std::move(selector));
  }

  InputPlan::Place place_of(PackageId package_id, Selector selector) {
    const auto next = static_cast<std::uint32_t>(plan_.requests.size());
    const auto [request, is_new] = request_of_package_.emplace(package_id, next);
    if (is_new) {
      const Package& package = workspace_.packages[package_id];
      plan_.requests.push_back({.directory = package.directory,
                                .certain_files = manifests_in_package(package),
                                .selectors = {}});
    }
    auto& selectors = plan_.requests[request->second].selectors;
    const auto found = std::ranges::find(selectors, selector);
    const InputPlan::Place place{.request = request->second,
                                 .selector = static_cast<std::uint32_t>(found - selectors.begin())};
    if (found == selectors.end()) {
      selectors.push_back(std::move(selector));
    }
    return place;
  }

  const Config& config_;
  const Workspace& workspace_;
  const TaskGraph& graph_;
  std::map<Choice, Selector> selectors_;
  std::map<PackageId, std::uint32_t> request_of_package_;
  InputPlan plan_;
};

}  // namespace

std::expected<InputPlan, Diagnostics> plan_inputs(const Config& config, const Workspace& workspace,
                                                  const TaskGraph& graph) {
  return Planner(config, workspace, graph).plan();
}

}  // namespace vc::agent
