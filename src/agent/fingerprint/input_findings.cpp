#include "agent/fingerprint/input_findings.hpp"

#include "agent/diagnostic_codes.hpp"
#include "agent/task_graph/pattern_overlap.hpp"
#include "agent/workspace/loaded_package.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <tuple>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::size_t kProblemsShownMax = 20;
constexpr std::size_t kPackagesShownMax = 3;

std::string shown_directory(const std::string& directory) {
  return directory.empty() ? "the root package" : directory;
}

// "packages/a, packages/b, packages/c and 997 more"
std::string shown_packages(const std::vector<std::string>& directories) {
  std::string text;
  const std::size_t shown = std::min(directories.size(), kPackagesShownMax);
  for (std::size_t i = 0; i < shown; ++i) {
    text += (i == 0 ? "" : ", ") + shown_directory(directories[i]);
  }
  if (shown < directories.size()) {
    text += fmt::format(" and {} more", directories.size() - shown);
  }
  return text;
}

// Where a task looks for files, as far as outputs are concerned. Few are distinct.
struct Site {
  const OutputGlobs* outputs = nullptr;  // Of the package.
  const InputSelector* selector = nullptr;

  friend auto operator<=>(const Site&, const Site&) = default;
};

// All tasks that have their inputs from one place in one file.
struct Users {
  const PatternList* patterns = nullptr;
  std::string task;
  std::vector<std::optional<Glob>> globs;  // By pattern.
  std::vector<bool> matched;               // By pattern, in any package.
  std::set<Site> sites;
  std::vector<std::string> packages;  // Directories, in which the task is.
  std::vector<std::string> starving;  // Of those, where no pattern matches anything.
  std::set<std::string> uncovered;    // Names of configuration files ...
  std::vector<std::string> exposed;   // ... and the packages that have one.
};

SourcePosition position_of(const PatternList& list, std::size_t pattern) {
  return pattern < list.positions.size() ? list.positions[pattern] : SourcePosition{};
}

class Examination {
 public:
  Examination(const InputPlan& plan, const ScannedWorkspace& scanned) : scanned_(scanned) {
    for (const PackageRules& rules : plan.rules) {
      outputs_.emplace(rules.directory, rules.outputs.get());
    }
    const PackageInputs& global = scanned.requests.back();
    for (const InputId id : global.selected[0].files) {
      global_files_.emplace(global.table.path(id));
    }
  }

  // `list` is what the task declares as its inputs.
  void add(const TaskNode& task, const PatternList& list, const InputPlan::Place& place) {
    const PackageInputs& inputs = scanned_.requests[place.request];
    const SelectedInputs& selected = inputs.selected[place.selector];
    Users& users = users_of(task, list);
    const std::string& directory = inputs.request.directory;
    const auto outputs = outputs_.find(directory);
    const Site site{.outputs = outputs == outputs_.end() ? nullptr : outputs->second,
                    .selector = inputs.request.selectors[place.selector].get()};
    users.packages.push_back(directory);
    users.sites.insert(site);
    if (!note_matches(users, inputs, selected) && !awaits_outputs(users, site) &&
        !users.patterns->patterns.empty()) {
      users.starving.push_back(directory);
    }
    note_uncovered(users, inputs, selected);
  }

  Diagnostics report() const {
    Diagnostics found;
    for (const auto& [place, users] : users_) {
      report_patterns(users, found);
      report_uncovered(users, found);
    }
    return found;
  }

 private:
  // Where the list is, so that what is said of it is said once.
  using ListPlace = std::tuple<std::string, std::string, int, int, std::vector<std::string>>;

  Users& users_of(const TaskNode& task, const PatternList& list) {
    const SourcePosition at = position_of(list, 0);
    Users& users = users_[{task.name, at.file, at.line, at.column, list.patterns}];
    if (users.patterns == nullptr) {
      users.patterns = &list;
      users.task = task.name;
      users.matched.resize(list.patterns.size());
      for (const std::string& pattern : list.patterns) {
        auto glob = Glob::compile(pattern);
        users.globs.push_back(glob ? std::optional(*std::move(glob)) : std::nullopt);
      }
    }
    return users;
  }

