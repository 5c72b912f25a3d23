#include "agent/native/native_packages.hpp"

#include "agent/native/native_files.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <string_view>
#include <utility>

namespace vc::agent {

namespace {

struct NativeKind {
  std::string_view manifest;  // In a package; "" when only the root's files tell.
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

static_assert(kKinds.size() <= std::numeric_limits<NativeMarks>::digits);

bool is_there(int folder_fd, const DirectoryListing::Entry& entry) {
  const bool may_lead_nowhere = entry.kind == FileKind::symlink || entry.kind == FileKind::unknown;
  return !may_lead_nowhere || ::faccessat(folder_fd, entry.name, F_OK, 0) == 0;
}

}  // namespace

NativeMarks native_marks(int folder_fd, const DirectoryListing& listing) {
  unsigned marks = 0;
  for (const DirectoryListing::Entry& entry : listing.entries()) {
    const auto kind = std::ranges::find(kKinds, entry.text(), &NativeKind::manifest);
    if (kind != kKinds.end() && is_there(folder_fd, entry)) {
      marks |= 1U << (kind - kKinds.begin());
    }
  }
  return static_cast<NativeMarks>(marks);
}

std::vector<NativePackages> all_native_packages(const fs::path& root,
                                                const std::vector<KnownFolder>& folders,
                                                bool discovers) {
  std::vector<NativePackages> all;
  for (std::size_t kind = 0; kind < kKinds.size(); ++kind) {
    NativeSearch search{.root = root, .folders = {}, .discovers = discovers};
    for (const KnownFolder& folder : folders) {
      if ((folder.marks >> kind & 1U) != 0) {
        search.folders.push_back(folder.directory);
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
