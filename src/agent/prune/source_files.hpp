// Which files of a folder are sources: what prune copies.
#pragma once

#include "agent/fingerprint/git_repository.hpp"

#include <string>
#include <vector>

namespace vc::agent {

struct SourceEntry {
  std::string path;                   // Relative to the workspace's root.
  FileKind kind = FileKind::regular;  // regular, symlink or directory.
};

struct SourceFolder {
  std::string directory;              // Relative to the workspace's root; "" is the root.
  std::vector<std::string> left_out;  // Folders below it that are not entered, sorted.
};

// Everything in the folder and below, a directory before what is in it: files, links and (also
// empty) directories, tracked by git or not ignored. Never `.git`, `node_modules`, `.velocity` and
// `.turbo`; neither FIFOs, sockets and devices. Links are not followed. Without git the ignore
// files count all the same. Blocks. Errc::too_large for trees that are more than 256 folders deep.
Result<std::vector<SourceEntry>> list_sources(int root_fd, GitRepository& repository,
                                              const SourceFolder& folder);

}  // namespace vc::agent
