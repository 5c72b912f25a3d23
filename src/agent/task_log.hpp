// TaskLog: what a task printed, as (stream, milliseconds, bytes) frames, so that a replay looks
// like the run.
//
// A frame is one byte stream, four bytes milliseconds and four bytes length, both little-endian,
// and the bytes.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

inline constexpr std::uint64_t kLogBytesMax = 64ULL << 20;
// No log of ours is longer: frame headers count against kLogBytesMax, the closing marker does not.
inline constexpr std::uint64_t kEncodedLogBytesMax = kLogBytesMax + 256;

enum class OutputStream : std::uint8_t { out = 1, err = 2 };

// Collects frames; past the limit the rest is dropped and a marker line says so once.
class TaskLog {
 public:
  explicit TaskLog(std::uint64_t bytes_max = kLogBytesMax) : bytes_max_(bytes_max) {}

  void append(OutputStream stream, std::chrono::milliseconds since_start, std::string_view bytes);

  // At most `bytes_max`, headers included, and the marker.
  const std::string& encoded() const { return encoded_; }

  bool truncated() const { return truncated_; }

  bool contains(std::string_view text) const;  // Across frame borders of one stream.

 private:
  void append_frame(OutputStream stream, std::uint32_t milliseconds, std::string_view bytes);

  std::string encoded_;
  std::uint64_t bytes_max_;
  bool truncated_ = false;
};

using LogFrameVisitor =
    std::function<void(OutputStream, std::chrono::milliseconds, std::string_view)>;

// Errc::corrupt for bytes that are no log; then `visit` was not called at all.
Result<void> replay_log(std::string_view encoded, const LogFrameVisitor& visit);

// Names of the variables in `environment` that sound like a secret (TOKEN, SECRET, PASSWORD, KEY,
// CREDENTIAL, ...) and whose value was printed. Values under 8 bytes are not looked for: they occur
// by chance. A log with a secret in it must not leave the machine.
std::vector<std::string> secrets_in_log(
    const TaskLog& log, const std::map<std::string, std::string, std::less<>>& environment);

}  // namespace vc::agent
