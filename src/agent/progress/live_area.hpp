// LiveArea: the lines at the bottom of a terminal that say how far the run is and what runs now, as
// text and escape codes (ECMA-48).
//
//   [3/12] 2 cached, 2 running, 12 s
//     web#build 12 s
//     lib#build 3 s
#pragma once

#include "core/clock.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// In character cells.
struct TerminalSize {
  unsigned columns = 80;
  unsigned rows = 24;
};

// At most `columns` - 1 bytes, so that nothing wraps, and no part of a UTF-8 character.
std::string fitted_line(std::string line, unsigned columns);

enum class LiveOutcome { executed, cached, failed };

class LiveArea {
 public:
  // The terminal is not redrawn more often, however often tick() comes.
  static constexpr std::chrono::milliseconds kRedrawInterval{100};
  static constexpr std::size_t kTasksShown = 8;

  // `size` is asked at every redraw, for people resize their windows.
  explicit LiveArea(std::function<TerminalSize()> size) : size_(std::move(size)) {}

  void begin(std::size_t tasks, SteadyTime now);
  void started(std::string_view label, SteadyTime now);
  void finished(std::string_view label, LiveOutcome outcome);

  // What to print to bring the area up to date; "" when nothing is due.
  std::string redrawn(SteadyTime now);
  // What to print before any other text.
  std::string erased();
  // Each narrower than the terminal, and fewer than its rows.
  std::vector<std::string> lines(SteadyTime now, TerminalSize size) const;

 private:
  std::string header(SteadyTime now) const;

  std::function<TerminalSize()> size_;
  std::size_t tasks_ = 0;
  std::size_t finished_ = 0;
  std::size_t cached_ = 0;
  std::size_t failed_ = 0;
  SteadyTime begun_at_;
  std::map<std::string, SteadyTime, std::less<>> running_;
  std::size_t lines_drawn_ = 0;
  SteadyTime drawn_at_;
};

}  // namespace vc::agent
