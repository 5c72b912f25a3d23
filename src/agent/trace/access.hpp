// Access: what one task did with one path of the workspace, as far as its system calls tell.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vc::agent {

enum class Touch : std::uint8_t {
  read,     // Opened for reading, executed, or read as a link.
  looked,   // Only asked for: it is there.
  missed,   // Asked for: it is not there.
  listed,   // The entries of a directory.
  written,  // Created, opened for writing, replaced, or its attributes changed.
  removed,  // Unlinked or renamed away.
};

class Touches {
 public:
  void add(Touch touch) { bits_ |= bit(touch); }

  void add(Touches others) { bits_ |= others.bits_; }

  bool has(Touch touch) const { return (bits_ & bit(touch)) != 0; }

  friend bool operator==(Touches, Touches) = default;

 private:
  static std::uint8_t bit(Touch touch) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(touch));
  }

  std::uint8_t bits_ = 0;
};

struct Access {
  std::string path;  // Relative to the workspace root, without links on its way; "" is the root.
  Touches touches;
  bool existed_before = false;  // When the task first touched it.
  bool exists_after = false;    // When the task had ended.
  bool is_directory = false;    // After, or before when it is gone.
  // It was written before it was read: what was read is the task's own.
  bool wrote_first = false;
  // Of an absent path: the topmost directory on its way that is absent too; else "".
  std::string absent_directory;
};

// What a trace saw, in numbers.
struct TraceCounts {
  std::uint64_t calls = 0;       // System calls looked at.
  std::uint64_t outside = 0;     // Different paths outside of the workspace.
  std::uint64_t unreadable = 0;  // Calls whose path could not be read.
  std::uint64_t dropped = 0;     // Different paths beyond kTracedPathsMax.
};

struct Trace {
  std::vector<Access> accesses;  // Sorted by path, one each.
  TraceCounts counts;
};

}  // namespace vc::agent
