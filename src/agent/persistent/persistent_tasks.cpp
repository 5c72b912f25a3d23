#include "agent/persistent/persistent_tasks.hpp"

#include "agent/exit_code.hpp"
#include "agent/persistent/output_watch.hpp"
#include "agent/persistent/port_probe.hpp"
#include "agent/quantities.hpp"
#include "agent/run/exit_reason.hpp"
#include "core/assert.hpp"

#include <fmt/core.h>

#include <utility>

namespace vc::agent {

namespace {

constexpr std::chrono::milliseconds kProbeInterval{50};

std::uint64_t milliseconds_between(SteadyTime from, SteadyTime to) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(to - from).count());
}

}  // namespace

PersistentTasks::~PersistentTasks() {
  end_all();
}

bool PersistentTasks::start(PersistentSpec spec) {
  std::unique_ptr<Task> former;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = tasks_.find(spec.label);
    if (found != tasks_.end()) {
      const Task& running = *found->second;
      if (running.spec.identity == spec.identity &&
          running.status.state != PersistentState::ended) {
        return false;
      }
      former = std::move(found->second);
      tasks_.erase(found);
    }
  }
  if (former) {
    end(*former);
  }
  const std::scoped_lock lock(mutex_);
  auto& task = *tasks_.emplace(spec.label, std::make_unique<Task>()).first->second;
  task.spec = std::move(spec);
  task.started = clock_.steady_now();
  if (!task.spec.ready_when) {
    task.status.state = PersistentState::ready;
  }
  task.runner = std::jthread([this, &task] { run(task); });
  return true;
}

PersistentStatus PersistentTasks::wait_until_ready(const std::string& label,
                                                   const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  PersistentStatus seen;
  changed_.wait(lock, stop, [&] {
    // Looked up again each time: it may have been replaced meanwhile.
    const auto found = tasks_.find(label);
    if (found == tasks_.end()) {
      return false;
    }
    seen = found->second->status;
    return seen.state != PersistentState::starting;
  });
  return seen;
}

std::optional<PersistentStatus> PersistentTasks::status(const std::string& label) const {
  const std::scoped_lock lock(mutex_);
  const auto found = tasks_.find(label);
  return found == tasks_.end() ? std::nullopt : std::optional(found->second->status);
}

void PersistentTasks::end_all() {
  std::vector<Task*> tasks;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [label, task] : tasks_) {
      tasks.push_back(task.get());
    }
  }
  for (Task* task : tasks) {
    task->stop.request_stop();  // All at once, so that the graces do not add up.
  }
  for (Task* task : tasks) {
    end(*task);
  }
}

void PersistentTasks::end(Task& task) {
  task.stop.request_stop();
  if (task.runner.joinable()) {
    task.runner.join();
  }
}

void PersistentTasks::run(Task& task) {
  const std::optional<ReadyWhen>& ready_when = task.spec.ready_when;
  if (ready_when && ready_when->kind == ReadyWhen::Kind::port && is_port_open(ready_when->port)) {
    set_failed(task, FailureCause::command,
               fmt::format("port {} is taken by something else", ready_when->port));
  } else {
    if (ready_when) {
      task.prober = std::jthread([this, &task](const std::stop_token& stop) { probe(task, stop); });
    }
    const auto exit = run_processes(task);
    if (task.prober.joinable()) {
      task.prober.request_stop();
      task.prober.join();
    }
    if (!exit) {
      set_failed(task, FailureCause::command, exit.error().message);
    } else if (!task.stop.stop_requested() && !end_is_expected_) {
      set_failed(task, FailureCause::command, "ended by itself: " + exit_reason(*exit));
      const std::scoped_lock lock(mutex_);
      task.status.exit_status =
          exit->signal != 0 ? exit_code_of_signal(exit->signal) : exit->status;
    }
  }
  // Told at once: its report is for the end of the run.
  if (const auto ended = status(task.spec.label); ended && !ended->failure.empty()) {
    progress_.remark(task.spec.label, ended->failure);
  }
  const std::scoped_lock lock(mutex_);
  task.status.state = PersistentState::ended;
  if (!task.status.failure.empty()) {
    task.status.log = task.log.encoded();
  }
  changed_.notify_all();
}

Result<ProcessExit> PersistentTasks::run_processes(Task& task) {
  std::optional<OutputWatch> watch;
  if (task.spec.ready_when) {
    watch.emplace(*task.spec.ready_when);
  }
  ProcessExit exit;
  for (ProcessSpec& process : task.spec.processes) {
    process.stop = task.stop.get_token();
    process.timeout = {};
    VC_TRY(exit, processes_.run(process,
                                [&](OutputStream stream, auto since_start, std::string_view bytes) {
                                  task.log.append(stream, since_start, bytes);
                                  progress_.output(task.spec.label, stream, bytes);
                                  if (watch && watch->feed(stream, bytes)) {
                                    watch.reset();
                                    set_ready(task);
                                  }
                                }));
    if (!exit.succeeded() || task.stop.stop_requested()) {
      break;
    }
  }
  return exit;
}

void PersistentTasks::probe(Task& task, const std::stop_token& stop) {
  VC_ASSERT(task.spec.ready_when.has_value());
  const ReadyWhen& ready_when = *task.spec.ready_when;
  const auto is_starting = [&] { return task.status.state == PersistentState::starting; };
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested() && is_starting()) {
    if (ready_when.kind == ReadyWhen::Kind::port) {
      lock.unlock();
      if (is_port_open(ready_when.port)) {
        set_ready(task);
        return;
      }
      lock.lock();
    }
    if (task.spec.timeout.count() > 0 && clock_.steady_now() - task.started >= task.spec.timeout) {
      lock.unlock();
      set_failed(task, FailureCause::timeout,
                 "not ready after " +
                     duration_text(milliseconds_between(task.started, clock_.steady_now())));
      task.stop.request_stop();
      return;
    }
    changed_.wait_for(lock, stop, kProbeInterval, [&] { return !is_starting(); });
  }
}

void PersistentTasks::set_ready(Task& task) {
  {
    const std::scoped_lock lock(mutex_);
    if (task.status.state != PersistentState::starting || !task.status.failure.empty()) {
      return;
    }
    task.status.state = PersistentState::ready;
    task.status.ready_ms = milliseconds_between(task.started, clock_.steady_now());
    changed_.notify_all();
  }
  progress_.remark(task.spec.label, "ready after " + duration_text(task.status.ready_ms));
}

void PersistentTasks::set_failed(Task& task, FailureCause cause, std::string why) {
  const std::scoped_lock lock(mutex_);
  if (task.status.failure.empty()) {
    task.status.failure = std::move(why);
    task.status.cause = cause;
    task.status.exit_status = to_int(ExitCode::task_failed);
  }
}

}  // namespace vc::agent
