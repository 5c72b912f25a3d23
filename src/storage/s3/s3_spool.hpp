// S3Spool: one upload that passes through the gateway on its way to the store.
#pragma once

#include "storage/file_spool.hpp"
#include "storage/s3/s3_client.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace vc::storage {

class S3Spool final : public FileSpool {
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

 private:
  S3Spool(Context context, Opened opened)
      : FileSpool(std::move(opened)), context_(std::move(context)) {}

  Result<Stored> publish(const wire::ObjectKey& key, const Body& body, const UploadTerms& terms,
                         PutMode mode) override;
  Result<Stored> put(const S3Request& request, const Body& body);

  Context context_;
};

}  // namespace vc::storage
