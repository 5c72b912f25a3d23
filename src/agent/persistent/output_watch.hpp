// OutputWatch: sees in what a task prints, in whatever portions it comes, that the task is ready.
#pragma once

#include "agent/config/ready_when.hpp"
#include "agent/task_log.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace vc::agent {

// A pattern looks at this much of a line.
inline constexpr std::size_t kWatchedLineBytesMax = 4096;

class OutputWatch {
 public:
  // Loading the configuration has seen to it that a pattern compiles; one that does not is never
  // seen.
  explicit OutputWatch(const ReadyWhen& ready_when);

  // Whether it has been seen by now. Each stream is looked at by itself.
  bool feed(OutputStream stream, std::string_view bytes);

 private:
  bool find_text(std::string& tail, std::string_view bytes) const;
  bool find_pattern(std::string& line, std::string_view bytes) const;

  std::string text_;
  std::optional<LinePattern> pattern_;
  std::array<std::string, 2> pending_;  // By stream: the end of a text, the begun line.
  bool seen_ = false;
};

}  // namespace vc::agent
