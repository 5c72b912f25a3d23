// ReadyWhen: how a task that does not end says that others may use it.
#pragma once

#include "core/result.hpp"

#include <regex.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace vc::agent {

inline constexpr std::size_t kReadyTextBytesMax = 200;

struct ReadyWhen {
  enum class Kind { output_text, output_pattern, port };
  Kind kind = Kind::output_text;
  std::string text;        // Of the output: what is looked for, a pattern without its slashes.
  std::uint16_t port = 0;  // Something listens there, on a loopback address.

  friend bool operator==(const ReadyWhen&, const ReadyWhen&) = default;
};

// A POSIX extended regular expression without repetition counts and back references: what is left
// takes time in proportion to the line.
class LinePattern {
 public:
  // Errc::invalid says what is wrong; at most kReadyTextBytesMax.
  static Result<LinePattern> compile(const std::string& text);

  // Whether it occurs in `line`, up to the first NUL.
  bool occurs_in(const std::string& line) const;

 private:
  struct Free {
    void operator()(regex_t* compiled) const;
  };

  std::unique_ptr<regex_t, Free> compiled_;
};

}  // namespace vc::agent
