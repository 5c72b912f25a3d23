// The part of the executor that goes on looking up results while tasks run: of those whose keys
// wait for what others make.
#include "agent/executor.hpp"

#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace vc::agent {

// Those that nobody will ever have a key for are executed, and their results are kept by nobody.
void Executor::take_decided_keys() {
  const KeyWaves::Decided decided = keys_.take_decided();
  for (const TaskId task : decided.keyed) {
    reports_[task].key = context_.key(task);
    if (lookups_[task].place == Place::deferred) {
      next_wave_.push_back(task);
    }
  }
  for (const TaskId task : decided.unkeyed) {
    if (lookups_[task].place == Place::deferred) {
      lookups_[task].place = Place::nowhere;
      place_miss(task);
    }
  }
  if (!next_wave_.empty() && !is_looking_up_) {
    is_looking_up_ = true;
    WorkerPool& pool = waves_ ? *waves_ : waves_.emplace(1, 1);
    pool.submit([this] { look_up_waves(); });
  }
}

// What gets a key while the others are looked up is the next wave: one batch at a time.
void Executor::look_up_waves() {
  while (true) {
    std::vector<TaskId> wave;
    {
      const std::scoped_lock lock(mutex_);
      wave = std::exchange(next_wave_, {});
      is_looking_up_ = !wave.empty() && !scheduler_.is_finished();
      if (!is_looking_up_) {
        return;
      }
    }
    std::vector<TaskLookup> found = look_up_wave(context_, wave, stop_.get_token());
    const std::scoped_lock lock(mutex_);
    place_wave(wave, std::move(found));
    tell_change();
  }
}

void Executor::place_wave(const std::vector<TaskId>& wave, std::vector<TaskLookup> found) {
  for (std::size_t i = 0; i < wave.size(); ++i) {
    lookups_[wave[i]] = std::move(found[i]);
  }
  // Hits first: what executes may need them.
  for (const TaskId task : wave) {
    if (is_hit(lookups_[task].place)) {
      place_hit(task);
    }
  }
  for (const TaskId task : wave) {
    if (!is_hit(lookups_[task].place)) {
      place_miss(task);
    }
  }
  take_decided_keys();
}

void Executor::place_miss(TaskId task) {
  if (scheduler_.state(task) == TaskState::waiting) {  // Else it was skipped meanwhile.
    restore_what_was_left(task);
    scheduler_.release(task);
  }
}

// Something behind it has executed just now or still does, so that it waits for its turn.
void Executor::place_hit(TaskId task) {
  const TaskLookup& lookup = lookups_[task];
  const TaskNode& node = context_.node(task);
  if (scheduler_.state(task) != TaskState::waiting) {
    return;
  }
  if (lookup.outputs) {
    keys_.tell(task, lookup.outputs);
  }
  const bool is_needed = context_.options.restore == RestoreScope::all || plan_.needed[task] ||
                         node.requested || lookup.place == Place::current || lookup.is_verified ||
                         (node.outputs_count && !lookup.outputs);
  if (lookup.is_verified) {
    restore_what_was_left(task);  // Its command needs what it depends on.
  }
  if (!is_needed) {
    left_[task] = scheduler_.start_ahead(task);
    if (left_[task]) {
      scheduler_.finish(task, TaskState::succeeded);
    }
  } else if (lookup.place == Place::remote) {
    download_for_its_turn(task);
  } else {
    scheduler_.release(task);
  }
}

}  // namespace vc::agent
