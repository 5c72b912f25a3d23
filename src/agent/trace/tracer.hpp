// Tracer: watches the processes of one task: those that Processes starts with it, one after the
// other, and all that these start.
#pragma once

#include "agent/trace/access_log.hpp"
#include "agent/trace/trace_supervisor.hpp"
#include "core/fd.hpp"
#include "core/files.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace vc::agent {

class Tracer {
 public:
  // `root` is the workspace, absolute and without links.
  explicit Tracer(const fs::path& root) : log_(root.string()) {}

  // The two ends of the launcher's socket (trace_launcher.hpp).
  struct Line {
    UniqueFd ours;
    UniqueFd launchers;
  };

  static Result<Line> open_line();
  // Once the launcher runs and its end is closed here: blocks until the command has taken its
  // place. A command that cannot be started is an error; one that cannot be traced is not.
  Result<void> follow(const UniqueFd& line, const std::string& program);

  // Why some process was not traced; nullopt: all were.
  std::optional<std::string> untraced() const;
  // The task is over.
  Trace finish();
  // Ends what the task has left running, for it cannot go on without us; returns how many.
  std::size_t end_survivors();

 private:
  AccessLog log_;
  mutable std::mutex mutex_;
  std::optional<std::string> untraced_;
  std::vector<std::unique_ptr<TraceSupervisor>> supervisors_;
};

}  // namespace vc::agent
