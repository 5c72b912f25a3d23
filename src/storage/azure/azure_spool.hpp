// AzureSpool: one upload that passes through the gateway on its way to the container: a file
// without a name until it is complete and checked, then one Put Blob.
#pragma once

#include "core/digest.hpp"
#include "core/fd.hpp"
#include "storage/azure/azure_client.hpp"
#include "storage/driver.hpp"
#include "storage/store_traits.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace vc::storage {

// The name of a key's blob below the prefix: its text, but for segments that end in a dot, which
// the service and its clients may drop: those get a '~', which no key has.
std::string blob_name(const wire::ObjectKey& key);

class AzureSpool final : public Spool {
 public:
  struct Context {
    const AzureClient& client;
    std::string prefix;  // Of every blob's name.
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

  AzureSpool(Context context, UniqueFd file, std::optional<std::uint64_t> size_bytes)
      : context_(std::move(context)), file_(std::move(file)), size_bytes_(size_bytes) {}

  Context context_;
  UniqueFd file_;
  std::optional<std::uint64_t> size_bytes_;
  std::uint64_t received_bytes_ = 0;
  Hasher hasher_;
  State state_ = State::receiving;
};

}  // namespace vc::storage
