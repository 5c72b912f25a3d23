// AccessLog: gathers what the processes of one task do, while they wait for it, and sums it up when
// they have ended.
#pragma once

#include "agent/trace/access.hpp"
#include "agent/trace/notified_call.hpp"

#include <cstdint>
#include <limits>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace vc::agent {

// Bounds the memory of a trace; beyond, paths are counted, not kept.
inline constexpr std::size_t kTracedPathsMax = 500'000;

class AccessLog {
 public:
  // `root` is absolute and without links. `paths_max` is for tests.
  explicit AccessLog(std::string root, std::size_t paths_max = kTracedPathsMax);

  // While the call waits: looks at the files as they are before it. Safe for concurrent use, as is
  // all here.
  void note(const NotifiedCall& call);
  void note_unreadable();

  // After the task: follows links, puts the names of one file together, looks at what is there now.
  Trace settle() const;

 private:
  static constexpr std::uint32_t kNever = std::numeric_limits<std::uint32_t>::max();

  enum class State : std::uint8_t { unknown, absent, file, link, directory };
  enum class Links { follow, keep };

  // By path as it was given.
  struct Entry {
    Touches followed;  // What was done to what the path leads to,
    Touches itself;    // and to the name itself, should it be a link.
    State before = State::unknown;
    std::uint32_t first = 0;
    std::uint32_t first_read = kNever;
    std::uint32_t first_write = kNever;
  };

  // One Access on its way.
  struct Merged {
    Touches touches;
    State before = State::unknown;
    std::uint32_t first = kNever;
    std::uint32_t first_read = kNever;
    std::uint32_t first_write = kNever;
  };

  void note_open(const NotifiedCall& call);
  void note_look(const std::string& path, Links links, Touch when_there);
  void note_rename(const NotifiedCall& call);
  // nullptr: beyond the limit.
  Entry* entry(const std::string& path);
  void touch(const std::string& path, Touch touch, State before, Links links = Links::follow);
  bool is_elsewhere(std::string_view path) const;
  State state_of(const std::string& path, Links links) const;
  static void merge(Merged& into, const Entry& entry, Touches touches);
  Access access_of(const std::string& path, const Merged& merged) const;

  const std::string root_;
  const std::size_t paths_max_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
  TraceCounts counts_;
  std::uint32_t clock_ = 0;
};

}  // namespace vc::agent
