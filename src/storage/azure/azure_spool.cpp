#include "storage/azure/azure_spool.hpp"

#include "core/assert.hpp"
#include "core/files.hpp"
#include "storage/azure/blob_headers.hpp"
#include "storage/s3/s3_spool.hpp"
#include "storage/upload_terms.hpp"

#include <utility>

namespace vc::storage {

namespace {

std::unexpected<Error> beyond(std::uint64_t bytes_max) {
  return fail(Errc::too_large,
              "artifacts have at most " + std::to_string(bytes_max) + " bytes here");
}

}  // namespace

std::string blob_name(const wire::ObjectKey& key) {
  std::string name;
  for (const char c : key.text()) {
    name.append(c == '/' && name.ends_with('.') ? "~" : "").push_back(c);
  }
  return name.ends_with('.') ? name + '~' : name;
}

Result<std::unique_ptr<Spool>> AzureSpool::create(Context context,
                                                  std::optional<std::uint64_t> size_bytes) {
  if (size_bytes && *size_bytes > context.object_bytes_max) {
    return beyond(context.object_bytes_max);
  }
  VC_TRY(UniqueFd file, nameless_file());
  return std::unique_ptr<Spool>(new AzureSpool(std::move(context), std::move(file), size_bytes));
}

Result<void> AzureSpool::write(ByteView bytes) {
  VC_ASSERT(state_ == State::receiving);
  state_ = State::spent;  // Unless all of this goes well.
  if (bytes.size() > context_.object_bytes_max - received_bytes_) {
    return beyond(context_.object_bytes_max);
  }
  VC_CHECK(write_all(file_.get(), bytes));
  hasher_.update(bytes);
  received_bytes_ += bytes.size();
  state_ = State::receiving;
  return {};
}

Result<Stored> AzureSpool::commit(const wire::ObjectKey& key, const UploadTerms& terms,
                                  PutMode mode) {
  VC_ASSERT(state_ == State::receiving);
  state_ = State::spent;
  VC_CHECK(check_mode(key, mode));
  VC_CHECK(check_vcmeta(terms.vcmeta));
  const Digest digest = hasher_.finish();
  VC_CHECK(check_body({.size_bytes = size_bytes_}, received_bytes_, digest));
  VC_CHECK(check_body(terms, received_bytes_, digest));

  const BlobRequest request{
      .method = "PUT",
      .blob = context_.prefix + blob_name(key),
      .permissions = mode == PutMode::replace ? kMayReplace : kMayCreate,
      .headers = blob_upload_headers(
          {.size_bytes = received_bytes_, .md5 = terms.md5, .vcmeta = terms.vcmeta},
          context_.traits, mode)};
  VC_TRY(const auto response,
         context_.client.send(request, {.body_fd = file_.get(),
                                        .body_fd_bytes = received_bytes_,
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
