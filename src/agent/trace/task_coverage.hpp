// TaskCoverage: what the definition of one task of a run covers: its inputs and outputs, and those
// of every task it depends on, for these are in its key by way of theirs. Where it depends on what
// another one makes, only that is in its key: no source, and nothing of what is behind it.
#pragma once

#include "agent/fingerprint/git_repository.hpp"
#include "agent/fingerprint/input_scanner.hpp"
#include "agent/run/run_context.hpp"
#include "agent/trace/findings.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

namespace vc::agent {

// What all tasks of a run have in common. `context` must outlive it.
class WorkspaceCoverage {
 public:
  explicit WorkspaceCoverage(const RunContext& context);

  // The tasks, in this run's graph or not, that declare `path` as their output.
  std::vector<std::string> makers_of(std::string_view path) const;
  // "" for what is in no package but the root's.
  const std::string& package_around(std::string_view path) const;
  // By .gitignore files; a directory above it counts too. Safe for concurrent use.
  bool is_ignored(const std::string& path) const;

 private:
  struct Maker {
    std::string label;
    std::string directory;
    const GlobSet* outputs = nullptr;
  };

  std::map<std::vector<std::string>, GlobSet> globs_;
  std::map<std::string, std::vector<Maker>, std::less<>> makers_;  // By package directory.
  std::set<std::string, std::less<>> directories_;                 // Of packages.
  const std::string no_directory_;
  mutable std::mutex mutex_;
  mutable std::optional<GitRepository> repository_;
};

class TaskCoverage final : public Coverage {
 public:
  // Both must outlive this object.
  TaskCoverage(const RunContext& context, const WorkspaceCoverage& workspace, TaskId task);

  bool is_input(const std::string& path) const override;
  bool would_be_input(const std::string& path) const override;
  bool is_listing_covered(const std::string& directory) const override;
  bool is_own_output(const std::string& path) const override;
  bool may_hold_own_outputs(const std::string& directory) const override;
  bool is_dependency_output(const std::string& path) const override;
  std::optional<std::string> maker_of(const std::string& path) const override;
  bool has_lockfile() const override;

 private:
  void find_closure();
  void add_inputs(const PackageInputs& inputs, std::uint32_t selector);
  bool selects(const PackageInputs& inputs, std::uint32_t selector, std::string_view path) const;

  const RunContext& context_;
  const WorkspaceCoverage& workspace_;
  const TaskId task_;
  std::set<TaskId> closure_;  // Whose keys are in its own, with the task itself.
  std::set<TaskId> made_;     // Of which only the outputs are.
  std::unordered_set<std::string> inputs_;
  std::unordered_set<std::string> input_directories_;  // With inputs that patterns chose in them.
};

}  // namespace vc::agent
