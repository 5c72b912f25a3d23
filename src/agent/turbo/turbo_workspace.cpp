#include "agent/config/config_error.hpp"
#include "agent/diagnostic_codes.hpp"
#include "agent/task_graph/pattern_overlap.hpp"
#include "agent/turbo/frameworks.hpp"
#include "agent/turbo/turbo_config.hpp"
#include "agent/turbo/turbo_context.hpp"
#include "agent/turbo/turbo_definition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace vc::agent {

namespace {

// The file of one package, and its text, from which errors take their lines.
struct PackageTurbo {
  TurboText source;
  TurboFile file;
};

class TurboWorkspace {
 public:
  TurboWorkspace(const Config& config, const std::vector<LoadedPackage>& loaded,
                 Workspace& workspace)
      : config_(config),
        turbo_(*config.turbo),
        loaded_(loaded),
        workspace_(workspace),
        passed_(turbo_passed_variables(turbo_)) {}

  Diagnostics run() {
    for (const Package& package : workspace_.packages) {
      by_name_.emplace(package.name, package.id);
      files_.push_back(package.directory.empty() ? std::nullopt : read(package));
    }
    for (Package& package : workspace_.packages) {
      if (package.directory.empty() && workspace_.packages.size() > 1) {
        add_root_tasks(package);
      } else {
        add_tasks(package);
      }
    }
    for (Package& package : workspace_.packages) {
      settle_overlaps(package);
    }
    return std::move(found_);
  }

 private:
  std::optional<PackageTurbo> read(const Package& package) {
    auto found = read_turbo_text(config_.root, package.directory);
    if (!found) {
      std::ranges::move(found.error(), std::back_inserter(found_));
      return std::nullopt;
    }
    std::optional<TurboText> text = *std::move(found);
    if (!text) {
      return std::nullopt;
    }
    auto file = parse_turbo_file(text->text, text->file, TurboPlace::package);
    if (!file) {
      std::ranges::move(file.error(), std::back_inserter(found_));
      return std::nullopt;
    }
    std::ranges::move(file->warnings, std::back_inserter(found_));
    return PackageTurbo{.source = *std::move(text), .file = *std::move(file)};
  }

  const std::vector<std::string>& variables_of(const Package& package) {
    const std::optional<Manifest>& manifest = loaded_[package.id].manifest;
    variables_ =
        manifest ? framework_variables(manifest->dependencies) : std::vector<std::string>();
    return variables_;
  }

  void add_override(Package& package, const std::string& name, const TurboTask& task) {
    TaskDefinition definition = turbo_definition(name, task,
                                                 {.package_manager = turbo_.package_manager,
                                                  .directory = package.directory,
                                                  .passed = passed_,
                                                  .framework_env = variables_});
    if (!config_.pipeline.contains(name)) {
      definition.given.insert(TaskKey::command);
    }
    package.overrides.insert_or_assign(name, std::move(definition));
  }

  // The root runs what was given to it alone: its scripts are usually what starts Turborepo.
  void add_root_tasks(Package& package) {
    package.inherits_no_task = true;
    variables_of(package);
    for (const auto& [id, task] : turbo_.tasks) {
      if (id.starts_with("//#")) {
        add_override(package, id.substr(kTurboRoot.size() + 1), task);
      }
    }
  }

  void add_tasks(Package& package) {
    const bool has_variables = !variables_of(package).empty();
    const std::vector<const TurboFile*> chain = chain_of(package.id);
    std::set<std::string_view> names;
    for (const auto& [name, task] : config_.pipeline) {
      names.insert(name);
    }
    for (const TurboFile* file : chain) {
      for (const auto& [name, task] : file->tasks) {
        names.insert(name);
      }
    }
    const std::string prefix = package.name + "#";
    for (auto task = turbo_.tasks.lower_bound(prefix);
         task != turbo_.tasks.end() && task->first.starts_with(prefix); ++task) {
      names.insert(std::string_view(task->first).substr(prefix.size()));
    }
    for (const std::string_view name : names) {
      add_task(package, std::string(name), chain, has_variables);
    }
  }

  void add_task(Package& package, const std::string& name,
                const std::vector<const TurboFile*>& chain, bool has_variables) {
    const auto exact = turbo_.tasks.find(package.name + "#" + name);
    const auto common = turbo_.tasks.find(name);
    bool differs = has_variables || exact != turbo_.tasks.end();
    std::optional<TurboTask> task;
    if (exact != turbo_.tasks.end()) {
      task = exact->second;
    } else if (common != turbo_.tasks.end()) {
      task = common->second;
    }
    for (const TurboFile* file : chain) {
      const auto own = file->tasks.find(name);
      if (own == file->tasks.end()) {
        continue;
      }
      differs = true;
      if (!own->second.inherits) {
        task = own->second.is_empty ? std::nullopt : std::optional(own->second);
      } else {
        task = merged_turbo_task(task.value_or(TurboTask()), own->second);
      }
    }
    if (!task) {
      package.tasks_not_inherited.insert(name);
    } else if (differs || depends_on_directory(*task)) {
      add_override(package, name, *task);
    }
  }

