#include "core/temp_dir.hpp"

#include <cstdlib>
#include <string>
#include <system_error>
#include <utility>

namespace vc {

namespace {

// Lets the owner enter and empty every directory below: what was unpacked or built there may have
// modes that forbid it.
void unlock_directories(const fs::path& root) {
  std::error_code ignored;
  fs::permissions(root, fs::perms::owner_all, fs::perm_options::add, ignored);
  for (const auto& entry : fs::directory_iterator(root, ignored)) {
    if (entry.is_directory(ignored) && !entry.is_symlink(ignored)) {
      unlock_directories(entry.path());
    }
  }
}

}  // namespace

Result<TempDir> TempDir::create(const fs::path& parent) {
  fs::path base = parent;
  if (base.empty()) {
    std::error_code error;
    base = fs::temp_directory_path(error);
    if (error) {
      return std::unexpected(errno_error("find the temporary directory", error.value())
                                 .with_hint("set TMPDIR to a directory that exists"));
    }
  }
  std::string name = (base / "velocity-XXXXXX").native();
  if (::mkdtemp(name.data()) == nullptr) {
    return std::unexpected(errno_error("create a temporary directory in " + base.native()));
  }
  return TempDir(std::move(name));
}

TempDir::TempDir(TempDir&& other) noexcept : path_(std::exchange(other.path_, {})) {}

TempDir::~TempDir() {
  if (path_.empty()) {
    return;
  }
  std::error_code error;
  fs::remove_all(path_, error);
  if (error) {
    unlock_directories(path_);
    fs::remove_all(path_, error);
  }
}

}  // namespace vc
