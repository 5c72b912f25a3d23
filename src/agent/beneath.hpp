// Walking below an open directory without ever following a symbolic link: the only way in which
// this component reaches files whose names it was told.
#pragma once

#include "core/directory_listing.hpp"
#include "core/fd.hpp"
#include "core/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// Opens `path`, relative and in normal form, below `directory_fd`; no component may be a symbolic
// link (nor the last one, whatever `flags` say). One openat2(2) with RESOLVE_BENEATH and
// RESOLVE_NO_SYMLINKS where the kernel has it and a sandbox lets it through, else one openat(2)
// with O_NOFOLLOW a component. Errc::not_found when something on the way is absent or no directory.
Result<UniqueFd> open_beneath(int directory_fd, std::string_view path, int flags);

// DirectoryCursor: the open parent directory of one path after another. Paths that come in order
// share their parents, so a directory is opened about once however many files it has.
class DirectoryCursor {
 public:
  enum class Missing { fail, create };

  // `root_fd` must outlive the cursor.
  DirectoryCursor(int root_fd, Missing missing) : root_fd_(root_fd), missing_(missing) {}

  // A descriptor of the directory that holds `path`, good until the next call.
  Result<int> parent_of(std::string_view path);

 private:
  struct Level {
    std::string path;
    UniqueFd fd;
  };

  Result<void> descend(int from_fd, std::string_view from, std::string_view to);

  int root_fd_;
  Missing missing_;
  std::vector<Level> levels_;
};

struct DirectoryEntry {
  std::string name;
  FileKind kind = FileKind::unknown;  // Never unknown once listed.
};

// Everything in the directory but `.` and `..`, in no order, from its beginning.
Result<std::vector<DirectoryEntry>> list_directory(int fd);

// What the link `name` in this directory says.
Result<std::string> link_target(int directory_fd, const std::string& name);

// Removes `name` and all below it; absent is success. Links are removed, never followed. A
// directory that forbids its owner to write is made writable; a mount point is emptied and stays.
Result<void> remove_tree(int directory_fd, const std::string& name);

}  // namespace vc::agent
