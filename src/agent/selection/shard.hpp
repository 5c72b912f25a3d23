// Shards: the tasks of a run, divided among machines that do not talk to each other.
//
// Every machine makes the whole division by itself and takes its part. So it may only depend on
// what all of them have: the checkout, the command line, and a file of timings that all are given.
// What a cache answers differs from one moment to the next and does not count.
#pragma once

#include "agent/task_graph.hpp"
#include "core/result.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

inline constexpr unsigned kShardsMax = 1000;

struct Shard {
  unsigned number = 1;  // From 1.
  unsigned count = 1;
};

// "2/4". Errc::invalid says what is wrong.
Result<Shard> parse_shard(std::string_view text);

using TaskTimings = std::map<std::string, std::uint64_t, std::less<>>;  // Milliseconds by label.

struct ShardPlan {
  // What can only be divided as a whole: the requested tasks of one package, which usually need
  // each other.
  struct Unit {
    std::string package;
    std::vector<std::string> labels;  // Sorted.
    std::uint64_t weight_ms = 0;
    unsigned shard = 0;  // From 0.
  };

  std::vector<Unit> units;               // The heaviest first.
  std::vector<std::uint64_t> shards_ms;  // The weight of each shard.
  std::size_t tasks = 0;
  std::size_t timed = 0;  // Tasks whose duration was known.
};

// Longest processing time first (Graham 1969): the heaviest shard has at most 4/3 - 1/(3 * count)
// of the weight it would have in the best division. The order of the tasks in the graph does not
// matter. A task without a timing weighs as much as the median of those that have one.
ShardPlan divide(const TaskGraph& graph, const TaskTimings& timings, unsigned count);

// The labels of the shard's tasks.
std::vector<std::string> tasks_of(const ShardPlan& plan, Shard shard);

}  // namespace vc::agent
