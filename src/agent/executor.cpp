#include "agent/executor.hpp"

#include "core/assert.hpp"

#include <fmt/core.h>

#include <signal.h>

#include <algorithm>
#include <thread>

namespace vc::agent {

namespace {

constexpr std::chrono::milliseconds kTick{100};
// When nobody reads our output nobody will press Ctrl-C a second time either.
constexpr std::chrono::seconds kPatienceWithoutReader{5};

std::vector<std::uint64_t> durations_of(const std::vector<TaskLookup>& lookups) {
  std::vector<std::uint64_t> out;
  out.reserve(lookups.size());
  for (const TaskLookup& lookup : lookups) {
    // A task that is in place takes no time.
    out.push_back(lookup.place == Place::current ? 0 : lookup.duration_ms);
  }
  return out;
}

}  // namespace

Executor::Executor(RunContext& context, Processes& processes, std::vector<TaskLookup> lookups)
    : context_(context),
      processes_(processes),
      lookups_(std::move(lookups)),
      reports_(context.graph.tasks.size()),
      scheduler_(context.graph, context.options.failure_policy, durations_of(lookups_)),
      transfers_(context, context.graph.tasks.size()),
      runner_(context, processes, transfers_) {
  for (TaskId task = 0; task < reports_.size(); ++task) {
    reports_[task].label = context.node(task).label;
    reports_[task].key = context.key(task);
  }
}

RunOutcome Executor::run() {
  start_downloads();
  {
    std::vector<std::jthread> workers;
    const std::size_t count = std::min<std::size_t>(context_.options.concurrency,
                                                    std::max<std::size_t>(1, reports_.size()));
    workers.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      workers.emplace_back([this] { work(); });
    }
    wait_for_tasks();
  }
  report_skipped();
  wait_for_uploads();
  const std::scoped_lock lock(mutex_);
  return {.reports = std::move(reports_), .transfers = transfers_.totals(), .signal = signal_};
}

void Executor::interrupt(int signal) {
  const std::scoped_lock lock(mutex_);
  const bool is_first = signal_ == 0;
  if (is_first) {
    signal_ = signal;
    scheduler_.stop();
  }
  stop_.request_stop();
  transfers_.give_up();
  processes_.signal_all(!is_first ? SIGKILL : (signal == SIGPIPE ? SIGTERM : signal));
  tell_change();
}

// All at once, in the order of the graph; a task waits for its download without taking the place of
// one that could run.
void Executor::start_downloads() {
  std::vector<TaskId> tasks;
  for (TaskId task = 0; task < lookups_.size(); ++task) {
    if (lookups_[task].place == Place::remote) {
      tasks.push_back(task);
      scheduler_.hold(task);
    }
  }
  for (const TaskId task : tasks) {
    const std::optional<RemoteArtifact>& artifact = lookups_[task].artifact;
    VC_ASSERT(artifact.has_value());
    transfers_.download(task, *artifact, [this, task] {
      const std::scoped_lock lock(mutex_);
      scheduler_.release(task);
      tell_change();
    });
  }
}

void Executor::work() {
  std::unique_lock lock(mutex_);
  while (!scheduler_.is_finished()) {
    const std::optional<TaskId> task = scheduler_.start_next();
    if (!task) {
      changed_.wait(lock);
      continue;
    }
    lock.unlock();
    TaskReport report = runner_.run(*task, lookups_[*task], stop_.get_token());
    lock.lock();
    const bool is_good =
        report.result != TaskResult::failed && report.result != TaskResult::interrupted;
    reports_[*task] = std::move(report);
    scheduler_.finish(*task, is_good ? TaskState::succeeded : TaskState::failed);
    tell_change();
  }
}

// The thread that waits for the end is left alone until then: it would wake for every task.
void Executor::tell_change() {
  changed_.notify_all();
  if (scheduler_.is_finished()) {
    finished_.notify_all();
  }
}

void Executor::wait_for_tasks() {
  std::optional<SteadyTime> broken_since;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      if (finished_.wait_for(lock, kTick, [this] { return scheduler_.is_finished(); })) {
        return;
      }
    }
    context_.progress.tick();
    const SteadyTime now = context_.clock.steady_now();
    if (context_.progress.is_broken() &&
        (!broken_since || now - *broken_since >= kPatienceWithoutReader)) {
      broken_since = now;
      interrupt(SIGPIPE);
    }
  }
}

void Executor::wait_for_uploads() {
  SteadyTime told = context_.clock.steady_now();
  transfers_.finish_uploads([&](std::size_t left) {
    constexpr std::chrono::seconds kTellEvery{5};
    if (context_.clock.steady_now() - told >= kTellEvery) {
      told = context_.clock.steady_now();
      context_.progress.waiting(fmt::format("waiting for {} uploads", left));
    }
    context_.progress.tick();
    return !stop_.stop_requested();
  });
}

void Executor::report_skipped() {
  for (TaskId task = 0; task < reports_.size(); ++task) {
    if (scheduler_.state(task) == TaskState::skipped && context_.node(task).has_command) {
      context_.progress.finished(reports_[task]);
    }
  }
}

}  // namespace vc::agent
