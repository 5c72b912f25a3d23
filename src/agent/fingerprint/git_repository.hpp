// GitRepository: what the repository around a workspace says about which of its files count.
//
// Nothing runs git. What one person's home directory says (core.excludesFile) does not count: a key
// must not depend on who builds.
#pragma once

#include "agent/fingerprint/ignore_rules.hpp"
#include "agent/git_index.hpp"
#include "core/files.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace vc::agent {

// Paths here are relative to the top: the working tree's root, or the workspace's when there is no
// repository.
class GitRepository {
 public:
  // `workspace_root` is absolute and without symbolic links.
  static Result<GitRepository> open(const fs::path& workspace_root);

  // The workspace in the repository: "" or "tools/web/".
  const std::string& prefix() const { return prefix_; }

  const GitIndex& tracked() const { return tracked_; }

  // Why `tracked` is empty although there is an index; "" otherwise.
  const std::string& problem() const { return problem_; }

  // The patterns that apply to what is in `directory`, those of its own .gitignore apart. Where the
  // directory itself is ignored, as a checkout inside another's build directory is, nothing from
  // above it applies: else all that is in it would count for nothing, and no edit would ever be
  // seen. Not safe for concurrent use.
  Result<std::shared_ptr<const IgnoreScope>> scope_around(const std::string& directory);
  // The same with its own .gitignore.
  Result<std::shared_ptr<const IgnoreScope>> scope_inside(const std::string& directory);

 private:
  Result<void> read_git_directory(const fs::path& git_directory);

  fs::path top_;
  std::string prefix_;
  GitIndex tracked_;
  std::string problem_;
  std::shared_ptr<const IgnoreScope> exclude_;  // .git/info/exclude
  std::map<std::string, std::shared_ptr<const IgnoreScope>> scopes_;
};

// Of a workspace in a linked worktree (gitrepository-layout(5), commondir): the same directory in
// the main one, if it is there. nullopt everywhere else, submodules and bare repositories included.
std::optional<fs::path> in_main_worktree(const fs::path& workspace_root);

// `outer` with the .gitignore of the directory added; as git, one that is a link does not count.
Result<std::shared_ptr<const IgnoreScope>> with_gitignore(std::shared_ptr<const IgnoreScope> outer,
                                                          int directory_fd,
                                                          std::string_view directory);

}  // namespace vc::agent
