// Profile: where a run spends its time, phase by phase and thread by thread, for `--profile FILE`.
//
// The file is in the Trace Event Format that chrome://tracing, Perfetto and Speedscope read:
// complete events ("X") with microseconds since the run began.
#pragma once

#include "core/clock.hpp"
#include "core/files.hpp"
#include "core/result.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace vc::agent {

class Profile {
 public:
  // From its making to its end, on the thread that made it. Spans of one thread nest.
  class Span {
   public:
    Span(Span&& other) noexcept;
    Span(const Span&) = delete;
    Span& operator=(const Span&) = delete;
    Span& operator=(Span&&) = delete;
    ~Span();

   private:
    friend Profile::Span profiled(Profile*, std::string_view, std::string_view);
    Span(Profile* profile, std::string_view phase, std::string_view subject);

    Profile* profile_;
    std::string phase_;
    std::string subject_;
    SteadyTime start_;
  };

  // `clock` must outlive this. The run begins now.
  explicit Profile(const Clock& clock) : clock_(clock), start_(clock.steady_now()) {}

  std::string to_json() const;
  // Creates the folders of `file`.
  Result<void> write(const fs::path& file) const;

 private:
  struct Event {
    std::string phase;
    std::string subject;  // A task's label; "" for the run as a whole.
    std::uint32_t thread = 0;
    std::uint64_t start_us = 0;
    std::uint64_t duration_us = 0;
  };

  void add(std::string phase, std::string subject, SteadyTime start);

  const Clock& clock_;
  const SteadyTime start_;
  mutable std::mutex mutex_;
  std::vector<Event> events_;
  std::map<std::thread::id, std::uint32_t> threads_;  // In the order of their first event.
};

// Measures until the span ends; nothing at all without a profile.
[[nodiscard]] Profile::Span profiled(Profile* profile, std::string_view phase,
                                     std::string_view subject = {});

}  // namespace vc::agent
