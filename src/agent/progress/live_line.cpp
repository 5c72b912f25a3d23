#include "agent/progress/live_line.hpp"

#include "agent/quantities.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <vector>

namespace vc::agent {

namespace {

constexpr std::string_view kErase = "\r\033[K";
constexpr std::string_view kMore = " ...";

}  // namespace

void LiveLine::started(std::string_view label, SteadyTime now) {
  running_.insert_or_assign(std::string(label), now);
}

void LiveLine::finished(std::string_view label) {
  ++finished_;
  const auto found = running_.find(label);
  if (found != running_.end()) {
    running_.erase(found);
  }
}

std::string LiveLine::redrawn(SteadyTime now) {
  if (running_.empty()) {
    return erased();
  }
  if (is_drawn_ && now - drawn_at_ < kRedrawInterval) {
    return {};
  }
  is_drawn_ = true;
  drawn_at_ = now;
  return std::string(kErase) + text(now);
}

std::string LiveLine::erased() {
  if (!is_drawn_) {
    return {};
  }
  is_drawn_ = false;
  return std::string(kErase);
}

std::string LiveLine::text(SteadyTime now) const {
  std::vector<std::pair<SteadyTime, std::string_view>> oldest_first;
  oldest_first.reserve(running_.size());
  for (const auto& [label, start] : running_) {
    oldest_first.emplace_back(start, label);
  }
  std::ranges::sort(oldest_first);

  std::string line = fmt::format("[{}/{}]", finished_, tasks_);
  for (std::size_t i = 0; i < oldest_first.size(); ++i) {
    const auto& [start, label] = oldest_first[i];
    // Whole seconds: tenths that change ten times a second only distract.
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - start).count();
    const std::string item = fmt::format(
        "{} {} {}", i == 0 ? "" : ",", label,
        seconds == 0 ? "0 s" : duration_text(static_cast<std::uint64_t>(seconds) * 1000));
    const bool is_last = i + 1 == oldest_first.size();
    if (line.size() + item.size() + (is_last ? 0 : kMore.size()) >= width_) {
      line += kMore;
      break;
    }
    line += item;
  }
  return line.substr(0, width_ > 0 ? width_ - 1 : 0);
}

}  // namespace vc::agent
