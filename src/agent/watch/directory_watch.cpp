#include "agent/watch/directory_watch.hpp"

#include <fmt/core.h>

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>
#include <utility>
#include <vector>

namespace vc::agent {

namespace {

// A file that is still open is looked at when it is closed.
constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                  IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;
constexpr std::size_t kEventBytes = 64 << 10;

std::string limit_text(const char* name) {
  std::string number = read_file(std::string("/proc/sys/fs/inotify/") + name).value_or("unknown");
  number.erase(std::min(number.find('\n'), number.size()));
  return fmt::format("the limit fs.inotify.{} (now {}) is reached", name, number);
}

std::string joined(const std::string& directory, std::string_view name) {
  return directory.empty() ? std::string(name) : fmt::format("{}/{}", directory, name);
}

}  // namespace

Result<std::unique_ptr<DirectoryWatch>> DirectoryWatch::create(fs::path root, Skip skip) {
  UniqueFd fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!fd.valid()) {
    if (errno == EMFILE) {
      return fail(Errc::no_space, limit_text("max_user_instances"));
    }
    return std::unexpected(errno_error("watch for changes"));
  }
  std::unique_ptr<DirectoryWatch> watch(
      new DirectoryWatch(std::move(root), std::move(skip), std::move(fd)));
  VC_CHECK(watch->add_tree(""));
  return watch;
}

bool DirectoryWatch::is_skipped(const std::string& path) const {
  const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
  return name == ".git" || name == ".velocity" || name == "node_modules" || skip_(path);
}

// The watch comes before the listing: what is made in between is seen twice rather than never.
Result<void> DirectoryWatch::add_tree(const std::string& top) {
  std::vector<std::string> todo{top};
  while (!todo.empty()) {
    const std::string path = std::move(todo.back());
    todo.pop_back();
    const fs::path directory = path.empty() ? root_ : root_ / path;
    const int watch = ::inotify_add_watch(fd_.get(), directory.c_str(),
                                          kEvents | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK);
    if (watch < 0) {
      if (errno == ENOSPC) {
        return fail(Errc::no_space, limit_text("max_user_watches"));
      }
      continue;  // Gone already, or not ours to read: then it is no input either.
    }
    directories_.insert_or_assign(watch, path);
    std::error_code failed;
    for (fs::directory_iterator entry(directory, failed), end; !failed && entry != end;
         entry.increment(failed)) {
      std::error_code unknown;
      std::string child = joined(path, entry->path().filename().string());
      if (entry->symlink_status(unknown).type() == fs::file_type::directory && !is_skipped(child)) {
        todo.push_back(std::move(child));
      }
    }
  }
  return {};
}

Result<bool> DirectoryWatch::read_changes() {
  alignas(inotify_event) std::array<char, kEventBytes> buffer;
  bool changed = false;
  while (true) {
    const ssize_t count = ::read(fd_.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return changed;
    }
    for (ssize_t at = 0; at < count;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      const std::string_view name(event->len > 0 ? event->name : "");
      VC_TRY(const bool matters, take(*event, name));
      changed |= matters;
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
    }
  }
}

Result<bool> DirectoryWatch::take(const inotify_event& event, std::string_view name) {
  if ((event.mask & IN_Q_OVERFLOW) != 0) {
    VC_CHECK(add_tree(""));
    return true;
  }
  const auto found = directories_.find(event.wd);
  if (found == directories_.end()) {
    return false;  // Of a directory that was forgotten meanwhile.
  }
  if ((event.mask & IN_IGNORED) != 0) {
    directories_.erase(found);
    return true;
  }
  const std::string path = name.empty() ? found->second : joined(found->second, name);
  if (!name.empty() && is_skipped(path)) {
    return false;
  }
  if ((event.mask & IN_ISDIR) != 0 && !name.empty()) {
    if ((event.mask & IN_MOVED_FROM) != 0) {
      forget_tree(path);
    }
    if ((event.mask & (IN_CREATE | IN_MOVED_TO)) != 0) {
      VC_CHECK(add_tree(path));
    }
  }
  return true;
}

// It may be anywhere now; if it is still below the root, it is added again under its new name.
void DirectoryWatch::forget_tree(const std::string& path) {
  const std::string below = path + "/";
  std::erase_if(directories_, [&](const auto& entry) {
    const bool is_in_it = entry.second == path || entry.second.starts_with(below);
    if (is_in_it) {
      ::inotify_rm_watch(fd_.get(), entry.first);
    }
    return is_in_it;
  });
}

}  // namespace vc::agent
