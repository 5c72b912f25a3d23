// What a lockfile came to, remembered: it is taken apart only when it, or what the packages say of
// their dependencies, has changed.
//
// A file below `.velocity`: a line of its own, the key in hexadecimal, a line for each package with
// its digest or "-", at the end the digest of all before. Anything else is an empty cache. Of
// concurrent runs the last one wins.
#pragma once

#include "core/digest.hpp"
#include "core/files.hpp"

#include <optional>
#include <vector>

namespace vc::agent {

using PackageDigests = std::vector<std::optional<Digest>>;  // By PackageId.

// nullopt unless the file is there, whole, and of `key` and `packages` packages.
std::optional<PackageDigests> load_lock_cache(const fs::path& file, const Digest& key,
                                              std::size_t packages);
Result<void> save_lock_cache(const fs::path& file, const Digest& key,
                             const PackageDigests& digests);

}  // namespace vc::agent
