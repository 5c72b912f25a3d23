// TaskLock: at most one process works on a task of a package at a time.
//
// Whoever had to wait looks again at what the other one left (`waited()`), instead of doing the
// same work twice. The kernel releases the lock when its owner dies, however it dies.
#pragma once

#include "core/files.hpp"
#include "core/result.hpp"

#include <stop_token>
#include <string_view>

namespace vc::agent {

class TaskLock {
 public:
  // Blocks while another process, or another TaskLock of this one, has `label`. Errc::canceled when
  // `stop` is requested meanwhile. The file is `<state_directory>/locks/<sha256 of label>`.
  static Result<TaskLock> acquire(const fs::path& state_directory, std::string_view label,
                                  const std::stop_token& stop);

  bool waited() const { return waited_; }

 private:
  TaskLock(UniqueFd fd, bool waited) : fd_(std::move(fd)), waited_(waited) {}

  UniqueFd fd_;
  bool waited_;
};

}  // namespace vc::agent
