// RecordingLog: keeps what was logged, for tests to look at.
#pragma once

#include "core/log.hpp"

#include <mutex>
#include <string>
#include <vector>

namespace vc::storage {

class RecordingLog final : public Log {
 public:
  bool enabled(LogLevel) const override { return true; }

  void write(LogLevel, std::string_view message, std::initializer_list<LogField>) override {
    const std::scoped_lock lock(mutex_);
    messages_.emplace_back(message);
  }

  std::vector<std::string> messages() const {
    const std::scoped_lock lock(mutex_);
    return messages_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> messages_;
};

}  // namespace vc::storage
