// Keys: what a person presses, out of the bytes a terminal sends (ECMA-48; arrows as CSI or SS3).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

enum class KeyKind : std::uint8_t { up, down, first, last, enter, escape, interrupt, erase, text };

struct Key {
  KeyKind kind = KeyKind::text;
  char byte = '\0';  // Of `text`; a character beyond ASCII is several keys.

  friend bool operator==(const Key&, const Key&) = default;
};

class KeyDecoder {
 public:
  // Sequences it does not know are no keys. What may go on is kept for the next call.
  std::vector<Key> feed(std::string_view bytes);

  // Whether what came last may be the beginning of a sequence, or the key Esc: time tells.
  bool is_waiting() const { return !pending_.empty(); }

  // Nothing has followed.
  std::vector<Key> give_up_waiting();

 private:
  std::string pending_;
};

}  // namespace vc::agent
