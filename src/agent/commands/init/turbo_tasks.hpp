// TurboTasks: which tasks a turbo.json gives each package, and what they may wait for in a
// velocity.yml.
#pragma once

#include "agent/commands/init/draft.hpp"
#include "agent/turbo/turbo_config.hpp"
#include "agent/workspace.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

class TurboTasks {
 public:
  // Both must outlive it; `config` is that of a turbo.json.
  TurboTasks(const Config& config, const Workspace& workspace);

  // As they stand in the file, then those of packages alone.
  const std::vector<std::string>& names() const { return names_; }

  // nullptr: turbo.json gives the package no such task.
  const TaskDefinition* definition(const Package& package, const std::string& name) const;

  // Whether a file says `"cache": false` of it itself. Blocking: reads the package's file.
  bool says_uncached(const Package& package, const std::string& name) const;

  // Makes `depends_on` and `with` of a task of `users` such that velocity.yml may say them, and
  // that they order what they ordered. What is left out is said in the task's comments.
  void settle_dependencies(DraftTask& task, std::span<const Package> users) const;

 private:
  bool is_known(std::string_view name) const;
  bool can_stand(std::string_view dependency) const;
  bool is_persistent(std::string_view dependency) const;
  bool drop_if_unknown(DraftTask& task, std::string_view key, const std::string& dependency) const;
  void wait_through_lacking(DraftTask& task, std::span<const Package> users) const;
  void add_waits_of_lacking(const Package& user, const std::string& name,
                            std::vector<std::string>& added) const;

  const Config& config_;
  const TurboFile& turbo_;
  const Workspace& workspace_;
  std::vector<std::string> names_;
};

}  // namespace vc::agent
