#include "agent/picker/keys.hpp"

#include <optional>

namespace vc::agent {

namespace {

constexpr char kEscape = '\x1b';
constexpr std::size_t kSequenceBytesMax = 32;  // None that is known comes near it.

bool is_between(char c, unsigned char low, unsigned char high) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= low && byte <= high;
}

// The final byte of CSI or SS3.
std::optional<KeyKind> kind_of_final(char final) {
  switch (final) {
    case 'A':
      return KeyKind::up;
    case 'B':
      return KeyKind::down;
    case 'H':
      return KeyKind::first;
    case 'F':
      return KeyKind::last;
    default:
      return std::nullopt;
  }
}

std::optional<Key> plain_key(char c) {
  switch (c) {
    case '\r':
    case '\n':
      return Key{.kind = KeyKind::enter};
    case '\x03':  // Ctrl-C
      return Key{.kind = KeyKind::interrupt};
    case '\x04':  // Ctrl-D
      return Key{.kind = KeyKind::escape};
    case '\x08':
    case '\x7f':
      return Key{.kind = KeyKind::erase};
    case '\x0e':  // Ctrl-N
      return Key{.kind = KeyKind::down};
    case '\x10':  // Ctrl-P
      return Key{.kind = KeyKind::up};
    default:
      return is_between(c, 0x20, 0xff) ? std::optional(Key{.kind = KeyKind::text, .byte = c})
                                       : std::nullopt;
  }
}

// How many bytes the escape sequence at the beginning has; 0: it is not all there.
std::size_t sequence_length(std::string_view bytes) {
  if (bytes.size() < 2) {
    return 0;
  }
  if (bytes[1] == kEscape) {
    return 1;
  }
  if (bytes[1] == 'O') {
    return bytes.size() < 3 ? 0 : 3;
  }
  if (bytes[1] != '[') {
    return 2;  // Alt and a key.
  }
  std::size_t end = 2;
  while (end < bytes.size() && is_between(bytes[end], 0x20, 0x3f)) {
    ++end;
  }
  return end < bytes.size() ? end + 1 : (end > kSequenceBytesMax ? end : 0);
}

}  // namespace

std::vector<Key> KeyDecoder::feed(std::string_view bytes) {
  std::vector<Key> keys;
  pending_ += bytes;
  std::string_view rest = pending_;
  while (!rest.empty()) {
    if (rest.front() != kEscape) {
      if (const auto key = plain_key(rest.front())) {
        keys.push_back(*key);
      }
      rest.remove_prefix(1);
      continue;
    }
    const std::size_t length = sequence_length(rest);
    if (length == 0) {
      break;
    }
    const auto kind = length > 2 ? kind_of_final(rest[length - 1]) : std::nullopt;
    if (length == 1) {
      keys.push_back({.kind = KeyKind::escape});
    } else if (kind) {
      keys.push_back({.kind = *kind});
    }
    rest.remove_prefix(length);
  }
  pending_ = std::string(rest);
  return keys;
}

std::vector<Key> KeyDecoder::give_up_waiting() {
  const bool is_escape = pending_.size() == 1;
  pending_.clear();
  return is_escape ? std::vector{Key{.kind = KeyKind::escape}} : std::vector<Key>{};
}

}  // namespace vc::agent