  // Whether any pattern but the excluding ones matches something in this package.
  static bool note_matches(Users& users, const PackageInputs& inputs,
                           const SelectedInputs& selected) {
    bool any = false;
    for (std::size_t i = 0; i < users.matched.size(); ++i) {
      if (!excludes(users, i) &&
          (selected.pattern_decided[i] || matches_some(users.globs[i], inputs, selected))) {
        users.matched[i] = true;
        any = true;
      }
    }
    return any;
  }

  static bool excludes(const Users& users, std::size_t pattern) {
    return users.patterns->patterns[pattern].starts_with('!');
  }

  // A pattern that never was the last to match may still have matched, and a link may stand where
  // it would have gone on.
  static bool matches_some(const std::optional<Glob>& glob, const PackageInputs& inputs,
                           const SelectedInputs& selected) {
    return glob && std::ranges::any_of(selected.files, [&](InputId id) {
             const std::string_view path = inputs.table.path(id);
             return glob->matches(path) ||
                    (S_ISLNK(inputs.table.row(id).stamp.mode) && glob->can_match_below(path));
           });
  }

  static bool awaits_outputs(const Users& users, const Site& site) {
    return std::ranges::any_of(users.patterns->patterns, [&](const std::string& pattern) {
      return !pattern.starts_with('!') && awaits_outputs(pattern, site);
    });
  }

  // What a dependency will make need not be there yet.
  static bool awaits_outputs(const std::string& pattern, const Site& site) {
    return (site.outputs != nullptr && overlaps(pattern, *site.outputs, "")) ||
           std::ranges::any_of(site.selector->generated, [&](const auto& generated) {
             return overlaps(pattern, generated.second, generated.first + "/");
           });
  }

  // `prefix` comes before each of the outputs' patterns.
  static bool overlaps(const std::string& pattern, const OutputGlobs& outputs,
                       const std::string& prefix) {
    return std::ranges::any_of(outputs.sets(), [&](const GlobSet& set) {
      std::vector<std::string> patterns = set.patterns();
      for (std::string& each : patterns) {
        each.insert(each.starts_with('!') ? 1 : 0, prefix);
      }
      return find_overlap({pattern}, patterns).has_value();
    });
  }

  void note_uncovered(Users& users, const PackageInputs& inputs,
                      const SelectedInputs& selected) const {
    const std::string& directory = inputs.request.directory;
    bool exposed = false;
    for (const std::string& name : selected.uncovered) {
      const std::string path = path_in(directory, name);
      if (!global_files_.contains(path)) {
        users.uncovered.insert(name);
        exposed = true;
      }
    }
    if (exposed) {
      users.exposed.push_back(directory);
    }
  }

  // Excluding nothing is no mistake.
  static bool is_useless(const Users& users, std::size_t pattern) {
    return !users.matched[pattern] && !excludes(users, pattern) &&
           std::ranges::none_of(users.sites, [&](const Site& site) {
             return awaits_outputs(users.patterns->patterns[pattern], site);
           });
  }

  static void report_patterns(const Users& users, Diagnostics& found) {
    if (!users.starving.empty()) {
      found.push_back(
          {.severity = Severity::error,
           .code = codes::kInputsMatchNothing,
           .message = fmt::format("no pattern in `inputs` of task \"{}\" matches a file in {}",
                                  users.task, shown_packages(users.starving)),
           .at = position_of(*users.patterns, 0),
           .source_line = {},
           .help = "without inputs no edit would ever make the task run again; name its "
                   "files, or remove `inputs` to use all files of the package"});
    }
    for (std::size_t i = 0; i < users.matched.size(); ++i) {
      if (is_useless(users, i) && users.starving.size() < users.packages.size()) {
        found.push_back(
            {.severity = Severity::warning,
             .code = codes::kPatternMatchesNothing,
             .message = fmt::format("inputs pattern \"{}\" of task \"{}\" matches no file in {}",
                                    users.patterns->patterns[i], users.task,
                                    shown_packages(users.packages)),
             .at = position_of(*users.patterns, i),
             .source_line = {},
             .help = "patterns are relative to the package"});
      }
    }
  }

