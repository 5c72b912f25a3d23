#include "agent/executor.hpp"

#include "agent/trace/run_trace.hpp"
#include "core/assert.hpp"

#include <fmt/core.h>

#include <signal.h>

#include <algorithm>
#include <iterator>
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

// Without a record of it, the artifact knows.
std::uint64_t duration_of_left(RunContext& context, TaskId task, const TaskLookup& lookup) {
  const bool is_known = lookup.duration_ms > 0 || lookup.place != Place::local;
  const auto cached = is_known ? std::nullopt : context.tiers.find(context.key(task));
  if (!cached) {
    return lookup.duration_ms;
  }
  const auto head = read_archive_head(archive_source(cached->entry));
  return head ? head->manifest.duration_ms : 0;
}

}  // namespace

Executor::Executor(RunContext& context, Processes& processes, std::vector<TaskLookup> lookups)
    : context_(context),
      processes_(processes),
      lookups_(std::move(lookups)),
      reports_(context.graph.tasks.size()),
      scheduler_(context.graph, context.options.failure_policy, durations_of(lookups_),
                 std::max(1U, context.options.concurrency)),
      left_(context.graph.tasks.size()),
      keys_(context.workspace, context.graph, context.fingerprints),
      plan_(plan_restores(context.graph, lookups_, context.options.restore)),
      persistent_(context, processes),
      runner_(context, processes, transfers_, persistent_),
      transfers_(context, context.graph.tasks.size()) {
  for (TaskId task = 0; task < reports_.size(); ++task) {
    reports_[task].label = context.node(task).label;
    reports_[task].key = context.key(task);
    if (lookups_[task].outputs) {
      keys_.tell(task, lookups_[task].outputs);
    }
  }
}

RunOutcome Executor::run() {
  start_restores();
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
  if (waves_) {
    waves_->wait_idle();
  }
  report_left();
  stay_with_persistent_tasks();
  persistent_.finish(reports_, was_interrupted_by());
  report_skipped();
  if (context_.tasks_are_done && was_interrupted_by() == 0) {
    context_.tasks_are_done(reports_);
  }
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
  persistent_.expect_end();
  processes_.signal_all(!is_first ? SIGKILL : (signal == SIGPIPE ? SIGTERM : signal));
  tell_change();
}

// Which tasks do not wait for the scheduler. False when the run was interrupted before it began.
bool Executor::hold_cached() {
  const std::scoped_lock lock(mutex_);
  if (signal_ != 0) {
    return false;
  }
  for (const TaskId task : plan_.left) {
    scheduler_.hold(task);
    left_[task] = scheduler_.start_ahead(task);
    scheduler_.finish(task, TaskState::succeeded);
  }
  for (const TaskId task : plan_.ahead) {
    scheduler_.hold(task);
  }
  for (const TaskId task : plan_.in_turn) {
    if (lookups_[task].place == Place::remote) {
      scheduler_.hold(task);
    }
  }
  for (TaskId task = 0; task < lookups_.size(); ++task) {
    if (lookups_[task].place == Place::deferred) {
      scheduler_.hold(task);
    }
  }
  take_decided_keys();
  return true;
}

void Executor::start_restores() {
  if (!hold_cached()) {
    return;
  }
  const auto is_remote = [this](TaskId task) { return lookups_[task].place == Place::remote; };
  std::vector<TaskId> downloads;
  std::ranges::copy_if(plan_.ahead, std::back_inserter(downloads), is_remote);
  std::ranges::copy_if(plan_.in_turn, std::back_inserter(downloads), is_remote);
  std::erase_if(plan_.ahead, is_remote);
  for (const TaskId task : downloads) {
    download(task);
  }
  const std::size_t threads = std::min<std::size_t>(context_.options.threads, plan_.ahead.size());
  if (threads == 0) {
    return;
  }
  WorkerPool& pool = restores_.emplace(threads, threads);
  for (std::size_t i = 0; i < threads; ++i) {
    pool.submit([this] {
      for (std::size_t next = next_ahead_++; next < plan_.ahead.size(); next = next_ahead_++) {
        restore_ahead(plan_.ahead[next]);
      }
    });
  }
}

// What has arrived is put in place by the thread that fetched it: it is in that processor's cache.
void Executor::download(TaskId task) {
  const std::optional<RemoteArtifact>& artifact = lookups_[task].artifact;
  VC_ASSERT(artifact.has_value());
  const bool is_ahead = !std::ranges::binary_search(plan_.in_turn, task);
  if (!is_ahead) {
    download_for_its_turn(task);
    return;
  }
  transfers_.download(task, *artifact, [this, task] { restore_ahead(task); });
}

void Executor::download_for_its_turn(TaskId task) {
  transfers_.download(task, lookups_[task].artifact.value_or(RemoteArtifact()), [this, task] {
    const std::scoped_lock lock(mutex_);
    scheduler_.release(task);
    tell_change();
  });
}

void Executor::restore_ahead(TaskId task) {
  {
    const std::scoped_lock lock(mutex_);
    if (!scheduler_.start_ahead(task)) {
      return;
    }
    lookups_[task].is_keyed = keys_.holds(task);
  }
  settle(task, runner_.restore(task, lookups_[task], stop_.get_token()));
}

