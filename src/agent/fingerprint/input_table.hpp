// InputTable: the input files of one package, packed: two allocations whatever their number.
#pragma once

#include "agent/file_index.hpp"
#include "core/digest.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

using InputId = std::uint32_t;  // Index into an InputTable.

class InputTable {
 public:
  struct Row {
    std::uint32_t path_offset = 0;
    std::uint32_t path_bytes = 0;
    FileStamp stamp;
    Digest digest;  // Of a file's content, or of a symbolic link's target text.
  };

  // `directory` is relative to the workspace root; "" is the root.
  explicit InputTable(std::string_view directory) : directory_(directory) {}

  InputId add(std::string_view path, const FileStamp& stamp, const Digest& digest) {
    rows_.push_back({.path_offset = static_cast<std::uint32_t>(paths_.size()),
                     .path_bytes = static_cast<std::uint32_t>(path.size()),
                     .stamp = stamp,
                     .digest = digest});
    paths_ += path;
    return static_cast<InputId>(rows_.size() - 1);
  }

  void set(InputId id, const FileStamp& stamp, const Digest& digest) {
    rows_[id].stamp = stamp;
    rows_[id].digest = digest;
  }

  const Row& row(InputId id) const { return rows_[id]; }

  std::size_t size() const { return rows_.size(); }

  // Relative to the directory.
  std::string_view path(InputId id) const {
    return std::string_view(paths_).substr(rows_[id].path_offset, rows_[id].path_bytes);
  }

  std::string workspace_path(InputId id) const {
    return directory_.empty() ? std::string(path(id)) : directory_ + "/" + std::string(path(id));
  }

  const std::string& directory() const { return directory_; }

  void shrink_to_fit() {
    rows_.shrink_to_fit();
    paths_.shrink_to_fit();
  }

 private:
  std::string directory_;
  std::string paths_;
  std::vector<Row> rows_;
};

}  // namespace vc::agent
