// random_bytes: bytes nobody can predict, for keys and names.
#pragma once

#include "core/bytes.hpp"

#include <cstddef>

namespace vc {

// From the operating system's generator.
Bytes random_bytes(std::size_t count);

}  // namespace vc
