// LiveLine: the one line of a terminal that says what runs now, as text and escape codes.
#pragma once

#include "core/clock.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace vc::agent {

class LiveLine {
 public:
  // The terminal is not redrawn more often, however often tick() comes.
  static constexpr std::chrono::milliseconds kRedrawInterval{100};

  explicit LiveLine(unsigned width) : width_(width) {}

  void expect(std::size_t tasks) { tasks_ = tasks; }

  void started(std::string_view label, SteadyTime now);
  void finished(std::string_view label);

  // What to print to bring the line up to date; "" when nothing is due.
  std::string redrawn(SteadyTime now);
  // What to print before any other text.
  std::string erased();
  // "[3/12] web#build 12 s, lib#build 3 s", never wider than the terminal.
  std::string text(SteadyTime now) const;

 private:
  unsigned width_;
  std::size_t tasks_ = 0;
  std::size_t finished_ = 0;
  std::map<std::string, SteadyTime, std::less<>> running_;
  bool is_drawn_ = false;
  SteadyTime drawn_at_;
};

}  // namespace vc::agent
