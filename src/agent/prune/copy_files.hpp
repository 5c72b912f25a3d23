// FileCopier: copies files from below one folder to below another, and never beside it.
#pragma once

#include "agent/beneath.hpp"
#include "agent/prune/source_files.hpp"

#include <string>
#include <string_view>

namespace vc::agent {

class FileCopier {
 public:
  // Both descriptors must outlive it. No link below either is ever followed.
  FileCopier(int from_fd, int to_fd)
      : from_fd_(from_fd), cursor_(to_fd, DirectoryCursor::Missing::create) {}

  // To `prefix` + the entry's path; parents are made. Files keep their permissions, links what they
  // say. A file or link that is there already is replaced. Blocks.
  Result<void> copy(const SourceEntry& entry, std::string_view prefix);
  Result<void> write(const std::string& path, std::string_view content);

 private:
  Result<void> copy_file(const std::string& from, const std::string& to);
  Result<void> copy_link(const std::string& from, const std::string& to);
  Result<void> make_directory(const std::string& to);
  // An empty file where nothing was.
  Result<UniqueFd> create(const std::string& to, unsigned mode);

  int from_fd_;
  DirectoryCursor cursor_;
};

}  // namespace vc::agent
