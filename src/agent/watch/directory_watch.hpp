// DirectoryWatch: says that something below a directory has changed, by inotify(7).
//
// What changed it does not say: whoever asks looks for himself. Watches follow directories that are
// made, moved and removed; when the kernel loses events, that counts as a change. Symbolic links
// are not followed. For one thread.
#pragma once

#include "core/fd.hpp"
#include "core/files.hpp"
#include "core/result.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

struct inotify_event;  // NOLINT(readability-identifier-naming): the kernel's.

namespace vc::agent {

class DirectoryWatch {
 public:
  // Whether a directory, relative to the root, is left out with all below it.
  using Skip = std::function<bool(std::string_view path)>;

  // Errc::no_space: a limit of the system is reached; the message names it.
  static Result<std::unique_ptr<DirectoryWatch>> create(fs::path root, Skip skip);

  // Readable when there is something to read.
  int descriptor() const { return fd_.get(); }

  // Reads all that is there, without blocking: whether anything changed. Errors as of create();
  // then changes may be missed from now on.
  Result<bool> read_changes();

  std::size_t directories() const { return directories_.size(); }

 private:
  DirectoryWatch(fs::path root, Skip skip, UniqueFd fd)
      : root_(std::move(root)), skip_(std::move(skip)), fd_(std::move(fd)) {}

  bool is_skipped(const std::string& path) const;
  Result<void> add_tree(const std::string& path);
  Result<bool> take(const inotify_event& event, std::string_view name);
  void forget_tree(const std::string& path);

  fs::path root_;
  Skip skip_;
  UniqueFd fd_;
  std::map<int, std::string> directories_;  // By watch descriptor; "" is the root.
};

}  // namespace vc::agent