  // The files whose tasks count in the package, the strongest last, without the workspace's.
  std::vector<const TurboFile*> chain_of(PackageId id) {
    std::vector<const TurboFile*> chain;
    std::vector<PackageId> path;
    extend_chain(id, path, chain);
    return chain;
  }

  void extend_chain(PackageId id, std::vector<PackageId>& path,
                    std::vector<const TurboFile*>& chain) {
    const std::optional<PackageTurbo>& own = files_[id];
    if (!own || std::ranges::find(chain, &own->file) != chain.end()) {
      return;
    }
    path.push_back(id);
    for (const YamlText& name : own->file.extends) {
      if (name.text == kTurboRoot) {
        continue;
      }
      const auto other = by_name_.find(name.text);
      if (other == by_name_.end()) {
        fail(*own, codes::kUnknownPackage, name.at,
             fmt::format("no package is called \"{}\"", name.text));
      } else if (std::ranges::find(path, other->second) != path.end()) {
        fail(*own, codes::kCycle, name.at,
             fmt::format("\"{}\" extends this file, directly or not", name.text));
      } else {
        extend_chain(other->second, path, chain);
      }
    }
    path.pop_back();
    chain.push_back(&own->file);
  }

  // Once, however many packages extend the file.
  void fail(const PackageTurbo& from, int code, const SourcePosition& at, std::string message) {
    if (failed_at_.insert(fmt::format("{}:{}:{}", at.file, at.line, at.column)).second) {
      const SourceText source(from.source.file, from.source.text);
      found_.push_back(source.error(code, at, std::move(message)));
    }
  }

  const TaskDefinition* definition(const Package& package, const std::string& name) const {
    if (const auto own = package.overrides.find(name); own != package.overrides.end()) {
      return &own->second;
    }
    const auto common = config_.pipeline.find(name);
    const bool inherits = !package.inherits_no_task && !package.tasks_not_inherited.contains(name);
    return inherits && common != config_.pipeline.end() ? &common->second : nullptr;
  }

  // Turborepo lets two tasks write to the same files. A cached result of both would hold what the
  // other left behind: the one that stands later in its file goes without.
  void settle_overlaps(Package& package) {
    std::vector<const TaskDefinition*> writers;
    for (const auto& [name, script] : package.scripts) {
      const TaskDefinition* task = definition(package, name);
      if (task != nullptr && task->cache && !task->outputs.patterns.empty()) {
        writers.push_back(task);
      }
    }
    if (writers.size() < 2) {
      return;
    }
    std::ranges::sort(writers, {}, [](const TaskDefinition* task) {
      return std::tuple(task->at.line, task->at.column, std::string_view(task->name));
    });
    const auto [known, is_new] = losers_.emplace(writers, std::set<std::string>());
    if (is_new) {
      known->second = losers_among(writers);
    }
    for (const std::string& name : known->second) {
      TaskDefinition task = *definition(package, name);
      task.cache = false;
      task.incremental = true;
      task.given.insert(TaskKey::cache);
      task.given.insert(TaskKey::incremental);
      package.overrides.insert_or_assign(name, std::move(task));
    }
  }

  std::set<std::string> losers_among(const std::vector<const TaskDefinition*>& writers) {
    std::set<std::string> losers;
    for (std::size_t i = 0; i < writers.size(); ++i) {
      for (std::size_t j = i + 1; j < writers.size() && !losers.contains(writers[i]->name); ++j) {
        const auto overlap =
            find_overlap(writers[i]->outputs.patterns, writers[j]->outputs.patterns);
        if (overlap && losers.insert(writers[j]->name).second) {
          Diagnostic warning = config_error(
              config_, codes::kOutputsOverlap, writers[j]->outputs.positions[overlap->second],
              fmt::format("output \"{}\" of \"{}\" can be the same file as output \"{}\" of "
                          "\"{}\": \"{}\" is not cached",
                          writers[j]->outputs.patterns[overlap->second], writers[j]->name,
                          writers[i]->outputs.patterns[overlap->first], writers[i]->name,
                          writers[j]->name),
              "let each task write to a folder of its own, or exclude the other's with \"!\"");
          warning.severity = Severity::warning;
          found_.push_back(std::move(warning));
        }
      }
    }
    return losers;
  }

  const Config& config_;
  const TurboFile& turbo_;
  const std::vector<LoadedPackage>& loaded_;
  Workspace& workspace_;
  std::vector<std::string> passed_;
  std::vector<std::string> variables_;  // Of the package that is looked at.
  std::map<std::string, PackageId, std::less<>> by_name_;
  std::vector<std::optional<PackageTurbo>> files_;  // By package.
  std::map<std::vector<const TaskDefinition*>, std::set<std::string>> losers_;
  std::set<std::string> failed_at_;
  Diagnostics found_;
};

}  // namespace

Diagnostics add_turbo_tasks(const Config& config, const std::vector<LoadedPackage>& loaded,
                            Workspace& workspace) {
  return TurboWorkspace(config, loaded, workspace).run();
}

}  // namespace vc::agent
