#include "agent/selection/shard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <tuple>
#include <utility>

namespace vc::agent {

namespace {

// Of a task about which nothing is known, when nothing is known about any.
constexpr std::uint64_t kUnknownMs = 1000;
// Of one task; sums of all tasks stay far from overflow.
constexpr std::uint64_t kTaskMsMax = std::uint64_t{1} << 40U;

std::optional<unsigned> number_in(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(number)
                                                                  : std::nullopt;
}

std::uint64_t median_of(std::vector<std::uint64_t> values) {
  if (values.empty()) {
    return kUnknownMs;
  }
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

}  // namespace

Result<Shard> parse_shard(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto number = number_in(text.substr(0, slash));
  const auto count =
      slash == std::string_view::npos ? std::nullopt : number_in(text.substr(slash + 1));
  if (!number || !count) {
    return fail(Errc::invalid, fmt::format("\"{}\" is no shard: write 2/4", text));
  }
  if (*count == 0 || *count > kShardsMax || *number == 0 || *number > *count) {
    return fail(Errc::invalid, fmt::format("\"{}\" is no shard: the first number is 1 to the "
                                           "second, which is at most {}",
                                           text, kShardsMax));
  }
  return Shard{.number = *number, .count = *count};
}

ShardPlan divide(const TaskGraph& graph, const TaskTimings& timings, unsigned count) {
  ShardPlan plan;
  plan.shards_ms.assign(count, 0);
  std::vector<std::uint64_t> known;
  std::map<PackageId, ShardPlan::Unit> by_package;
  for (const TaskNode& task : graph.tasks) {
    if (!task.requested) {
      continue;
    }
    ++plan.tasks;
    ShardPlan::Unit& unit = by_package[task.package];
    unit.package = task.label.substr(0, task.label.size() - task.name.size() - 1);
    unit.labels.push_back(task.label);
    if (const auto timing = timings.find(task.label); timing != timings.end()) {
      known.push_back(std::min(timing->second, kTaskMsMax));
    }
  }
  plan.timed = known.size();
  const std::uint64_t unknown_ms = median_of(std::move(known));
  for (auto& [package, unit] : by_package) {
    std::ranges::sort(unit.labels);
    for (const std::string& label : unit.labels) {
      const auto timing = timings.find(label);
      unit.weight_ms += timing == timings.end() ? unknown_ms : std::min(timing->second, kTaskMsMax);
    }
    plan.units.push_back(std::move(unit));
  }
  std::ranges::sort(plan.units, [](const ShardPlan::Unit& a, const ShardPlan::Unit& b) {
    return std::tie(b.weight_ms, a.package) < std::tie(a.weight_ms, b.package);
  });
  // Among shards of equal weight the one with fewer units, so that weights of 0 spread too.
  std::vector<std::size_t> units(count);
  for (ShardPlan::Unit& unit : plan.units) {
    for (unsigned shard = 1; shard < count; ++shard) {
      if (std::tie(plan.shards_ms[shard], units[shard]) <
          std::tie(plan.shards_ms[unit.shard], units[unit.shard])) {
        unit.shard = shard;
      }
    }
    plan.shards_ms[unit.shard] += unit.weight_ms;
    ++units[unit.shard];
  }
  return plan;
}

std::vector<std::string> tasks_of(const ShardPlan& plan, Shard shard) {
  std::vector<std::string> labels;
  for (const ShardPlan::Unit& unit : plan.units) {
    if (unit.shard + 1 == shard.number) {
      labels.insert(labels.end(), unit.labels.begin(), unit.labels.end());
    }
  }
  std::ranges::sort(labels);
  return labels;
}

}  // namespace vc::agent
