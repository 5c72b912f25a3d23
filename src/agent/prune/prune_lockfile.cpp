#include "agent/prune/prune_lockfile.hpp"

#include "agent/lockfile/package_locks.hpp"
#include "agent/prune/bun_lock.hpp"
#include "agent/prune/npm_lock.hpp"
#include "agent/prune/text_lock.hpp"
#include "agent/prune/yarn_berry_lock.hpp"

namespace vc::agent {

namespace {

bool is_yarn_berry_lock(std::string_view file, std::string_view text) {
  return file == "yarn.lock" && text.contains("\n__metadata:");
}

Result<std::string> prune_berry_lockfile(const Workspace& workspace, std::string_view text,
                                         const std::vector<std::string>& directories) {
  const LockContext context = lock_context(workspace);
  VC_CHECK(read_yarn_berry_lock(text, context));  // Whether it is of a version that we know.
  VC_TRY(const std::string manifest, read_file(workspace.root / "package.json"));
  VC_TRY(const YarnResolutions resolutions, YarnResolutions::parse(manifest));
  return prune_yarn_berry_lock(text, directories, resolutions);
}

}  // namespace

Result<std::string> prune_lockfile(const Workspace& workspace,
                                   const std::vector<std::string>& directories) {
  const std::string& file = workspace.lockfile;
  VC_TRY(const std::string text, read_file(workspace.root / file));
  if (workspace.package_manager == "npm") {
    return prune_npm_lock(text, directories);
  }
  if (file == "bun.lock") {
    return prune_bun_lock(text, directories);
  }
  return is_yarn_berry_lock(file, text)
             ? prune_berry_lockfile(workspace, text, directories)
             : prune_text_lock(file, text, directories, lock_context(workspace));
}

std::vector<std::string> patch_files(std::string_view file, std::string_view text) {
  if (file == "pnpm-lock.yaml") {
    return pnpm_patches(text);
  }
  if (file == "bun.lock") {
    return bun_patches(text);
  }
  return is_yarn_berry_lock(file, text) ? yarn_berry_patches(text) : std::vector<std::string>();
}

}  // namespace vc::agent
