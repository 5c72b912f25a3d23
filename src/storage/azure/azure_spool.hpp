// AzureSpool: one upload that passes through the gateway on its way to the container.
#pragma once

#include "storage/azure/azure_client.hpp"
#include "storage/file_spool.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace vc::storage {

// The name of a key's blob below the prefix: its text, but for segments that end in a dot, which
// the service and its clients may drop: those get a '~', which no key has.
std::string blob_name(const wire::ObjectKey& key);

class AzureSpool final : public FileSpool {
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

 private:
  AzureSpool(Context context, Opened opened)
      : FileSpool(std::move(opened)), context_(std::move(context)) {}

  Result<Stored> publish(const wire::ObjectKey& key, const Body& body, const UploadTerms& terms,
                         PutMode mode) override;

  Context context_;
};

}  // namespace vc::storage
