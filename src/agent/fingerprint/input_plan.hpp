// InputPlan: which files have to be looked at for a task graph: one request for each package, with
// one selector for each way its tasks choose among the files.
#pragma once

#include "agent/fingerprint/input_scanner.hpp"
#include "agent/task_graph.hpp"

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace vc::agent {

struct InputPlan {
  // Requests 0 to n-1 are packages; the last one is the workspace's own: lockfile, `global_inputs`
  // (selector 0) and what inputs of tasks name there.
  std::vector<ScanRequest> requests;
  std::vector<PackageRules> rules;  // Of every package, asked for or not.
  InputScanner::IgnoreFiles ignore_files = InputScanner::IgnoreFiles::unused;

  struct Place {
    std::uint32_t request = 0;
    std::uint32_t selector = 0;
    std::uint32_t root_selector = 0;  // Of the workspace's request; 0 for none.
  };

  std::vector<Place> places;                                        // By TaskId.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> everywhere;  // As in ScannedWorkspace.

  std::uint32_t workspace_request() const {
    return static_cast<std::uint32_t>(requests.size() - 1);
  }
};

std::expected<InputPlan, Diagnostics> plan_inputs(const Config& config, const Workspace& workspace,
                                                  const TaskGraph& graph);

}  // namespace vc::agent
