// DirectoryListing: the names in one directory, with as few system calls and allocations as
// possible: getdents64 into a buffer that is used again for the next directory.
#pragma once

#include "core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace vc {

enum class FileKind : std::uint8_t { regular, symlink, directory, other, unknown };

FileKind kind_of_mode(unsigned mode);

class DirectoryListing {
 public:
  struct Entry {
    const char* name;   // Zero-terminated.
    std::size_t bytes;  // Of the name.
    FileKind kind;      // unknown where the file system does not say.

    std::string_view text() const { return {name, bytes}; }
  };

  // Everything but "." and "..", in no particular order. The errors do not name the directory: only
  // the caller knows how to.
  Result<void> read(int directory_fd);

  // Valid until the next read().
  const std::vector<Entry>& entries() const { return entries_; }

  bool contains(std::string_view name) const;

 private:
  void parse(std::size_t bytes);

  std::vector<std::byte> buffer_;
  std::vector<Entry> entries_;
};

}  // namespace vc
