// Exchanging the outputs in a package for a staged tree by renames, directory by directory where
// possible. Every step can be done again after an interruption.
#pragma once

#include "core/result.hpp"

#include <span>
#include <string>

namespace vc::agent {

// Whether place_tree() will find room once `owned_roots` (OutputTree's) are gone: Errc::conflict
// naming the first file that is no output and in the way. Changes nothing.
Result<void> check_room(int tree_fd, int package_fd, std::span<const std::string> owned_roots);

// Moves the owned roots into the empty directory `old_fd`. What cannot be moved, for it lies on
// another file system, is removed instead.
Result<void> set_aside(int package_fd, std::span<const std::string> owned_roots, int old_fd);

// Moves everything in the tree to its place. Where a rename cannot do it (another file system, a
// mount point), files are copied under `temporary_name` in the directory they belong to, then
// renamed.
Result<void> place_tree(int tree_fd, int package_fd, const std::string& temporary_name);

}  // namespace vc::agent
