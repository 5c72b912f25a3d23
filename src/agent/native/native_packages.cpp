#include "agent/native/native_packages.hpp"

#include "agent/native/native_files.hpp"
#include "agent/workspace/loaded_package.hpp"
#include "core/fd.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

namespace vc::agent {

namespace {

struct NativeKind {
  const char* manifest;  // In a package; "" when only the root's files tell.
  std::array<std::string_view, 2> root_files;
  NativePackages (*read)(const NativeSearch& search);
};

constexpr std::array kKinds{
    NativeKind{.manifest = "Cargo.toml", .root_files = {"Cargo.toml"}, .read = cargo_packages},
    NativeKind{.manifest = "go.mod", .root_files = {"go.work"}, .read = go_packages},
    NativeKind{.manifest = "pyproject.toml", .root_files = {"pyproject.toml"}, .read = uv_packages},
    NativeKind{.manifest = "pom.xml", .root_files = {"pom.xml"}, .read = maven_packages},
    NativeKind{.manifest = "",
               .root_files = {"settings.gradle", "settings.gradle.kts"},
               .read = gradle_packages},
};

using Marks = std::array<bool, kKinds.size()>;

// Which manifests lie in the folder: one open and a look for each, since most folders have none.
Marks marks_of(int root, const std::string& folder) {
  Marks marks{};
  const UniqueFd fd(
      ::openat(root, folder.empty() ? "." : folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  for (std::size_t i = 0; fd.valid() && i < kKinds.size(); ++i) {
    marks[i] =
        *kKinds[i].manifest != '\0' && ::faccessat(fd.get(), kKinds[i].manifest, F_OK, 0) == 0;
  }
  return marks;
}

}  // namespace

std::vector<NativePackages> all_native_packages(const fs::path& root,
                                                const std::vector<std::string>& folders,
                                                bool discovers) {
  std::vector<Marks> marks(folders.size());
  if (const auto fd = open_file(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    for_each_folder(folders.size(),
                    [&](std::size_t i) { marks[i] = marks_of(fd->get(), folders[i]); });
  }
  std::vector<NativePackages> all;
  for (std::size_t kind = 0; kind < kKinds.size(); ++kind) {
    NativeSearch search{.root = root, .folders = {}, .discovers = discovers};
    for (std::size_t i = 0; i < folders.size(); ++i) {
      if (marks[i][kind]) {
        search.folders.push_back(folders[i]);
      }
    }
    const bool has_root_file = std::ranges::any_of(
        kKinds[kind].root_files,
        [&](std::string_view file) { return !file.empty() && is_regular_file(root, file); });
    if (has_root_file || !search.folders.empty()) {
      all.push_back(kKinds[kind].read(search));
    }
  }
  return all;
}

}  // namespace vc::agent
