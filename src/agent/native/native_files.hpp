// What the readers of native manifests have in common: folders named in files, and files that may
// be there.
#pragma once

#include "agent/native/native_packages.hpp"
#include "agent/source_text.hpp"
#include "agent/workspace/package_globs.hpp"

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// `relative` as seen from `directory`, both '/'-separated; nullopt when it leaves the root, is
// absolute or holds a NUL.
std::optional<std::string> folder_within(std::string_view directory, std::string_view relative);

// The folder of a path ("a/b" of "a/b/c"); "" without one.
std::string folder_of_file(std::string_view path);

bool is_regular_file(const fs::path& root, std::string_view path);

// One entry for each of `names` that is a file in the root.
std::vector<SharedFiles> shared_root_files(const fs::path& root,
                                           const std::vector<std::string_view>& names);

// Calls `work` for each folder, on several threads when there are many. It must not throw.
void for_each_folder(std::size_t count, const std::function<void(std::size_t)>& work);

// Folders with the file `manifest` that the patterns name, and why not: a pattern without wildcards
// that names no such folder is an error.
struct MemberFolders {
  std::vector<std::string> folders;  // Sorted; never the root.
  Diagnostics errors;
};

MemberFolders member_folders(const fs::path& root, const std::vector<PackagePattern>& patterns,
                             std::string_view manifest);

// Error VC0201 about a manifest.
Diagnostic manifest_error(const SourceText& source, SourcePosition at, std::string message,
                          std::string help = {});

// Whether a package may be called so; names with blanks or '#' cannot stand in labels.
bool is_usable_name(std::string_view name);

}  // namespace vc::agent
