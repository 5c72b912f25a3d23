// LockText: a YAML lockfile as a tree. Reads the block style that pnpm and yarn write, in one pass
// without copying; a general YAML reader takes seconds for what they write.
//
// Maps by indentation, scalars on one line (plain or quoted), lists, block scalars, and flow maps
// and lists on one line. Anything else (anchors, tags, several documents, tabs, a key that occurs
// twice) is an error: then the caller must do without taking the file apart.
#pragma once

#include "core/result.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

inline constexpr std::size_t kLockTextDepthMax = 32;

struct LockTextNode {
  std::string_view key;           // "" of an item of a list.
  std::string_view value;         // Of a scalar.
  std::string_view raw;           // All of it as written, with what is below; for comparisons.
  std::uint32_t first_child = 0;  // 0: none, since that is the root.
  std::uint32_t next = 0;
};

class LockText {
 public:
  // Borrows `text`.
  static Result<LockText> parse(std::string_view text);

  const LockTextNode& root() const { return nodes_.front(); }

  // nullptr when it is not there.
  const LockTextNode* find(const LockTextNode& map, std::string_view key) const;
  // "" when it is not there.
  std::string_view text(const LockTextNode& map, std::string_view key) const;

  template <class Visitor>
  void for_each(const LockTextNode& parent, Visitor visit) const {
    for (std::uint32_t id = parent.first_child; id != 0; id = nodes_[id].next) {
      visit(nodes_[id]);
    }
  }

 private:
  friend class LockTextParser;
  std::vector<LockTextNode> nodes_;
  std::deque<std::string> unescaped_;  // What `key` and `value` cannot borrow.
};

}  // namespace vc::agent
