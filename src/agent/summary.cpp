#include "agent/summary.hpp"

#include "agent/key_json.hpp"
#include "agent/quantities.hpp"
#include "agent/verify/verification_report.hpp"
#include "wire/json_writer.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace vc::agent {

namespace {

void count(Summary& summary, const TaskReport& report) {
  ++summary.tasks;
  if (report.verification) {
    ++summary.verified;
    summary.not_reproduced += report.verification->is_mismatch() ? 1U : 0U;
  }
  switch (report.result) {
    case TaskResult::hit_local:
      ++summary.hits_local;
      summary.saved_ms += report.duration_ms;
      break;
    case TaskResult::hit_remote:
      ++summary.hits_remote;
      summary.saved_ms += report.duration_ms;
      break;
    case TaskResult::succeeded:
      ++summary.executed;
      break;
    case TaskResult::failed:
      ++summary.failed;
      break;
    case TaskResult::interrupted:
      ++summary.interrupted;
      break;
    case TaskResult::skipped:
      ++summary.not_run;
      break;
  }
}

bool was_executed(TaskResult result) {
  return result == TaskResult::succeeded || result == TaskResult::failed;
}

}  // namespace

std::string_view name_of(TaskResult result) {
  switch (result) {
    case TaskResult::hit_local:
      return "hit_local";
    case TaskResult::hit_remote:
      return "hit_remote";
    case TaskResult::succeeded:
      return "executed";
    case TaskResult::failed:
      return "failed";
    case TaskResult::interrupted:
      return "interrupted";
    case TaskResult::skipped:
      break;
  }
  return "not_run";
}

Summary summarize(const TaskGraph& graph, std::span<const TaskReport> reports) {
  Summary summary;
  std::vector<std::uint64_t> chain_ms(graph.tasks.size(), 0);
  for (TaskId task = 0; task < graph.tasks.size(); ++task) {
    const TaskNode& node = graph.tasks[task];
    for (const TaskId dependency : node.dependencies) {
      chain_ms[task] = std::max(chain_ms[task], chain_ms[dependency]);
    }
    if (!node.has_command) {
      continue;
    }
    const TaskReport& report = reports[task];
    count(summary, report);
    if (was_executed(report.result)) {
      chain_ms[task] += report.duration_ms;
      if (chain_ms[task] >= summary.critical_ms) {
        summary.critical_ms = chain_ms[task];
        summary.critical_task = node.label;
      }
    }
  }
  return summary;
}

std::string render(const Summary& summary) {
  const std::size_t cached = summary.hits_local + summary.hits_remote;
  std::string line =
      fmt::format("{} task{}, {} cached", summary.tasks, summary.tasks == 1 ? "" : "s", cached);
  if (summary.hits_remote > 0) {
    line += fmt::format(" ({} remote)", summary.hits_remote);
  }
  const auto add_count = [&](std::size_t number, std::string_view word) {
    if (number > 0) {
      line += fmt::format(", {} {}", number, word);
    }
  };
  add_count(summary.failed, "failed");
  add_count(summary.interrupted, "interrupted");
  add_count(summary.not_run, "not run");
  line += ", " + duration_text(summary.wall_ms);
  if (cached > 0) {
    line += ", saved " + duration_text(summary.saved_ms);
  }
  if (summary.bytes_down > 0) {
    line += ", " + size_text(summary.bytes_down) + " down";
  }
  if (summary.bytes_up > 0) {
    line += ", " + size_text(summary.bytes_up) + " up";
  }
  if (!summary.critical_task.empty()) {
    line += fmt::format("; critical path {} {}", summary.critical_task,
                        duration_text(summary.critical_ms));
  }
  return line;
}

std::string to_json(const Summary& summary, const TaskGraph& graph,
                    std::span<const TaskReport> reports, std::string_view remote, int exit_code) {
  std::string out;
  wire::JsonWriter json(out);
  json.open('{');
  json.member("exit_code", static_cast<std::uint64_t>(exit_code));
  json.member("remote", remote);
  json.member("tasks_total", static_cast<std::uint64_t>(summary.tasks));
  json.member("cached_local", static_cast<std::uint64_t>(summary.hits_local));
  json.member("cached_remote", static_cast<std::uint64_t>(summary.hits_remote));
  json.member("executed", static_cast<std::uint64_t>(summary.executed));
  json.member("failed", static_cast<std::uint64_t>(summary.failed));
  json.member("interrupted", static_cast<std::uint64_t>(summary.interrupted));
  json.member("not_run", static_cast<std::uint64_t>(summary.not_run));
  json.member("verified", static_cast<std::uint64_t>(summary.verified));
  json.member("not_reproduced", static_cast<std::uint64_t>(summary.not_reproduced));
  json.member("wall_ms", summary.wall_ms);
  json.member("saved_ms", summary.saved_ms);
  json.member("bytes_down", summary.bytes_down);
  json.member("bytes_up", summary.bytes_up);
  json.member("critical_task", summary.critical_task);
  json.member("critical_ms", summary.critical_ms);
  json.name("tasks");
  json.open('[');
  for (TaskId task = 0; task < graph.tasks.size(); ++task) {
    if (!graph.tasks[task].has_command) {
      continue;
    }
    const TaskReport& report = reports[task];
    json.open('{');
    json.member("task", graph.tasks[task].label);
    write_key(json, report.key);
    json.member("result", name_of(report.result));
    json.member("duration_ms", report.duration_ms);
    if (!report.is_restored) {
      json.name("restored");
      json.boolean(false);
    }
    if (report.result == TaskResult::failed) {
      json.member("exit_status", static_cast<std::uint64_t>(report.exit_status));
      json.member("why", report.why);
    }
    if (was_executed(report.result)) {
      json.member("attempts", static_cast<std::uint64_t>(report.attempts));
    }
    write_verification(json, report);
    json.close('}');
  }
  json.close(']');
  json.close('}');
  return out + "\n";
}

}  // namespace vc::agent
