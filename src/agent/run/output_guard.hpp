// OutputGuard: keeps a run from removing or replacing what only looks like an output: files that
// git tracks, and the task's own inputs.
#pragma once

#include "agent/fingerprint/git_repository.hpp"
#include "agent/run/run_context.hpp"

#include <mutex>
#include <optional>

namespace vc::agent {

class OutputGuard {
 public:
  explicit OutputGuard(const RunContext& context) : context_(context) {}

  // Errc::invalid names the file, why it must stay, and the globs. Safe for concurrent use.
  Result<void> check(TaskId task);

 private:
  const GitRepository* repository();

  const RunContext& context_;
  std::once_flag opened_;
  std::optional<GitRepository> repository_;
};

}  // namespace vc::agent
