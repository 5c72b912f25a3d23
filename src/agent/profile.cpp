#include "agent/profile.hpp"

#include "wire/json_writer.hpp"

#include <utility>

namespace vc::agent {

namespace {

std::uint64_t microseconds(SteadyTime::duration duration) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(duration).count());
}

}  // namespace

Profile::Span::Span(Profile* profile, std::string_view phase, std::string_view subject)
    : profile_(profile) {
  if (profile_ != nullptr) {
    phase_ = phase;
    subject_ = subject;
    start_ = profile_->clock_.steady_now();
  }
}

Profile::Span::Span(Span&& other) noexcept
    : profile_(std::exchange(other.profile_, nullptr)),
      phase_(std::move(other.phase_)),
      subject_(std::move(other.subject_)),
      start_(other.start_) {}

Profile::Span::~Span() {
  if (profile_ != nullptr) {
    profile_->add(std::move(phase_), std::move(subject_), start_);
  }
}

Profile::Span profiled(Profile* profile, std::string_view phase, std::string_view subject) {
  return {profile, phase, subject};
}

void Profile::add(std::string phase, std::string subject, SteadyTime start) {
  const SteadyTime end = clock_.steady_now();
  const std::scoped_lock lock(mutex_);
  const auto next = static_cast<std::uint32_t>(threads_.size() + 1);
  const auto [thread, unused] = threads_.try_emplace(std::this_thread::get_id(), next);
  events_.push_back({.phase = std::move(phase),
                     .subject = std::move(subject),
                     .thread = thread->second,
                     .start_us = microseconds(start - start_),
                     .duration_us = microseconds(end - start)});
}

std::string Profile::to_json() const {
  const std::scoped_lock lock(mutex_);
  std::string out;
  wire::JsonWriter json(out);
  json.open('{');
  json.member("displayTimeUnit", "ms");
  json.name("traceEvents");
  json.open('[');
  for (const Event& event : events_) {
    json.open('{');
    json.member("name", event.phase);
    json.member("cat", event.subject.empty() ? "run" : "task");
    json.member("ph", "X");
    json.member("pid", std::uint64_t{1});
    json.member("tid", std::uint64_t{event.thread});
    json.member("ts", event.start_us);
    json.member("dur", event.duration_us);
    if (!event.subject.empty()) {
      json.name("args");
      json.open('{');
      json.member("task", event.subject);
      json.close('}');
    }
    json.close('}');
  }
  json.close(']');
  json.close('}');
  return out + "\n";
}

Result<void> Profile::write(const fs::path& file) const {
  if (file.has_parent_path()) {
    std::error_code failed;
    fs::create_directories(file.parent_path(), failed);  // Writing says what is wrong.
  }
  return write_file_atomically(file, to_json());
}

}  // namespace vc::agent