  static void report_uncovered(const Users& users, Diagnostics& found) {
    if (users.exposed.empty()) {
      return;
    }
    const std::string names = fmt::format("{}", fmt::join(users.uncovered, ", "));
    found.push_back(
        {.severity = Severity::warning,
         .code = codes::kConfigurationOutsideInputs,
         .message = fmt::format("`inputs` of task \"{}\" leave out {} in {}", users.task, names,
                                shown_packages(users.exposed)),
         .at = position_of(*users.patterns, 0),
         .source_line = {},
         .help = "a change to it will not make the task run again; add it to `inputs`, or exclude "
                 "it there with `!` to say that it does not matter"});
  }

  const ScannedWorkspace& scanned_;
  std::map<std::string, const OutputGlobs*> outputs_;  // By package directory.
  std::set<std::string, std::less<>> global_files_;
  std::map<ListPlace, Users> users_;
};

Diagnostic error_of(const ScanProblem& problem) {
  const bool no_file = problem.kind == ScanProblem::Kind::not_a_file;
  return {.severity = Severity::error,
          .code = no_file ? codes::kInputIsNoFile : codes::kUnreadableInput,
          .message = shown_directory(problem.path) + ": " + problem.message,
          .at = {},
          .source_line = {},
          .help = no_file
                      ? "remove it, or exclude it in `inputs` with a pattern that begins with `!`"
                      : "an input that cannot be read cannot be told from a changed one; make it "
                        "readable, or exclude it from the inputs"};
}

void add_problems(const ScannedWorkspace& scanned, Diagnostics& found) {
  std::vector<const ScanProblem*> problems;
  for (const PackageInputs& inputs : scanned.requests) {
    for (const ScanProblem& problem : inputs.problems) {
      problems.push_back(&problem);
    }
  }
  // Not in the order the threads met them; and what two requests met is said once.
  std::ranges::sort(problems, {},
                    [](const ScanProblem* p) { return std::tie(p->path, p->message); });
  const auto same = std::ranges::unique(
      problems, {}, [](const ScanProblem* p) { return std::tie(p->path, p->message); });
  problems.erase(same.begin(), same.end());
  const std::size_t shown = std::min(problems.size(), kProblemsShownMax);
  for (const ScanProblem* problem : std::span(problems).first(shown)) {
    found.push_back(error_of(*problem));
  }
  if (shown < problems.size()) {
    found.back().message += fmt::format(" (and {} more like this)", problems.size() - shown);
  }
}

void add_global(const Config& config, const PackageInputs& inputs, Diagnostics& found) {
  const SelectedInputs& selected = inputs.selected[0];
  for (std::size_t i = 0; i < config.global_inputs.size(); ++i) {
    const auto glob = Glob::compile(config.global_inputs[i]);
    const bool matched = selected.pattern_decided[i] || config.global_inputs[i].starts_with('!') ||
                         (glob && std::ranges::any_of(selected.files, [&](InputId id) {
                            return glob->matches(inputs.table.path(id));
                          }));
    if (!matched) {
      found.push_back({.severity = Severity::warning,
                       .code = codes::kPatternMatchesNothing,
                       .message = fmt::format("global_inputs pattern \"{}\" matches no file",
                                              config.global_inputs[i]),
                       .at = {.file = config.file},
                       .source_line = {},
                       .help = "patterns are relative to the folder of " + config.file});
    }
  }
}

}  // namespace

Diagnostics examine_inputs(const Config& config, const TaskGraph& graph, const InputPlan& plan,
                           const ScannedWorkspace& scanned) {
  Diagnostics found;
  add_problems(scanned, found);
  if (!scanned.scanner->repository_problem().empty()) {
    found.push_back(
        {.severity = Severity::warning,
         .code = codes::kUnreadableRepository,
         .message = "cannot tell which files git tracks: " + scanned.scanner->repository_problem(),
         .at = {},
         .source_line = {},
         .help = "tracked files that .gitignore also names do not count as inputs"});
  }
  Examination examination(plan, scanned);
  for (TaskId id = 0; id < graph.tasks.size(); ++id) {
    const TaskNode& task = graph.tasks[id];
    if (task.has_command && task.definition.inputs && config.turbo == nullptr &&
        !task.definition.inputs_extend_defaults && !task.definition.inputs->patterns.empty()) {
      examination.add(task, *task.definition.inputs, plan.places[id]);
    }
  }
  std::ranges::move(examination.report(), std::back_inserter(found));
  add_global(config, scanned.requests.back(), found);
  return found;
}

}  // namespace vc::agent
