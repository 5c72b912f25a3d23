// Changes: waits until files of a workspace may have changed: told by the kernel, or, where it will
// not watch so many directories, by looking every second.
#pragma once

#include "agent/watch/directory_watch.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace vc::agent {

// Changes that follow each other this closely are one; a branch switch goes on for a while.
inline constexpr std::chrono::milliseconds kQuietBeforeRun{60};
inline constexpr std::chrono::milliseconds kQuietAwaitedMax{2'000};
inline constexpr std::chrono::milliseconds kLookInterval{1'000};

class Changes {
 public:
  using Tick = std::function<void()>;

  // `tick` is called several times a second while wait() blocks.
  explicit Changes(Tick tick) : tick_(std::move(tick)) {}

  // From now on below `root`. Returns why the kernel does not tell, "" when it does.
  std::string follow(const fs::path& root, DirectoryWatch::Skip skip);

  // Blocks until something may have changed since the last time, and no more changes follow: true.
  // False as soon as `wake`, a descriptor, is readable.
  bool wait(int wake);

  // Whether something changed since the last wait(), which the next one will tell. Where every
  // second is looked: whether that may be.
  bool has_pending();

  // Why the kernel no longer tells since the last time it was asked, else "".
  std::string take_trouble() { return std::exchange(trouble_, {}); }

  std::size_t directories() const { return watch_ ? watch_->directories() : 0; }

 private:
  enum class Seen { change, nothing, woken };

  Seen look(int wake, std::chrono::milliseconds patience);
  void give_up(const Error& error);

  Tick tick_;
  std::unique_ptr<DirectoryWatch> watch_;  // Null: look every second.
  bool is_pending_ = false;
  std::string trouble_;
};

}  // namespace vc::agent
