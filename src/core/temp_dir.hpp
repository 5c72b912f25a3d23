// TempDir: a directory of our own that is removed, with all it holds, at the end of its scope.
#pragma once

#include "core/files.hpp"

namespace vc {

class TempDir {
 public:
  // Below `parent`, or below $TMPDIR (/tmp) when that is empty.
  static Result<TempDir> create(const fs::path& parent = {});
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  TempDir(TempDir&& other) noexcept;
  TempDir& operator=(TempDir&&) = delete;
  ~TempDir();

  const fs::path& path() const { return path_; }

 private:
  explicit TempDir(fs::path path) : path_(std::move(path)) {}

  fs::path path_;
};

}  // namespace vc
