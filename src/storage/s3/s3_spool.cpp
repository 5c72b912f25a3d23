#include "storage/s3/s3_spool.hpp"

#include "storage/s3/object_headers.hpp"

#include <utility>

namespace vc::storage {

namespace {

// A store answers 409 when it cannot tell who was first; asking again settles it.
constexpr int kConflictAttempts = 4;

}  // namespace

Result<std::unique_ptr<Spool>> S3Spool::create(Context context,
                                               std::optional<std::uint64_t> size_bytes) {
  VC_TRY(Opened opened, open(size_bytes, context.object_bytes_max));
  return std::unique_ptr<Spool>(new S3Spool(std::move(context), std::move(opened)));
}

Result<Stored> S3Spool::publish(const wire::ObjectKey& key, const Body& body,
                                const UploadTerms& terms, PutMode mode) {
  const std::string object = context_.prefix + key.text();
  if (mode == PutMode::create_only && context_.traits.condition != Condition::enforced) {
    const S3Request look{.method = "HEAD", .object = object};
    VC_TRY(const auto seen, context_.client.send(look));
    if (seen.status == 200) {
      return Stored::exists;
    }
    if (seen.status != 404) {
      return std::unexpected(context_.client.error_of(look, seen));
    }
  }
  return put({.method = "PUT",
              .object = object,
              .headers = upload_headers(context_.client.dialect(),
                                        {.size_bytes = body.size_bytes,
                                         .sha256 = body.sha256,
                                         .md5 = terms.md5,
                                         .vcmeta = terms.vcmeta},
                                        context_.traits, mode)},
             body);
}

Result<Stored> S3Spool::put(const S3Request& request, const Body& body) {
  for (int attempt = 1;; ++attempt) {
    VC_TRY(const auto response,
           context_.client.send(request, {.body_fd = body.fd,
                                          .body_fd_bytes = body.size_bytes,
                                          .timeout = std::chrono::milliseconds(0)}));
    if (response.status >= 200 && response.status < 300) {
      return Stored::created;
    }
    if (response.status == 412) {
      return Stored::exists;
    }
    if (response.status != 409 || attempt == kConflictAttempts) {
      return std::unexpected(context_.client.error_of(request, response));
    }
  }
}

}  // namespace vc::storage
