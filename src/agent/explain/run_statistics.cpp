#include "agent/explain/run_statistics.hpp"

#include "agent/output_path.hpp"
#include "agent/quantities.hpp"
#include "wire/json_writer.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace vc::agent {

namespace {

std::uint64_t percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : 100 * part / whole;
}

std::uint64_t runs_of(const TaskStatistics& task) {
  return task.hits + task.executions;
}

std::string ranking(std::string_view title, const std::vector<TaskStatistics>& tasks,
                    std::string (*describe)(const TaskStatistics&)) {
  if (tasks.empty()) {
    return "";
  }
  std::size_t width = 0;
  for (const TaskStatistics& task : tasks) {
    width = std::max(width, printable(task.label).size());
  }
  std::string out = fmt::format("\n{}\n", title);
  for (const TaskStatistics& task : tasks) {
    out += fmt::format("  {:<{}}  {}\n", printable(task.label), width, describe(task));
  }
  return out;
}

void write_ranking(wire::JsonWriter& json, std::string_view name,
                   const std::vector<TaskStatistics>& tasks) {
  json.name(name);
  json.open('[');
  for (const TaskStatistics& task : tasks) {
    json.open('{');
    json.member("task", task.label);
    json.member("hits", task.hits);
    json.member("executions", task.executions);
    json.member("failures", task.failures);
    json.member("mean_ms", task.mean_ms);
    json.member("longest_ms", task.longest_ms);
    json.close('}');
  }
  json.close(']');
}

template <class Before>
std::vector<TaskStatistics> first_of(std::vector<TaskStatistics> tasks, const Before& before) {
  std::ranges::sort(tasks, before);
  tasks.resize(std::min(tasks.size(), kRankedTasks));
  return tasks;
}

}  // namespace

RunStatistics statistics_of(std::span<const RecordedRun> runs) {
  RunStatistics out;
  std::map<std::string, TaskStatistics> tasks;
  std::map<std::string, std::uint64_t> total_ms;
  for (const RecordedRun& run : runs) {
    out.since_ms = out.runs == 0 ? run.time_ms : std::min(out.since_ms, run.time_ms);
    ++out.runs;
    out.runs_failed += run.exit_code == 0 ? 0 : 1;
    out.hits += run.hits.size();
    out.hits_remote += run.hits_remote;
    out.executions += run.executed.size() + run.failed.size();
    out.saved_ms += run.saved_ms;
    out.wall_ms += run.wall_ms;
    out.bytes_down += run.bytes_down;
    out.bytes_up += run.bytes_up;
    for (const std::string& label : run.hits) {
      ++tasks[label].hits;
    }
    for (const TimedTask& task : run.executed) {
      TaskStatistics& known = tasks[task.label];
      ++known.executions;
      known.longest_ms = std::max(known.longest_ms, task.duration_ms);
      total_ms[task.label] += task.duration_ms;
    }
    for (const std::string& label : run.failed) {
      ++tasks[label].executions;
      ++tasks[label].failures;
    }
  }
  for (auto& [label, task] : tasks) {
    task.label = label;
    const std::uint64_t good = task.executions - task.failures;
    task.mean_ms = good == 0 ? 0 : total_ms[label] / good;
    out.tasks.push_back(task);
  }
  return out;
}

std::vector<TaskStatistics> slowest(const RunStatistics& statistics) {
  std::vector<TaskStatistics> tasks = statistics.tasks;
  std::erase_if(tasks, [](const TaskStatistics& task) { return task.mean_ms == 0; });
  return first_of(std::move(tasks), [](const TaskStatistics& a, const TaskStatistics& b) {
    return std::tie(b.mean_ms, a.label) < std::tie(a.mean_ms, b.label);
  });
}

std::vector<TaskStatistics> least_cached(const RunStatistics& statistics) {
  std::vector<TaskStatistics> tasks = statistics.tasks;
  std::erase_if(
      tasks, [](const TaskStatistics& task) { return runs_of(task) < 2 || task.executions == 0; });
  return first_of(std::move(tasks), [](const TaskStatistics& a, const TaskStatistics& b) {
    const std::uint64_t a_share = a.executions * runs_of(b);
    const std::uint64_t b_share = b.executions * runs_of(a);
    return std::tie(b_share, a.label) < std::tie(a_share, b.label);
  });
}

std::string render(const RunStatistics& statistics) {
  if (statistics.runs == 0) {
    return "no run is recorded here\n";
  }
  const std::uint64_t results = statistics.hits + statistics.executions;
  std::string out = fmt::format(
      "{} run{}{}\n{} of {} results from a cache ({} %), {} of them from the remote\n"
      "{} saved, {} spent waiting for runs\n{} down, {} up\n",
      statistics.runs, statistics.runs == 1 ? "" : "s",
      statistics.runs_failed == 0 ? "" : fmt::format(", {} failed", statistics.runs_failed),
      statistics.hits, results, percent(statistics.hits, results), statistics.hits_remote,
      duration_text(statistics.saved_ms), duration_text(statistics.wall_ms),
      size_text(statistics.bytes_down), size_text(statistics.bytes_up));
  out += ranking("slowest when executed", slowest(statistics), [](const TaskStatistics& task) {
    return fmt::format("{} on average, {} at most", duration_text(task.mean_ms),
                       duration_text(task.longest_ms));
  });
  out += ranking("least often cached", least_cached(statistics), [](const TaskStatistics& task) {
    return fmt::format("executed {} of {} times ({} %)", task.executions, runs_of(task),
                       percent(task.executions, runs_of(task)));
  });
  return out;
}

std::string to_json(const RunStatistics& statistics) {
  std::string out;
  wire::JsonWriter json(out);
  json.open('{');
  json.member("runs", statistics.runs);
  json.member("runs_failed", statistics.runs_failed);
  json.member("since_ms", statistics.since_ms);
  json.member("hits", statistics.hits);
  json.member("hits_remote", statistics.hits_remote);
  json.member("executions", statistics.executions);
  json.member("saved_ms", statistics.saved_ms);
  json.member("wall_ms", statistics.wall_ms);
  json.member("bytes_down", statistics.bytes_down);
  json.member("bytes_up", statistics.bytes_up);
  write_ranking(json, "slowest", slowest(statistics));
  write_ranking(json, "least_cached", least_cached(statistics));
  json.close('}');
  return out + "\n";
}

}  // namespace vc::agent