// Without a report, the task is to be run in its turn.
void Executor::settle(TaskId task, std::optional<TaskReport> report) {
  const std::scoped_lock lock(mutex_);
  if (report) {
    const bool is_good =
        report->result != TaskResult::failed && report->result != TaskResult::interrupted;
    keys_.tell(task, is_good ? report->outputs : std::nullopt);
    reports_[task] = *std::move(report);
    take_decided_keys();
    scheduler_.finish(task, is_good ? TaskState::succeeded : TaskState::failed);
  } else {
    restore_what_was_left(task);
    scheduler_.give_back(task);
  }
  tell_change();
}

// Under mutex_. Nothing that executes was known to need what was left; now this task does, for its
// cached result was of no use, or it has none.
void Executor::restore_what_was_left(TaskId task) {
  std::vector<TaskId> todo = context_.node(task).dependencies;
  while (!todo.empty()) {
    const TaskId next = todo.back();
    todo.pop_back();
    if (plan_.needed[next]) {
      continue;  // And so is all that stands before it.
    }
    plan_.needed[next] = true;
    const std::vector<TaskId>& dependencies = context_.node(next).dependencies;
    todo.insert(todo.end(), dependencies.begin(), dependencies.end());
    if (!left_[next]) {
      continue;
    }
    left_[next] = false;
    scheduler_.reopen(next);
    if (lookups_[next].place == Place::remote) {
      download(next);
    } else {
      scheduler_.release(next);
    }
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
    lookups_[*task].is_keyed = keys_.holds(*task);
    lookups_[*task].is_in_turn = true;
    lock.unlock();
    TaskLookup& lookup = lookups_[*task];
    const bool is_cached = is_hit(lookup.place) && !lookup.is_refused;
    std::optional<TaskReport> report = is_cached ? runner_.restore(*task, lookup, stop_.get_token())
                                                 : runner_.run(*task, lookup, stop_.get_token());
    if (context_.trace != nullptr && report) {
      context_.trace->finish(*task, report->result);
    }
    settle(*task, std::move(report));
    lock.lock();
  }
}

// Restores ahead of their turn are of no interest to those who wait for tasks to execute, nor is
// anything but the end to the thread that waits for it.
void Executor::tell_change() {
  const bool is_finished = scheduler_.is_finished();
  if (is_finished || scheduler_.may_start()) {
    changed_.notify_all();
  }
  if (is_finished) {
    finished_.notify_all();
  }
}

void Executor::wait_for_tasks() {
  do {
    look_after_persistent_tasks();
  } while (!wait_a_tick([this] { return scheduler_.is_finished(); }));
  look_after_persistent_tasks();
}

bool Executor::wait_a_tick(const std::function<bool()>& is_over) {
  {
    std::unique_lock lock(mutex_);
    if (finished_.wait_for(lock, kTick, is_over)) {
      return true;
    }
  }
  context_.progress.tick();
  const SteadyTime now = context_.clock.steady_now();
  if (context_.progress.is_broken() &&
      (!broken_since_ || now - *broken_since_ >= kPatienceWithoutReader)) {
    broken_since_ = now;
    interrupt(SIGPIPE);
  }
  return false;
}

void Executor::look_after_persistent_tasks() {
  persistent_.start_named([this](TaskId task) {
    const std::scoped_lock lock(mutex_);
    return scheduler_.state(task) == TaskState::succeeded && signal_ == 0;
  });
  if (context_.options.failure_policy == FailurePolicy::stop && persistent_.has_failed()) {
    const std::scoped_lock lock(mutex_);
    scheduler_.stop();
    tell_change();
  }
}

// Where nothing else was named they are what the run is for.
void Executor::stay_with_persistent_tasks() {
  const auto is_over = [this] {
    return signal_ != 0 || !persistent_.goes_on(context_.options.failure_policy);
  };
  {
    const std::scoped_lock lock(mutex_);
    if (is_over() || has_failure()) {
      return;
    }
  }
  while (!wait_a_tick(is_over)) {
  }
}

int Executor::was_interrupted_by() {
  const std::scoped_lock lock(mutex_);
  return signal_;
}

bool Executor::has_failure() const {
  return std::ranges::any_of(
      reports_, [](const TaskReport& report) { return report.result == TaskResult::failed; });
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

// They count as what they are, although nothing was fetched.
void Executor::report_left() {
  for (TaskId task = 0; task < reports_.size(); ++task) {
    if (left_[task]) {
      const TaskLookup& lookup = lookups_[task];
      reports_[task].result =
          lookup.place == Place::remote ? TaskResult::hit_remote : TaskResult::hit_local;
      reports_[task].duration_ms = duration_of_left(context_, task, lookup);
      reports_[task].is_restored = false;
      context_.progress.hit(reports_[task], "");
    }
  }
}

void Executor::report_skipped() {
  for (TaskId task = 0; task < reports_.size(); ++task) {
    if (scheduler_.state(task) == TaskState::skipped && context_.node(task).has_command) {
      context_.progress.finished(reports_[task]);
    }
  }
}

}  // namespace vc::agent
