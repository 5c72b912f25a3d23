// RecordingProgress: everything a run told, for tests to count.
#pragma once

#include "agent/progress.hpp"

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace vc::agent {

class RecordingProgress final : public Progress {
 public:
  void begin(std::string_view, std::size_t) override {}

  void started(std::string_view label, const Digest&, std::string_view) override {
    const std::scoped_lock lock(mutex);
    misses.emplace_back(label);
  }

  void output(std::string_view label, OutputStream, std::string_view bytes) override {
    const std::scoped_lock lock(mutex);
    printed[std::string(label)] += bytes;
  }

  void verifying(std::string_view label, const Digest&) override {
    const std::scoped_lock lock(mutex);
    verified.emplace_back(label);
  }

  void remark(std::string_view label, std::string_view text) override {
    const std::scoped_lock lock(mutex);
    remarks.push_back(std::string(label) + ": " + std::string(text));
  }

  void hit(const TaskReport& report, std::string_view log) override {
    const std::scoped_lock lock(mutex);
    (report.result == TaskResult::hit_remote ? remote_hits : local_hits).push_back(report.label);
    static_cast<void>(replay_log(
        log, [&](OutputStream, auto, std::string_view bytes) { printed[report.label] += bytes; }));
  }

  void finished(const TaskReport& report) override {
    const std::scoped_lock lock(mutex);
    reports.push_back(report);
  }

  void notice(Severity, std::string_view text) override {
    const std::scoped_lock lock(mutex);
    notices.emplace_back(text);
  }

  void waiting(std::string_view) override {}

  void tick() override {}

  void end(std::string_view) override {}

  bool is_broken() const override { return false; }

  mutable std::mutex mutex;
  std::vector<std::string> misses;
  std::vector<std::string> verified;  // Whose command was run again.
  std::vector<std::string> remarks;   // "web#test: 1st attempt failed: ..."
  std::vector<std::string> local_hits;
  std::vector<std::string> remote_hits;
  std::map<std::string, std::string> printed;
  std::vector<TaskReport> reports;
  std::vector<std::string> notices;
};

}  // namespace vc::agent
