// nx.json as velocity.yml, and what projects say of themselves as those of their packages. For each
// thing that is left out there is one line with the reason.
#include "agent/commands/init/detect.hpp"
#include "agent/commands/init/drafted_task.hpp"
#include "agent/commands/init/nx_projects.hpp"
#include "agent/commands/init/nx_task.hpp"
#include "agent/config.hpp"
#include "agent/config/optional_file.hpp"
#include "agent/config/task_reader.hpp"
#include "agent/nx/nx_file.hpp"
#include "core/result.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace vc::agent {

namespace {

class NxDraft {
 public:
  NxDraft(const NxFile& file, const Workspace& workspace)
      : file_(file), workspace_(workspace), manager_(package_manager_of(workspace)) {}

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
        if (!is_target(name)) {
          note("Left out: " + name + ". No package.json has a script of this name.");
        }
      } else {
        add_task(name);
      }
    }
    for (const auto& [package, project] : projects_) {
      add_special(*package, project);
    }
    keep_what_is_special();
    if (draft_.tasks.empty() && draft_.special.empty()) {
      return std::nullopt;
    }
    drop_unknown_dependencies();
    settle_outputs();
    keep_what_is_special();
    note_the_rest();
    return std::move(draft_);
  }

  // What a project says of itself becomes its package's own file.
  void add_project(const Package& package, const NxFile& project) {
    if (package.directory.empty()) {
      for (const auto& [name, target] : project.targets) {
        note(fmt::format("Left out: target {} of the workspace's own folder.", name));
      }
      return;
    }
    projects_.emplace_back(&package, project);
    names_.emplace(project.name.empty() ? package.name : project.name, package.name);
  }

  void note(std::string text) { append_unique(draft_.comments, std::move(text)); }

 private:
  bool is_script(const std::string& name) const {
    return std::ranges::any_of(workspace_.packages, [&](const Package& package) {
      return package.scripts.contains(name);
    });
  }

  bool is_target(const std::string& name) const {
    return std::ranges::any_of(
        projects_, [&](const auto& each) { return each.second.targets.contains(name); });
  }

  void add_task(const std::string& name) {
    const auto found = file_.targets.find(name);
    const NxTarget target = found == file_.targets.end() ? NxTarget() : found->second;
    draft_.tasks.push_back(nx_task(name, target,
                                   {.package_manager = manager_,
                                    .named_inputs = file_.named_inputs,
                                    .cacheable = file_.cacheable,
                                    .directory = {},
                                    .project = {}}));
  }

  // `targetDefaults` go by the executor before the name.
  NxTarget with_defaults(const std::string& name, const NxTarget& own) const {
    auto base = own.executor.empty() ? file_.targets.end() : file_.targets.find(own.executor);
    base = base == file_.targets.end() ? file_.targets.find(name) : base;
    return base == file_.targets.end() ? own : merged_nx_target(base->second, own);
  }

  void add_special(const Package& package, const NxFile& project) {
    std::map<std::string, NxInputs> inputs = project.named_inputs;
    inputs.insert(file_.named_inputs.begin(), file_.named_inputs.end());
    std::map<std::string, NxTarget> targets = project.targets;
    for (const DraftTask& task : draft_.tasks) {
      if (!project.named_inputs.empty() && package.scripts.contains(task.name)) {
        targets.emplace(task.name, NxTarget());
      }
    }
    PackageDraft special{
        .directory = package.directory, .comments = {}, .depends_on = {}, .tasks = {}};
    for (const auto& [name, target] : targets) {
      if (!is_task_name(name)) {
        note(fmt::format("Left out: target {} of {}. No task can have this name.", name,
                         package.directory));
        continue;
      }
      const bool has_script = package.scripts.contains(name);
      if (!has_script && target.executor.empty() && with_defaults(name, target).executor.empty()) {
        note(fmt::format("Left out: target {} of {}. It names nothing that runs.", name,
                         package.directory));
        continue;
      }
      special.tasks.push_back(
          nx_task(name, with_defaults(name, target),
                  {.package_manager = manager_,
                   .named_inputs = inputs,
                   .cacheable = file_.cacheable,
                   .directory = package.directory,
                   .project = project.name.empty() ? package.name : project.name,
                   .has_script = has_script}));
    }
    add_implicit(package, project, special);
    draft_.special.push_back(std::move(special));
  }

  void add_implicit(const Package& package, const NxFile& project, PackageDraft& special) {
    for (const std::string& name : project.implicit_dependencies) {
      const std::string used = package_name(name);
      if (workspace_.find(used) != nullptr) {
        special.depends_on.push_back(used);
      } else {
        note(fmt::format("Left out: implicitDependencies of {}: {}.", package.directory, name));
      }
    }
  }

  // What a project of Nx is called here.
  std::string package_name(const std::string& project) const {
    const auto found = names_.find(project);
    return found == names_.end() ? project : found->second;
  }

  // `web:build` may name a project otherwise than its package.json does.
  void rename_projects(DraftTask& task) const {
    for (std::string& dependency : task.depends_on) {
      if (const std::size_t hash = dependency.find('#'); hash != std::string::npos) {
        dependency = package_name(dependency.substr(0, hash)) + dependency.substr(hash);
      }
    }
  }

  // Of a package only what the workspace does not say already is written.
  void keep_what_is_special() {
    for (PackageDraft& package : draft_.special) {
      std::erase_if(package.tasks, [&](const DraftTask& task) {
        return !says_more(task, find_task(draft_, task.name));
      });
    }
    std::erase_if(draft_.special, [](const PackageDraft& package) {
      return package.tasks.empty() && package.depends_on.empty();
    });
  }

  // What Nx allows outputs and we do not, in each package with all that it has.
  void settle_outputs() {
    keep_outputs_out_of_inputs(draft_.tasks);
    for (PackageDraft& special : draft_.special) {
      const std::size_t own = special.tasks.size();
      for (const DraftTask& task : draft_.tasks) {
        if (std::ranges::find(special.tasks, task.name, &DraftTask::name) == special.tasks.end()) {
          special.tasks.push_back(task);
        }
      }
      keep_outputs_out_of_inputs(special.tasks);
      special.tasks.resize(own);
    }
  }

  template <class Visit>
  void for_each_task(const Visit& visit) {
    std::ranges::for_each(draft_.tasks, visit);
    for (PackageDraft& package : draft_.special) {
      std::ranges::for_each(package.tasks, visit);
    }
  }

  // The task in the package; in any that has it, for nullptr.
  const DraftTask* find(std::string_view name, const Package* package) const {
    for (const PackageDraft& special : draft_.special) {
      const auto task = std::ranges::find(special.tasks, name, &DraftTask::name);
      if (task != special.tasks.end() &&
          (package == nullptr || package->directory == special.directory)) {
        return &*task;
      }
    }
    const DraftTask* common = find_task(draft_, name);
    const bool has = package == nullptr || package->scripts.contains(std::string(name));
    return has ? common : nullptr;
  }

  bool can_stand(std::string_view dependency, std::string_view task) const {
    const std::size_t hash = dependency.find('#');
    const Package* package =
        hash == std::string_view::npos ? nullptr : workspace_.find(dependency.substr(0, hash));
    if (hash != std::string_view::npos && package == nullptr) {
      return false;
    }
    const std::size_t mark = dependency.starts_with('^') ? 1 : 0;
    const DraftTask* found = find(dependency.substr(package == nullptr ? mark : hash + 1), package);
    return found != nullptr && dependency != task && !found->persistent;
  }

  void drop_unknown_dependencies() {
    std::vector<std::pair<DraftTask*, std::string>> dropped;
    for_each_task([&](DraftTask& task) {
      rename_projects(task);
      for (const std::string& dependency : task.depends_on) {
        if (!can_stand(dependency, task.name)) {
          dropped.emplace_back(&task, dependency);
        }
      }
    });
    for (const auto& [task, dependency] : dropped) {
      std::erase(task->depends_on, dependency);
      task->comments.push_back(fmt::format("Left out of depends_on: {}.", dependency));
    }
  }

  void note_the_rest() {
    if (file_.has_plugins) {
      note("Left out: plugins. The targets they infer from other tools' files are no scripts.");
    }
    std::set<std::string> scripts;
    for (const Package& package : workspace_.packages) {
      for (const auto& [name, text] : package.scripts) {
        if (find(name, nullptr) == nullptr) {
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
  std::string manager_;
  std::vector<std::pair<const Package*, NxFile>> projects_;
  std::map<std::string, std::string> names_;  // Of packages, by those of projects.
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
    VC_TRY(const std::optional<NxFile> project, read_nx_project(directory, package));
    if (project) {
      drafted.add_project(package, *project);
    }
  }
  for (const std::string& path : other_nx_projects(directory, workspace)) {
    drafted.note(fmt::format("Left out: {}. Its folder is no package here.", path));
  }
  return drafted.make();
}

}  // namespace vc::agent
