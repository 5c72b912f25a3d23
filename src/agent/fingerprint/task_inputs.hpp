// TaskInputs: the files in a task's key, and what is needed to find them again.
#pragma once

#include "agent/fingerprint/input_scanner.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace vc::agent {

// What one run found in the whole workspace; its tasks share it.
struct ScannedWorkspace {
  std::shared_ptr<const InputScanner> scanner;
  std::vector<PackageInputs> requests;  // By request of the InputPlan; the last is the workspace's.
  // Packages that count for every task: of each its request, and the selector of all its files.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> everywhere;
};

struct TaskInputs {
  std::shared_ptr<const ScannedWorkspace> workspace;
  std::uint32_t request = 0;
  std::uint32_t selector = 0;
  std::uint32_t root_selector = 0;  // Of the workspace's request; 0: the task names no file there.
  bool reads_workspace = false;     // Lockfile, `global_inputs` and `everywhere` count.
  // Certain files of the workspace's request that count for the package; sorted. May be null: none.
  std::shared_ptr<const std::vector<std::string>> workspace_files;
};

}  // namespace vc::agent
