#include "storage/azure/azure_spool.hpp"

#include "storage/azure/blob_headers.hpp"

#include <utility>

namespace vc::storage {

std::string blob_name(const wire::ObjectKey& key) {
  std::string name;
  for (const char c : key.text()) {
    name.append(c == '/' && name.ends_with('.') ? "~" : "").push_back(c);
  }
  return name.ends_with('.') ? name + '~' : name;
}

Result<std::unique_ptr<Spool>> AzureSpool::create(Context context,
                                                  std::optional<std::uint64_t> size_bytes) {
  VC_TRY(Opened opened, open(size_bytes, context.object_bytes_max));
  return std::unique_ptr<Spool>(new AzureSpool(std::move(context), std::move(opened)));
}

Result<Stored> AzureSpool::publish(const wire::ObjectKey& key, const Body& body,
                                   const UploadTerms& terms, PutMode mode) {
  const BlobRequest request{
      .method = "PUT",
      .blob = context_.prefix + blob_name(key),
      .permissions = mode == PutMode::replace ? kMayReplace : kMayCreate,
      .headers = blob_upload_headers(
          {.size_bytes = body.size_bytes, .md5 = terms.md5, .vcmeta = terms.vcmeta},
          context_.traits, mode)};
  VC_TRY(const auto response,
         context_.client.send(request, {.body_fd = body.fd,
                                        .body_fd_bytes = body.size_bytes,
                                        .timeout = std::chrono::milliseconds(0)}));
  if (response.status == 201) {
    return Stored::created;
  }
  if (mode == PutMode::create_only && is_creation_refused(response)) {
    return Stored::exists;
  }
  return std::unexpected(azure_error(request, response));
}

}  // namespace vc::storage
