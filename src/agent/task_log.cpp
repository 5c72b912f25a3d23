#include "agent/task_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>

namespace vc::agent {

namespace {

constexpr std::size_t kFrameHeaderBytes = 9;
constexpr std::size_t kSecretBytesMin = 8;
constexpr std::array<std::string_view, 9> kSecretWords{
    "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "KEY", "AUTH", "_PAT"};

void append_u32(std::string& out, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) {
    out.push_back(static_cast<char>((value >> shift) & 0xFF));
  }
}

std::uint32_t read_u32(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) {
    value = (value << 8) | static_cast<std::uint8_t>(bytes[i]);
  }
  return value;
}

struct Frame {
  OutputStream stream;
  std::chrono::milliseconds since_start;
  std::string_view bytes;
};

// Takes the first frame off `rest`; false when there is no whole frame at its beginning.
bool next_frame(std::string_view& rest, Frame& frame) {
  if (rest.size() < kFrameHeaderBytes) {
    return false;
  }
  const auto stream = static_cast<OutputStream>(rest[0]);
  const std::size_t length = read_u32(rest.substr(5));
  if ((stream != OutputStream::out && stream != OutputStream::err) ||
      length > rest.size() - kFrameHeaderBytes) {
    return false;
  }
  frame = {.stream = stream,
           .since_start = std::chrono::milliseconds(read_u32(rest.substr(1))),
           .bytes = rest.substr(kFrameHeaderBytes, length)};
  rest.remove_prefix(kFrameHeaderBytes + length);
  return true;
}

bool sounds_secret(std::string_view name) {
  std::string upper(name);
  std::ranges::transform(upper, upper.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return std::ranges::any_of(kSecretWords,
                             [&](std::string_view word) { return upper.contains(word); });
}

}  // namespace

void TaskLog::append(OutputStream stream, std::chrono::milliseconds since_start,
                     std::string_view bytes) {
  if (bytes.empty() || truncated_) {
    return;
  }
  const auto milliseconds = static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(since_start.count(), 0, std::numeric_limits<std::uint32_t>::max()));
  const std::uint64_t room = bytes_max_ - encoded_.size();
  if (kFrameHeaderBytes + bytes.size() <= room) {
    append_frame(stream, milliseconds, bytes);
    return;
  }
  truncated_ = true;
  if (room > kFrameHeaderBytes) {
    append_frame(stream, milliseconds, bytes.substr(0, room - kFrameHeaderBytes));
  }
  append_frame(OutputStream::err, milliseconds,
               fmt::format("\n[velocity: the log is cut off here, at {} bytes]\n", bytes_max_));
}

void TaskLog::append_frame(OutputStream stream, std::uint32_t milliseconds,
                           std::string_view bytes) {
  encoded_.push_back(static_cast<char>(stream));
  append_u32(encoded_, milliseconds);
  append_u32(encoded_, static_cast<std::uint32_t>(bytes.size()));
  encoded_ += bytes;
}

bool TaskLog::contains(std::string_view text) const {
  if (text.empty()) {
    return true;
  }
  // Of each stream, the end of what was searched: text that begins there may go on in the next
  // frame.
  std::array<std::string, 2> tails;
  std::string_view rest = encoded_;
  for (Frame frame{}; next_frame(rest, frame);) {
    std::string& tail = tails[frame.stream == OutputStream::out ? 0 : 1];
    if (frame.bytes.contains(text)) {
      return true;
    }
    tail += frame.bytes.substr(0, text.size() - 1);
    if (tail.contains(text)) {
      return true;
    }
    if (frame.bytes.size() >= text.size()) {
      tail = frame.bytes.substr(frame.bytes.size() - (text.size() - 1));
    } else if (tail.size() >= text.size()) {
      tail.erase(0, tail.size() - (text.size() - 1));
    }
  }
  return false;
}

Result<void> replay_log(std::string_view encoded, const LogFrameVisitor& visit) {
  Frame frame{};
  for (std::string_view rest = encoded; !rest.empty();) {
    if (!next_frame(rest, frame)) {
      return fail(Errc::corrupt,
                  fmt::format("the log is damaged at byte {}", encoded.size() - rest.size()));
    }
  }
  for (std::string_view rest = encoded; next_frame(rest, frame);) {
    visit(frame.stream, frame.since_start, frame.bytes);
  }
  return {};
}

std::vector<std::string> secrets_in_log(
    const TaskLog& log, const std::map<std::string, std::string, std::less<>>& environment) {
  std::vector<std::string> names;
  for (const auto& [name, value] : environment) {
    if (value.size() >= kSecretBytesMin && sounds_secret(name) && log.contains(value)) {
      names.push_back(name);
    }
  }
  return names;
}

}  // namespace vc::agent
