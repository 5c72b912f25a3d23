// TaskLog: what a task printed, as (stream, milliseconds, bytes) frames, so that a replay looks
// like the run.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace vc::agent {

inline constexpr std::uint64_t kLogBytesMax = 64ULL << 20;

enum class OutputStream : std::uint8_t { out = 1, err = 2 };

// Collects frames; past kLogBytesMax the rest is dropped and a marker line says so once.
class TaskLog {
 public:
  void append(OutputStream stream, std::chrono::milliseconds since_start, std::string_view bytes);

  const std::string& encoded() const { return encoded_; }

  bool truncated() const { return truncated_; }

  bool contains(std::string_view text) const;  // Across frame borders of one stream.

 private:
  std::string encoded_;
  std::uint64_t bytes_ = 0;
  bool truncated_ = false;
};

using LogFrameVisitor =
    std::function<void(OutputStream, std::chrono::milliseconds, std::string_view)>;

// Errc::corrupt for bytes that are no log.
Result<void> replay_log(std::string_view encoded, const LogFrameVisitor& visit);

}  // namespace vc::agent
