// What every driver demands of an upload: terms that can be signed, and a body that keeps to them.
#pragma once

#include "core/digest.hpp"
#include "core/result.hpp"
#include "storage/driver.hpp"
#include "wire/object_key.hpp"

#include <cstdint>
#include <string_view>

namespace vc::storage {

// Whether `vcmeta` can travel in a header, a query and a blob file as it is.
Result<void> check_vcmeta(std::string_view vcmeta);

// Before a ticket is signed: Errc::too_large past the limits, Errc::invalid for a missing size or a
// vcmeta of other characters.
Result<void> check_terms(const UploadTerms& terms, const DriverLimits& limits);

// Before anything is published: Errc::corrupt when the body is not what `terms` announced.
Result<void> check_body(const UploadTerms& terms, std::uint64_t size_bytes, const Digest& sha256);

// Errc::denied for a replacement in the native namespace.
Result<void> check_mode(const wire::ObjectKey& key, PutMode mode);

}  // namespace vc::storage
