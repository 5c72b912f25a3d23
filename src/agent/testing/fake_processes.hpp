// FakeProcesses: commands as functions of a test.
#pragma once

#include "agent/processes.hpp"

#include <algorithm>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace vc::agent {

class FakeProcesses final : public Processes {
 public:
  using Behaviour = std::function<Result<ProcessExit>(const ProcessSpec&, const OutputReceiver&)>;

  explicit FakeProcesses(Behaviour behaviour) : behaviour_(std::move(behaviour)) {}

  Result<ProcessExit> run(const ProcessSpec& spec, const OutputReceiver& receiver) override {
    {
      const std::scoped_lock lock(mutex_);
      if (signal_ != 0) {
        return fail(Errc::canceled, "interrupted");
      }
      started_.push_back(spec.directory.filename().string());
      specs_.push_back(spec);
    }
    return behaviour_(spec, receiver);
  }

  void signal_all(int signal) override {
    const std::scoped_lock lock(mutex_);
    signal_ = signal;
    signals_.push_back(signal);
  }

  // Names of the directories in which something was started, sorted.
  std::vector<std::string> started() const {
    const std::scoped_lock lock(mutex_);
    std::vector<std::string> out = started_;
    std::ranges::sort(out);
    return out;
  }

  std::vector<ProcessSpec> specs() const {
    const std::scoped_lock lock(mutex_);
    return specs_;
  }

  std::vector<int> signals() const {
    const std::scoped_lock lock(mutex_);
    return signals_;
  }

 private:
  Behaviour behaviour_;
  mutable std::mutex mutex_;
  std::vector<std::string> started_;
  std::vector<ProcessSpec> specs_;
  std::vector<int> signals_;
  int signal_ = 0;
};

}  // namespace vc::agent
