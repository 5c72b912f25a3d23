#include "agent/watch/changes.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <utility>

namespace vc::agent {

namespace {

using Steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTickInterval{100};

}  // namespace

std::string Changes::follow(const fs::path& root, DirectoryWatch::Skip skip) {
  auto made = DirectoryWatch::create(root, std::move(skip));
  if (!made) {
    watch_.reset();
    return made.error().message;
  }
  watch_ = *std::move(made);
  is_pending_ = false;
  return {};
}

bool Changes::has_pending() {
  if (!watch_) {
    return true;
  }
  const auto changed = watch_->read_changes();
  if (!changed) {
    give_up(changed.error());
  }
  is_pending_ = is_pending_ || changed.value_or(true);
  return is_pending_;
}

bool Changes::wait(int wake) {
  Seen seen = std::exchange(is_pending_, false) ? Seen::change : Seen::nothing;
  while (seen == Seen::nothing) {
    seen = look(wake, kLookInterval);
    if (seen == Seen::nothing && !watch_) {
      return true;  // Perhaps: whoever asked looks at the files.
    }
  }
  const auto start = Steady::now();
  while (seen == Seen::change && watch_ && Steady::now() - start < kQuietAwaitedMax) {
    seen = look(wake, kQuietBeforeRun);
  }
  return seen != Seen::woken;
}

Changes::Seen Changes::look(int wake, std::chrono::milliseconds patience) {
  const auto until = Steady::now() + patience;
  while (true) {
    tick_();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Steady::now());
    std::array<pollfd, 2> set{
        pollfd{.fd = wake, .events = POLLIN, .revents = 0},
        pollfd{.fd = watch_ ? watch_->descriptor() : -1, .events = POLLIN, .revents = 0}};
    const auto pause = std::clamp(left, std::chrono::milliseconds(0), kTickInterval);
    if (::poll(set.data(), set.size(), static_cast<int>(pause.count())) > 0) {
      if (set[0].revents != 0) {
        return Seen::woken;
      }
      const auto changed = watch_->read_changes();
      if (!changed) {
        give_up(changed.error());
        return Seen::change;
      }
      if (*changed) {
        return Seen::change;
      }
    }
    if (left.count() <= 0) {
      return Seen::nothing;
    }
  }
}

void Changes::give_up(const Error& error) {
  trouble_ = error.message;
  watch_.reset();
}

}  // namespace vc::agent
