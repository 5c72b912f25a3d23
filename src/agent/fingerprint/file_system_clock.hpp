// sample_file_system_clock(): what time a file system would stamp on a file changed now.
//
// Not clock_gettime: the kernel stamps files with a clock that ticks every few milliseconds, and a
// network file system with its server's.
#pragma once

#include "core/files.hpp"

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace vc::agent {

struct FileSystemTime {
  std::int64_t ns = 0;
  dev_t device = 0;
};

// Makes a file in `directory` that is gone at once; nullopt where that is not possible.
std::optional<FileSystemTime> sample_file_system_clock(const fs::path& directory);

}  // namespace vc::agent
