// Summary: what a run comes to in one line, and as JSON.
#pragma once

#include "agent/progress.hpp"
#include "agent/task_graph.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

struct Summary {
  std::size_t tasks = 0;
  std::size_t hits_local = 0;
  std::size_t hits_remote = 0;
  std::size_t executed = 0;  // With success.
  std::size_t failed = 0;
  std::size_t interrupted = 0;
  std::size_t not_run = 0;
  std::size_t verified = 0;        // Of the hits.
  std::size_t not_reproduced = 0;  // Of those verified.
  std::uint64_t wall_ms = 0;
  std::uint64_t saved_ms = 0;  // What the hits took when they were executed.
  std::uint64_t bytes_down = 0;
  std::uint64_t bytes_up = 0;
  // The longest chain of executed tasks, one waiting for the other: its last task, its time.
  std::string critical_task;
  std::uint64_t critical_ms = 0;
};

// `reports` by TaskId; those of nodes without a command are not counted.
Summary summarize(const TaskGraph& graph, std::span<const TaskReport> reports);

// "12 tasks, 10 cached (9 remote), 41 s, saved 6 m 12 s, 88 MB down; critical path web#build 38 s"
std::string render(const Summary& summary);

// One object: the totals and every task. `remote` is the line said at the start.
std::string to_json(const Summary& summary, const TaskGraph& graph,
                    std::span<const TaskReport> reports, std::string_view remote, int exit_code);

std::string_view name_of(TaskResult result);

}  // namespace vc::agent
