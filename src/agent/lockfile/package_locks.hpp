// What the lockfile of the workspace says to each package: the part of it that concerns the
// package, or all of it where the parts cannot be told.
#pragma once

#include "agent/diagnostic.hpp"
#include "agent/lockfile/lock_cache.hpp"
#include "agent/lockfile/lock_graph.hpp"
#include "agent/workspace.hpp"
#include "core/digest.hpp"

namespace vc::agent {

inline constexpr std::string_view kLockCacheName = "lockfile";  // Below `.velocity`.

// By PackageId; nullopt means the whole file. Empty where there is nothing but whole files.
// `lockfile` is the digest of the file as it counts in keys: when it reads otherwise by now, the
// whole file counts. Says why a file cannot be taken apart once, when it does so for the first
// time; after that the answer comes from the state directory. Blocks on files.
PackageDigests package_locks(const Workspace& workspace, const Digest& lockfile,
                             Diagnostics& warnings);

// What readers of the lockfile need to know of the manifests. Points into the workspace.
LockContext lock_context(const Workspace& workspace);

}  // namespace vc::agent
