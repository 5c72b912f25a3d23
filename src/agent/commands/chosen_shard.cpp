#include "agent/commands/chosen_shard.hpp"

#include "agent/diagnostic_codes.hpp"
#include "agent/quantities.hpp"
#include "agent/selection/shard_timings.hpp"
#include "core/digest.hpp"

#include <fmt/format.h>

#include <numeric>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::size_t kDivisionDigits = 8;

std::string name_of_division(const ShardPlan& plan) {
  std::string text;
  for (const ShardPlan::Unit& unit : plan.units) {
    for (const std::string& label : unit.labels) {
      text += fmt::format("{} {}\n", unit.shard, label);
    }
  }
  return sha256(as_bytes(std::string_view(text))).hex().substr(0, kDivisionDigits);
}

std::string described(const ShardPlan& plan, Shard shard, std::size_t tasks) {
  std::string text =
      fmt::format("shard {}/{}: {} of {} tasks", shard.number, shard.count, tasks, plan.tasks);
  if (plan.timed > 0) {
    const std::uint64_t all =
        std::accumulate(plan.shards_ms.begin(), plan.shards_ms.end(), std::uint64_t{0});
    text +=
        fmt::format(", about {} of {} ({} timed)", duration_text(plan.shards_ms[shard.number - 1]),
                    duration_text(all), plan.timed);
  }
  return text + "; division " + name_of_division(plan);
}

}  // namespace

std::expected<ShardedGraph, Diagnostics> keep_shard(const TaskGraph& graph,
                                                    const SelectionArguments& arguments,
                                                    const Config& config,
                                                    const Workspace& workspace,
                                                    const fs::path& directory) {
  const Shard shard = arguments.shard.value_or(Shard{});
  const auto timings = read_timings(arguments.shard_timings, directory);
  if (!timings) {
    return std::unexpected(Diagnostics{
        {.code = codes::kBadTimings,
         .message = "--shard-timings: " + timings.error().message,
         .at = {},
         .source_line = {},
         .help = timings.error().hint.empty() ? "every shard needs the same files, or none at all"
                                              : timings.error().hint}});
  }
  const ShardPlan plan = divide(graph, *timings, shard.count);
  const std::vector<std::string> labels = tasks_of(plan, shard);
  ShardedGraph result{.graph = {}, .notice = described(plan, shard, labels.size())};
  if (!labels.empty()) {
    auto kept =
        build_task_graph(config, workspace, {.tasks = labels, .packages = {}, .chosen = {}});
    if (!kept) {
      return std::unexpected(std::move(kept).error());
    }
    result.graph = *std::move(kept);
  }
  return result;
}

}  // namespace vc::agent
