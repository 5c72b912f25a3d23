// format_log_line: one log event as text. Apart from Log so that tests can fix the time.
#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"

#include <span>
#include <string>
#include <string_view>

namespace vc {

enum class LogColour { off, on };

struct LogEvent {
  TimePoint time;
  LogLevel level = LogLevel::info;
  std::string_view message;
  std::span<const LogField> fields;
};

// Without the final newline. No input can break out of its line: in both forms control characters
// are escaped and invalid UTF-8 becomes U+FFFD, so that a hostile name cannot forge an event or
// drive a terminal.
std::string json_log_line(const LogEvent& event);
std::string human_log_line(const LogEvent& event, LogColour colour);

}  // namespace vc
