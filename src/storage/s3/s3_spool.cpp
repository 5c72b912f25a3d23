#include "storage/s3/s3_spool.hpp"

#include "core/assert.hpp"
#include "core/files.hpp"
#include "storage/s3/object_headers.hpp"
#include "storage/upload_terms.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <system_error>
#include <utility>

namespace vc::storage {

namespace {

// A store answers 409 when it cannot tell who was first; asking again settles it.
constexpr int kConflictAttempts = 4;

std::unexpected<Error> larger_than(std::uint64_t bytes_max) {
  return fail(Errc::too_large,
              "artifacts have at most " + std::to_string(bytes_max) + " bytes here");
}

}  // namespace

Result<UniqueFd> nameless_file() {
  std::error_code failed;
  const fs::path directory = fs::temp_directory_path(failed);
  if (failed) {
    return fail(Errc::io, "there is no temporary directory", "set TMPDIR");
  }
  UniqueFd fd(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (fd.valid()) {
    return fd;
  }
  std::string name = (directory / "velocity-spool-XXXXXX").string();  // No O_TMPFILE there.
  UniqueFd named(::mkostemp(name.data(), O_CLOEXEC));
  if (!named.valid()) {
    return std::unexpected(errno_error("create a file in " + directory.string()));
  }
  ::unlink(name.c_str());
  return named;
}

Result<std::unique_ptr<Spool>> S3Spool::create(Context context,
                                               std::optional<std::uint64_t> size_bytes) {
  if (size_bytes && *size_bytes > context.object_bytes_max) {
    return larger_than(context.object_bytes_max);
  }
  VC_TRY(UniqueFd file, nameless_file());
  return std::unique_ptr<Spool>(new S3Spool(std::move(context), std::move(file), size_bytes));
}

Result<void> S3Spool::write(ByteView bytes) {
  VC_ASSERT(state_ == State::receiving);
  state_ = State::spent;  // Unless all of this goes well.
  if (bytes.size() > context_.object_bytes_max - received_bytes_) {
    return larger_than(context_.object_bytes_max);
  }
  VC_CHECK(write_all(file_.get(), bytes));
  hasher_.update(bytes);
  received_bytes_ += bytes.size();
  state_ = State::receiving;
  return {};
}

Result<Stored> S3Spool::commit(const wire::ObjectKey& key, const UploadTerms& terms, PutMode mode) {
  VC_ASSERT(state_ == State::receiving);
  state_ = State::spent;
  VC_CHECK(check_mode(key, mode));
  VC_CHECK(check_vcmeta(terms.vcmeta));
  const Digest digest = hasher_.finish();
  VC_CHECK(check_body({.size_bytes = size_bytes_}, received_bytes_, digest));
  VC_CHECK(check_body(terms, received_bytes_, digest));

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
                                        {.size_bytes = received_bytes_,
                                         .sha256 = digest,
                                         .md5 = terms.md5,
                                         .vcmeta = terms.vcmeta},
                                        context_.traits, mode)});
}

Result<Stored> S3Spool::put(const S3Request& request) {
  for (int attempt = 1;; ++attempt) {
    VC_TRY(const auto response,
           context_.client.send(request, {.body_fd = file_.get(),
                                          .body_fd_bytes = received_bytes_,
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
