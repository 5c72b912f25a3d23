// ChangedFiles: the seam between selection and whatever knows what has changed.
#pragma once

#include "core/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace vc::agent {

enum class DiffBase : std::uint8_t {
  revision,    // What differs from `from`.
  merge_base,  // What has changed since the common ancestor of `from` and `to`.
};
enum class WorkingTree : std::uint8_t { ignored, included };

struct ChangeQuery {
  std::string from;
  std::string to = "HEAD";
  DiffBase base = DiffBase::merge_base;
  WorkingTree working_tree = WorkingTree::included;
};

class ChangedFiles {
 public:
  virtual ~ChangedFiles() = default;
  // Paths relative to the root of the workspace, '/'-separated, in no order, perhaps repeated; both
  // the old and the new path of what was moved. With the working tree also what is staged, edited
  // or untracked and not ignored. Blocks. Errors: Errc::invalid, no such revision (named);
  // not_found, the two have no common ancestor here (as in a shallow clone); unavailable, no git or
  // no repository; io.
  virtual Result<std::vector<std::string>> changed(const ChangeQuery& query) = 0;

  struct Contents {
    std::string before;
    std::string now;
  };

  // What is in a file, named as changed() does, at both ends of the same question. An error where
  // it is not a file at one of them, or where the end is not one state of it: another revision than
  // HEAD together with the working tree.
  virtual Result<Contents> contents(const ChangeQuery& query, const std::string& file) = 0;
};

}  // namespace vc::agent
