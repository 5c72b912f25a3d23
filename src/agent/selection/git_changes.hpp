// GitChanges: ChangedFiles as the git repository around the workspace tells them.
#pragma once

#include "agent/selection/changed_files.hpp"
#include "agent/selection/git_command.hpp"

namespace vc::agent {

class GitChanges final : public ChangedFiles {
 public:
  // `git` stands in the root of the workspace and must outlive this.
  explicit GitChanges(GitCommand& git) : git_(git) {}

  Result<std::vector<std::string>> changed(const ChangeQuery& query) override;
  Result<Contents> contents(const ChangeQuery& query, const std::string& file) override;

 private:
  Result<std::string> content_at(const std::string& commit, const std::string& file);
  // The revision's commit; Errc::invalid says that it is unknown.
  Result<std::string> commit_of(const std::string& revision);
  Result<std::string> base_of(const ChangeQuery& query, const std::string& from,
                              const std::string& to);
  Result<void> add_differences(std::vector<std::string> between, std::vector<std::string>& files);
  Result<void> add_untracked(std::vector<std::string>& files);

  GitCommand& git_;
};

}  // namespace vc::agent
