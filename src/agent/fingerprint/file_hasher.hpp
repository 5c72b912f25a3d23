// FileHasher: the digest of one file's content, read into a buffer that is used again.
#pragma once

#include "agent/file_index.hpp"
#include "core/digest.hpp"
#include "core/result.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace vc::agent {

struct HashedFile {
  FileStamp stamp;  // From before reading.
  Digest digest;
};

// Not for use by two threads at once.
class FileHasher {
 public:
  FileHasher();

  // `path` is relative to `root_fd`, and what `index` knows the file by. nullopt: it is gone.
  // A file that changes while it is read gets a digest and no place in the index. Never waits, also
  // when a FIFO has taken the file's place: that is Errc::conflict.
  Result<std::optional<HashedFile>> hash(int root_fd, const std::string& path, FileIndex& index);

 private:
  Result<Digest> read_to_end(int fd, const std::string& path);

  std::vector<std::byte> buffer_;
  Hasher hasher_;
};

}  // namespace vc::agent
