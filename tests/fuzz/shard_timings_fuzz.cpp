// Input: a file of --shard-timings. Whatever it is: an error, or timings that divide.

#include "agent/selection/shard_timings.hpp"
#include "core/assert.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vc::agent::TaskTimings timings;
  if (!vc::agent::add_timings({reinterpret_cast<const char*>(data), size}, timings)) {
    return 0;
  }
  vc::agent::TaskGraph graph;
  for (const auto& [label, ms] : timings) {
    VC_ASSERT(ms > 0);
    vc::agent::TaskNode task;
    task.package = static_cast<vc::agent::PackageId>(graph.tasks.size());
    task.label = label + "#test";
    task.name = "test";
    task.requested = true;
    graph.tasks.push_back(task);
  }
  const auto plan = vc::agent::divide(graph, timings, 3);
  VC_ASSERT(plan.tasks == graph.tasks.size());
  return 0;
}
