// LocalRoot: the directory of the local driver, and proof that it is ours alone.
//
// <root>/VELOCITYCACHE   marker: what is here was written by this program (B14)
//        lock            flock(2): one gateway per root, also across containers
//        keys/           url.key, seal.key
//        staging/        uploads in progress, swept at start
//        objects/v1/...  artifacts, under ObjectKey::text()
#pragma once

#include "core/fd.hpp"
#include "core/files.hpp"
#include "core/result.hpp"
#include "storage/staged_file.hpp"

#include <cstddef>

namespace vc::storage {

class LocalRoot {
 public:
  // Makes what is missing and sweeps what a killed process left. Errc::conflict when another
  // process holds the root, Errc::invalid for a directory that is not ours or cannot publish.
  static Result<LocalRoot> open(const fs::path& root_path);

  // Whether the root is still where it was and takes writes. Costs two system calls.
  Result<void> check() const;

  // For one upload. The root must outlive it.
  Result<StagedFile> stage() const { return StagedFile::create(staging_.get(), kind_); }

  int objects_fd() const { return objects_.get(); }

  std::size_t swept_files() const { return swept_files_; }

  fs::path key_file(std::string_view name) const { return path_ / "keys" / name; }

 private:
  LocalRoot() = default;

  fs::path path_;
  UniqueFd directory_;
  UniqueFd lock_;  // Closing it gives the root back.
  UniqueFd staging_;
  UniqueFd objects_;
  Staging kind_ = Staging::named;
  std::size_t swept_files_ = 0;
};

}  // namespace vc::storage
