// S3Spool: one upload that passes through the gateway on its way to the store: a file without a
// name until it is complete and checked, then one PUT.
#pragma once

#include "core/digest.hpp"
#include "core/fd.hpp"
#include "storage/driver.hpp"
#include "storage/s3/s3_client.hpp"
#include "storage/store_traits.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace vc::storage {

// A file in the system's temporary directory that nobody else can open and that nobody has to
// remove.
Result<UniqueFd> nameless_file();

class S3Spool final : public Spool {
 public:
  struct Context {
    const S3Client& client;
    std::string prefix;  // Of every object's name.
    StoreTraits traits;
    std::uint64_t object_bytes_max = 0;
  };

  // Errc::too_large when it is known to be.
  static Result<std::unique_ptr<Spool>> create(Context context,
                                               std::optional<std::uint64_t> size_bytes);

  Result<void> write(ByteView bytes) override;
  Result<Stored> commit(const wire::ObjectKey& key, const UploadTerms& terms,
                        PutMode mode) override;

 private:
  enum class State { receiving, spent };

  S3Spool(Context context, UniqueFd file, std::optional<std::uint64_t> size_bytes)
      : context_(std::move(context)), file_(std::move(file)), size_bytes_(size_bytes) {}

  Result<Stored> put(const S3Request& request);

  Context context_;
  UniqueFd file_;
  std::optional<std::uint64_t> size_bytes_;
  std::uint64_t received_bytes_ = 0;
  Hasher hasher_;
  State state_ = State::receiving;
};

}  // namespace vc::storage
