// NativeFolders: what the readers of native manifests found, put together by folder.
#pragma once

#include "agent/workspace.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace vc::agent {

struct NativeFolder {
  std::string name;  // "" when no manifest gives one.
  std::string version;
  std::vector<std::string> manifests;  // Relative to the root.
  std::vector<NativeUse> uses;
  std::vector<std::uint32_t> shared;  // Into NativeFolders::shared.
};

struct NativeFolders {
  std::map<std::string, NativeFolder, std::less<>> by_directory;
  std::vector<SharedFiles> shared;
  Diagnostics diagnostics;
};

NativeFolders native_folders(const fs::path& root, const std::vector<KnownFolder>& known,
                             bool discovers);

// Adds what `native` says to packages of the same folders: manifests, edges, shared files, and
// which edges lead in a circle. Names are left alone.
void apply_native_folders(NativeFolders native, Workspace& workspace);

}  // namespace vc::agent
