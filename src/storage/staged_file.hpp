// StagedFile: a file nobody can see until it is linked, whole, under its name.
//
// Unnamed (O_TMPFILE) the kernel itself removes it with its last descriptor, whatever kills the
// process. Where the file system lacks that it has a `spool-` name, which the next start sweeps.
#pragma once

#include "core/fd.hpp"
#include "core/result.hpp"
#include "storage/driver.hpp"

#include <sys/types.h>

#include <string>
#include <string_view>

namespace vc::storage {

// Every name this process gives to what is not finished begins so, and nothing else does.
inline constexpr std::string_view kStagingPrefix = "spool-";

// Nobody but the gateway's own user looks into the store.
inline constexpr mode_t kDirectoryMode = 0700;

enum class Staging { unnamed, named };

class StagedFile {
 public:
  // `directory_fd` must stay open for the life of the file. Mode 0600.
  static Result<StagedFile> create(int directory_fd, Staging staging);

  StagedFile(StagedFile&& other) noexcept;
  StagedFile& operator=(StagedFile&&) = delete;
  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;
  ~StagedFile();

  int fd() const { return fd_.get(); }

  // link(2), which is exclusive: `exists` when the name is taken. Errc::not_found when the target
  // directory is gone. Does not sync the directory.
  Result<Stored> link_to(int directory_fd, const std::string& name) const;
  // Takes the place of whatever has that name, in one step.
  Result<void> replace(int directory_fd, const std::string& name);

 private:
  StagedFile(UniqueFd fd, int directory_fd, std::string name)
      : fd_(std::move(fd)), directory_fd_(directory_fd), name_(std::move(name)) {}

  UniqueFd fd_;
  int directory_fd_;
  std::string name_;  // In directory_fd_; "" while unnamed.
};

// fsync(2) of a file or a directory.
Result<void> sync_to_disk(int fd, std::string_view what);

// Which kind `directory_fd` can do; an error when it has no exclusive link(2) at all. A full disk
// is no proof of anything: `named`, which works wherever the other does.
Result<Staging> probe_staging(int directory_fd);

}  // namespace vc::storage
