// RunTrace: the tracing of one run: a tracer for each task that is executed, and a report of each.
#pragma once

#include "agent/run/run_context.hpp"
#include "agent/trace/task_coverage.hpp"
#include "agent/trace/trace_report.hpp"
#include "agent/trace/tracer.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>

namespace vc::agent {

inline constexpr std::size_t kTraceLinesMax = 20;  // Of one task, in the output of a run.

class RunTrace {
 public:
  // `context` must outlive this object.
  explicit RunTrace(const RunContext& context) : context_(context), workspace_(context) {}

  // Ends what traced tasks have left running.
  ~RunTrace();
  RunTrace(const RunTrace&) = delete;
  RunTrace& operator=(const RunTrace&) = delete;
  RunTrace(RunTrace&&) = delete;
  RunTrace& operator=(RunTrace&&) = delete;

  // For the processes of this task. Safe for concurrent use, as is finish().
  Tracer& tracer_of(TaskId task);
  // The task is done; when it was executed: saves its report and tells what is in it.
  void finish(TaskId task, TaskResult result);
  // "traced 12 tasks: 10 say all they read and write, 2 do not (velocity-cli trace)".
  std::string summary() const;

 private:
  void tell(const TraceReport& report);
  void warn_once(std::string_view text);

  const RunContext& context_;
  WorkspaceCoverage workspace_;
  mutable std::mutex mutex_;
  std::map<TaskId, std::unique_ptr<Tracer>> tracers_;
  std::size_t clean_ = 0;
  std::size_t findings_ = 0;  // Tasks with some.
  std::size_t untraced_ = 0;
  std::string told_;
};

}  // namespace vc::agent
