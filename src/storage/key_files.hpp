// Key files: secrets that this installation made for itself, in hex, one a file, mode 0600.
#pragma once

#include "core/bytes.hpp"
#include "core/files.hpp"
#include "core/result.hpp"

#include <cstddef>

namespace vc::storage {

// The key in `path`: 2 * `size` lower-case hex digits and at most one newline. Errc::denied when
// others than its owner can read or write it.
Result<Bytes> load_key(const fs::path& path, std::size_t size);

// The same; when the file is absent it is made first, from random bytes, durably and in one step.
// Of several processes that do so at once all get the same key.
Result<Bytes> load_or_create_key(const fs::path& path, std::size_t size);

}  // namespace vc::storage
