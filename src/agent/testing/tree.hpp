// Trees of small files as values, so that a test can say what it makes and compare what it finds.
#pragma once

#include "core/files.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <map>
#include <ostream>
#include <string>

namespace vc::agent {

struct Node {
  enum class Kind { file, link, directory, other };

  Kind kind = Kind::file;
  unsigned mode = 0;  // Permission bits; 0 for links.
  std::string text;   // Content, or a link's target.

  friend bool operator==(const Node&, const Node&) = default;

  // GoogleTest calls it that. NOLINTNEXTLINE(readability-identifier-naming)
  friend void PrintTo(const Node& node, std::ostream* out) {
    *out << (node.kind == Node::Kind::file        ? "file"
             : node.kind == Node::Kind::link      ? "link"
             : node.kind == Node::Kind::directory ? "directory"
                                                  : "other")
         << " 0" << std::oct << node.mode << std::dec << " \"" << node.text.substr(0, 80) << '"';
  }
};

inline Node file(std::string text, unsigned mode = 0644) {
  return {.kind = Node::Kind::file, .mode = mode, .text = std::move(text)};
}

inline Node program(std::string text) {
  return file(std::move(text), 0755);
}

inline Node link(std::string target) {
  return {.kind = Node::Kind::link, .text = std::move(target)};
}

// Without entries: other directories go without saying.
inline Node directory(unsigned mode = 0755) {
  return {.kind = Node::Kind::directory, .mode = mode, .text = {}};
}

using Tree = std::map<std::string, Node>;

inline void write_tree(const fs::path& root, const Tree& tree) {
  for (const auto& [path, node] : tree) {
    const fs::path full = root / path;
    fs::create_directories(full.parent_path());
    switch (node.kind) {
      case Node::Kind::file:
        ASSERT_TRUE(write_file_atomically(full, node.text)) << full;
        ASSERT_EQ(::chmod(full.c_str(), node.mode), 0) << full;
        break;
      case Node::Kind::link:
        ASSERT_EQ(::symlink(node.text.c_str(), full.c_str()), 0) << full;
        break;
      case Node::Kind::directory:
        ASSERT_EQ(::mkdir(full.c_str(), node.mode), 0) << full;
        break;
      case Node::Kind::other:
        ASSERT_EQ(::mkfifo(full.c_str(), 0644), 0) << full;
        break;
    }
  }
}

inline Node read_node(const fs::path& path) {
  struct stat status{};
  EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
  if (S_ISLNK(status.st_mode)) {
    return link(fs::read_symlink(path).native());
  }
  if (S_ISREG(status.st_mode)) {
    return file(read_file(path).value(), status.st_mode & 07777);
  }
  if (S_ISDIR(status.st_mode)) {
    return directory(status.st_mode & 07777);
  }
  return {.kind = Node::Kind::other, .text = {}};
}

// Nothing at all when `root` does not exist.
inline Tree read_tree(const fs::path& root) {
  Tree tree;
  if (!fs::exists(fs::symlink_status(root))) {
    return tree;
  }
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const bool is_directory = entry.is_directory() && !entry.is_symlink();
    if (!is_directory || fs::is_empty(entry.path())) {
      tree[entry.path().lexically_relative(root).native()] = read_node(entry.path());
    }
  }
  return tree;
}

}  // namespace vc::agent
