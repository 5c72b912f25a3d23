// What a path may look like in an artifact. Whatever names files for us, a manifest, a directory
// listing, an intent record, passes here before the name reaches the kernel.
#pragma once

#include "core/result.hpp"

#include <cstddef>
#include <string_view>

namespace vc::agent {

inline constexpr std::size_t kOutputNameBytesMax = 255;  // NAME_MAX
inline constexpr std::size_t kOutputPathBytesMax = 4095;
// Levels of directories. Bounds recursion and the descriptors that are open at once.
inline constexpr std::size_t kOutputDepthMax = 128;

// Names that are never an output, whatever the globs say: `.git` anywhere (a hook in it would be
// run), `.velocity` at the top of a package (an archive's own members live there). Without regard
// to case, because some file systems have none.
bool is_reserved_name(std::string_view name, std::size_t depth);

// Whether `path` is relative, in normal form (no empty, `.` or `..` component, no final '/'),
// UTF-8, without NUL and reserved names, and within the limits. The error says what is wrong with
// it.
Result<void> check_output_path(std::string_view path,
                               std::size_t path_bytes_max = kOutputPathBytesMax);

// Whether a link at `link_path` to `target` stays inside the package: relative, with `..` only at
// the front and not more often than the link is deep. A `..` after a name is refused too, for the
// name may itself be a link and the `..` then leads elsewhere than it seems to.
bool link_stays_inside(std::string_view link_path, std::string_view target);

bool is_utf8(std::string_view text);

// For messages: control characters and bytes that are no UTF-8 as \xNN, so that a hostile name
// cannot write to the terminal of whoever reads about it.
std::string printable(std::string_view text);

// "a/b/c" -> "a/b" and "c"; "c" -> "" and "c".
std::string_view parent_of_path(std::string_view path);
std::string_view name_of_path(std::string_view path);

}  // namespace vc::agent
