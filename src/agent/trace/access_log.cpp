#include "agent/trace/access_log.hpp"

#include "agent/trace/path_resolver.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <utility>

namespace vc::agent {

namespace {

// The system's own; no links in them lead into a workspace.
constexpr std::array<std::string_view, 8> kSystemDirectories{"/usr/",  "/lib/", "/lib64/", "/etc/",
                                                             "/proc/", "/dev/", "/sys/",   "/bin/"};

bool has_flag(std::uint64_t flags, std::uint64_t flag) {
  return (flags & flag) == flag;
}

}  // namespace

AccessLog::AccessLog(std::string root, std::size_t paths_max)
    : root_(root == "/" ? "" : std::move(root)), paths_max_(paths_max) {}

void AccessLog::note_unreadable() {
  const std::scoped_lock lock(mutex_);
  ++counts_.calls;
  ++counts_.unreadable;
}

void AccessLog::note(const NotifiedCall& call) {
  const std::scoped_lock lock(mutex_);
  ++counts_.calls;
  if (call.path.empty()) {
    return;
  }
  const bool keeps_links = has_flag(call.flags, AT_SYMLINK_NOFOLLOW);
  switch (call.kind) {
    case CallKind::open:
    case CallKind::open_how:
      return note_open(call);
    case CallKind::look:
      return note_look(call.path, keeps_links ? Links::keep : Links::follow, Touch::looked);
    case CallKind::look_at_link:
      return note_look(call.path, Links::keep, Touch::looked);
    case CallKind::read_link:
      return note_look(call.path, Links::keep, Touch::read);
    case CallKind::execute:
      return note_look(call.path, Links::follow, Touch::read);
    case CallKind::change:
      return note_look(call.path, Links::follow, Touch::written);
    case CallKind::list:
      return touch(call.path, Touch::listed, State::directory);
    case CallKind::create:
    case CallKind::make_directory: {
      const State before = state_of(call.path, Links::keep);
      return touch(call.path, before == State::absent ? Touch::written : Touch::looked, before,
                   Links::keep);
    }
    case CallKind::remove:
      if (const State before = state_of(call.path, Links::keep); before != State::absent) {
        touch(call.path, Touch::removed, before, Links::keep);
      }
      return;
    case CallKind::rename:
    case CallKind::link:
      return note_rename(call);
  }
}

void AccessLog::note_open(const NotifiedCall& call) {
  const std::uint64_t flags = call.flags;
  if (has_flag(flags, O_TMPFILE)) {
    return;  // It has no name.
  }
  const Links links = has_flag(flags, O_NOFOLLOW) ? Links::keep : Links::follow;
  const bool may_write = (flags & O_ACCMODE) != O_RDONLY;
  if (has_flag(flags, O_PATH) || (!may_write && !has_flag(flags, O_CREAT))) {
    return note_look(call.path, links, has_flag(flags, O_PATH) ? Touch::looked : Touch::read);
  }
  const State before = state_of(call.path, links);
  if (before == State::absent) {
    return touch(call.path, has_flag(flags, O_CREAT) ? Touch::written : Touch::missed, before,
                 links);
  }
  if (before == State::directory || has_flag(flags, O_CREAT | O_EXCL)) {
    return touch(call.path, Touch::looked, before, links);
  }
  if ((flags & O_ACCMODE) != O_WRONLY && !has_flag(flags, O_TRUNC)) {
    touch(call.path, Touch::read, before, links);
  }
  if (may_write) {
    touch(call.path, Touch::written, before, links);
  }
}

// Directories are read by listing them; to open or to ask for one says only that it is there.
void AccessLog::note_look(const std::string& path, Links links, Touch when_there) {
  if (const auto found = entries_.find(path); found != entries_.end()) {
    const Touches known = links == Links::follow ? found->second.followed : found->second.itself;
    if (known.has(when_there)) {
      return;  // Seen before, as most are: no need to look.
    }
  }
  const State before = state_of(path, links);
  if (before == State::absent) {
    touch(path, Touch::missed, before, links);
  } else if ((before == State::directory && when_there != Touch::written) ||
             (before == State::file && when_there == Touch::read && links == Links::keep)) {
    touch(path, Touch::looked, before, links);  // The second is readlink(2) of what is none.
  } else {
    touch(path, when_there, before, links);
  }
}

void AccessLog::note_rename(const NotifiedCall& call) {
  const State before = state_of(call.path, Links::keep);
  if (before == State::absent || call.second_path.empty()) {
    return;
  }
  touch(call.path, call.kind == CallKind::rename ? Touch::removed : Touch::read, before,
        Links::keep);
  const State target = state_of(call.second_path, Links::keep);
  const bool is_refused = call.kind == CallKind::link && target != State::absent;
  touch(call.second_path, is_refused ? Touch::looked : Touch::written, target, Links::keep);
}

AccessLog::Entry* AccessLog::entry(const std::string& path) {
  const auto found = entries_.find(path);
  if (found != entries_.end()) {
    return &found->second;
  }
  if (entries_.size() >= paths_max_) {
    ++counts_.dropped;
    return nullptr;
  }
  return &entries_[path];
}

void AccessLog::touch(const std::string& path, Touch touch, State before, Links links) {
  Entry* at = entry(path);
  if (at == nullptr) {
    return;
  }
  const std::uint32_t now = ++clock_;
  if (at->first == 0) {
    at->first = now;
    at->before = before;
  }
  (links == Links::follow ? at->followed : at->itself).add(touch);
  if (touch == Touch::read) {
    at->first_read = std::min(at->first_read, now);
  } else if (touch == Touch::written) {
    at->first_write = std::min(at->first_write, now);
  }
}

bool AccessLog::is_elsewhere(std::string_view path) const {
  return std::ranges::any_of(kSystemDirectories, [&](std::string_view directory) {
    return path.starts_with(directory) && !root_.starts_with(directory);
  });
}

AccessLog::State AccessLog::state_of(const std::string& path, Links links) const {
  if (is_elsewhere(path)) {
    return State::unknown;  // Not worth the time: it is only counted.
  }
  struct stat status{};
  if (::fstatat(AT_FDCWD, path.c_str(), &status, links == Links::keep ? AT_SYMLINK_NOFOLLOW : 0) !=
      0) {
    return errno == ENAMETOOLONG ? State::unknown : State::absent;
  }
  return S_ISDIR(status.st_mode)   ? State::directory
         : S_ISLNK(status.st_mode) ? State::link
                                   : State::file;
}

void AccessLog::merge(Merged& into, const Entry& entry, Touches touches) {
  into.touches.add(touches);
  if (entry.first < into.first) {
    into.first = entry.first;
    into.before = entry.before;
  }
  into.first_read = std::min(into.first_read, entry.first_read);
  into.first_write = std::min(into.first_write, entry.first_write);
}

Trace AccessLog::settle() const {
  const std::scoped_lock lock(mutex_);
  PathResolver resolver;
  std::map<std::string, Merged> merged;
  Trace trace{.accesses = {}, .counts = counts_};
  const auto add = [&](const std::string& real, const Entry& entry, Touches touches) {
    if (touches == Touches{}) {
      return;
    }
    if (real == root_ || real.starts_with(root_ + "/")) {
      merge(merged[real], entry, touches);
    } else {
      ++trace.counts.outside;
    }
  };
  for (const auto& [path, entry] : entries_) {
    if (is_elsewhere(path)) {
      ++trace.counts.outside;
      continue;
    }
    add(resolver.resolve(path), entry, entry.followed);
    add(resolver.resolve_parent(path), entry, entry.itself);
  }
  for (const std::string& link : resolver.links()) {
    if (link.starts_with(root_ + "/")) {
      Merged& at = merged[link];
      at.touches.add(Touch::read);
      at.before = at.first == kNever ? State::link : at.before;
    }
  }
  for (const auto& [path, touched] : merged) {
    trace.accesses.push_back(access_of(path, touched));
  }
  return trace;
}

Access AccessLog::access_of(const std::string& path, const Merged& merged) const {
  const State after = state_of(path, Links::keep);
  Access access{
      .path = path.size() > root_.size() ? path.substr(root_.size() + 1) : "",
      .touches = merged.touches,
      .existed_before = merged.before != State::absent,
      .exists_after = after != State::absent,
      .is_directory = (after == State::absent ? merged.before : after) == State::directory,
      .wrote_first = merged.first_write < merged.first_read,
      .absent_directory = {}};
  if (!access.exists_after) {
    std::string_view parent(path);
    for (parent = parent.substr(0, parent.rfind('/')); parent.size() > root_.size();
         parent = parent.substr(0, parent.rfind('/'))) {
      if (state_of(std::string(parent), Links::keep) != State::absent) {
        break;
      }
      access.absent_directory = parent.substr(root_.size() + 1);
    }
  }
  return access;
}

}  // namespace vc::agent
