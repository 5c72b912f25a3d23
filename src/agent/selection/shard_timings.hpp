// Timings for shards, out of what `run --json` and `plan --json` print.
#pragma once

#include "agent/selection/shard.hpp"
#include "core/files.hpp"

namespace vc::agent {

inline constexpr std::uint64_t kTimingsBytesMax = 64ULL << 20;

// Adds to `timings` the tasks of {"tasks": [{"task": "web#test", "duration_ms": 1200}, ...]}, other
// members aside; what is there already gets the later value. A duration of 0 is an unknown one.
// Errc::invalid names what is wrong.
Result<void> add_timings(std::string_view json, TaskTimings& timings);

// The same for files, in their order; errors name the file. One that does not exist is an error.
Result<TaskTimings> read_timings(const std::vector<std::string>& files, const fs::path& directory);

}  // namespace vc::agent
