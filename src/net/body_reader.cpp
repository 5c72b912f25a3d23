#include "net/body_reader.hpp"

#include <algorithm>
#include <array>

namespace vc::net {

namespace {

constexpr std::size_t kReadBytes = 16 << 10;
// Room is made as bytes arrive, not as they are announced: an announcement costs the client
// nothing.
constexpr std::size_t kFirstRoomBytes = 64 << 10;
// The longest line before a chunk, and all trailers together.
constexpr std::size_t kChunkLineBytesMax = 16 << 10;

}  // namespace

BodyReader::BodyReader(Connection& connection, Exchange& exchange)
    : connection_(connection), exchange_(exchange) {
  if (!exchange.request.is_chunked()) {
    left_ = exchange.request.content_length().value_or(0);
  }
}

bool BodyReader::awaits_continue() const {
  // A client that sends without waiting has shown that it needs no leave (RFC 9110 10.1.1).
  return exchange_.request.expects_continue() && left_ != 0 && exchange_.input.content().empty();
}

Task<bool> BodyReader::send_continue() {
  co_return co_await connection_.write("HTTP/1.1 100 Continue\r\n\r\n");
}

Task<std::size_t> BodyReader::read_some(std::span<char> into) {
  const auto wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), left_.value_or(into.size())));
  const std::string_view buffered = exchange_.input.content();
  std::size_t bytes = std::min(wanted, buffered.size());
  if (bytes > 0) {
    std::ranges::copy(buffered.substr(0, bytes), into.begin());
    exchange_.input.consume(bytes);
  } else {
    bytes = co_await connection_.read_some(into.first(wanted));
  }
  if (left_) {
    *left_ -= bytes;
  }
  co_return bytes;
}

Task<BodyReader::Whole> BodyReader::read_whole(std::size_t bytes_max) {
  return left_ ? read_sized(*left_) : read_chunked(bytes_max);
}

Task<BodyReader::Whole> BodyReader::read_sized(std::uint64_t size) {
  Whole whole;
  std::size_t filled = 0;
  while (filled < size) {
    if (filled == whole.body.size()) {
      const std::size_t room = std::max(kFirstRoomBytes, 2 * filled);
      whole.body.resize(static_cast<std::size_t>(std::min<std::uint64_t>(size, room)));
    }
    const std::size_t bytes = co_await read_some(std::span(whole.body).subspan(filled));
    if (bytes == 0) {
      whole.end = End::gone;
      co_return whole;
    }
    filled += bytes;
  }
  co_return whole;
}

Task<BodyReader::Whole> BodyReader::read_chunked(std::size_t bytes_max) {
  Whole whole;
  std::string raw;
  for (;;) {
    const std::size_t had = raw.size();
    raw.resize(had + kReadBytes);
    const std::size_t bytes = co_await read_some(std::span(raw).subspan(had));
    raw.resize(had + bytes);
    if (bytes == 0) {
      whole.end = End::gone;
      co_return whole;
    }
    const auto decoded = exchange_.request.decode_chunks(raw, whole.body, bytes_max);
    raw.erase(0, decoded.consumed);
    if (decoded.done && !decoded.refusal) {
      left_ = 0;
      exchange_.beyond = std::move(raw);  // The next request, sent without waiting.
      co_return whole;
    }
    if (decoded.refusal || raw.size() > kChunkLineBytesMax) {
      whole.end = End::refused;
      whole.refusal =
          decoded.refusal.value_or(Refusal{.status = 400, .reason = "malformed chunked body"});
      co_return whole;
    }
  }
}

Task<bool> BodyReader::discard() {
  std::array<char, kReadBytes>
      scratch;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read().
  while (left_ > 0) {
    if (co_await read_some(scratch) == 0) {
      co_return false;
    }
  }
  co_return left_.has_value();
}

}  // namespace vc::net
