#include "agent/progress/live_area.hpp"

#include "agent/quantities.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <span>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::string_view kEraseLine = "\r\033[K";
constexpr std::string_view kOneLineUp = "\033[A";

// Whole seconds: tenths that change ten times a second only distract.
std::string seconds_text(SteadyTime::duration duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  return seconds == 0 ? "0 s" : duration_text(static_cast<std::uint64_t>(seconds) * 1000);
}

}  // namespace

std::string fitted_line(std::string line, unsigned columns) {
  const std::size_t limit = columns > 0 ? columns - 1 : 0;
  if (line.size() <= limit) {
    return line;
  }
  std::size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) {
    --end;
  }
  line.resize(end);
  return line;
}

void LiveArea::begin(std::size_t tasks, SteadyTime now) {
  tasks_ = tasks;
  finished_ = 0;
  cached_ = 0;
  failed_ = 0;
  begun_at_ = now;
}

void LiveArea::started(std::string_view label, SteadyTime now) {
  running_.insert_or_assign(std::string(label), now);
}

void LiveArea::finished(std::string_view label, LiveOutcome outcome) {
  ++finished_;
  cached_ += outcome == LiveOutcome::cached ? 1 : 0;
  failed_ += outcome == LiveOutcome::failed ? 1 : 0;
  const auto found = running_.find(label);
  if (found != running_.end()) {
    running_.erase(found);
  }
}

std::string LiveArea::redrawn(SteadyTime now) {
  if (running_.empty()) {
    return erased();
  }
  if (lines_drawn_ > 0 && now - drawn_at_ < kRedrawInterval) {
    return {};
  }
  std::string out = erased();
  for (const std::string& line : lines(now, size_())) {
    (out += lines_drawn_ == 0 ? "" : "\n") += line;
    ++lines_drawn_;
  }
  drawn_at_ = now;
  return out;
}

std::string LiveArea::erased() {
  std::string out;
  for (std::size_t line = lines_drawn_; line > 0; --line) {
    (out += kEraseLine) += line > 1 ? kOneLineUp : "";
  }
  lines_drawn_ = 0;
  return out;
}

std::string LiveArea::header(SteadyTime now) const {
  std::string out = fmt::format("[{}/{}]", finished_, tasks_);
  for (const auto& [count, what] : {std::pair(cached_, "cached"), std::pair(failed_, "failed"),
                                    std::pair(running_.size(), "running")}) {
    if (count > 0) {
      out += fmt::format(" {} {},", count, what);
    }
  }
  return out + " " + seconds_text(now - begun_at_);
}

std::vector<std::string> LiveArea::lines(SteadyTime now, TerminalSize size) const {
  std::vector<std::pair<SteadyTime, std::string_view>> oldest_first;
  oldest_first.reserve(running_.size());
  for (const auto& [label, start] : running_) {
    oldest_first.emplace_back(start, label);
  }
  std::ranges::sort(oldest_first);

  std::vector<std::string> out{fitted_line(header(now), size.columns)};
  // The header, and the line on which the cursor was, stay in sight.
  const std::size_t room = size.rows > 2 ? size.rows - 2 : 0;
  const std::size_t shown = std::min({oldest_first.size(), kTasksShown, room});
  for (const auto& [start, label] : std::span(oldest_first).first(shown)) {
    out.push_back(
        fitted_line(fmt::format("  {} {}", label, seconds_text(now - start)), size.columns));
  }
  if (shown < oldest_first.size() && shown > 0) {
    out.back() =
        fitted_line(fmt::format("  and {} more", oldest_first.size() - shown + 1), size.columns);
  }
  return out;
}

}  // namespace vc::agent
