#include "storage/local_spool.hpp"

#include "core/assert.hpp"
#include "core/files.hpp"
#include "storage/local_blob.hpp"
#include "storage/upload_terms.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

namespace vc::storage {

namespace {

Result<void> reserve(int fd, std::uint64_t bytes) {
  while (::fallocate(fd, 0, 0, static_cast<off_t>(bytes)) != 0) {
    if (errno == EOPNOTSUPP) {
      return {};  // Then a full disk shows while writing.
    }
    if (errno != EINTR) {
      return std::unexpected(errno_error("reserve space for an artifact"));
    }
  }
  return {};
}

Result<void> seek(int fd, std::uint64_t offset) {
  if (::lseek(fd, static_cast<off_t>(offset), SEEK_SET) < 0) {
    return std::unexpected(errno_error("seek in a staging file"));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Spool>> LocalSpool::create(const Context& context,
                                                  std::optional<std::uint64_t> size_bytes) {
  if (size_bytes && *size_bytes > context.object_bytes_max) {
    return fail(Errc::too_large, "artifacts have at most " +
                                     std::to_string(context.object_bytes_max) + " bytes here");
  }
  VC_TRY(StagedFile file, context.root.stage());
  VC_CHECK(reserve(file.fd(), kBlobHeaderBytes + size_bytes.value_or(0)));
  VC_CHECK(seek(file.fd(), kBlobHeaderBytes));
  return std::unique_ptr<Spool>(new LocalSpool(context, std::move(file), size_bytes));
}

Result<void> LocalSpool::write(ByteView bytes) {
  VC_ASSERT(state_ == State::receiving);
  state_ = State::spent;  // Unless all of this goes well.
  const std::uint64_t room = size_bytes_.value_or(context_.object_bytes_max) - received_bytes_;
  if (bytes.size() > room) {
    return size_bytes_ ? fail(Errc::corrupt, "the body is longer than the " +
                                                 std::to_string(*size_bytes_) + " bytes announced")
                       : fail(Errc::too_large, "artifacts have at most " +
                                                   std::to_string(context_.object_bytes_max) +
                                                   " bytes here");
  }
  hasher_.update(bytes);
  if (auto written = write_all(file_.fd(), bytes); !written) {
    return std::unexpected(std::move(written).error().within("store an artifact"));
  }
  received_bytes_ += bytes.size();
  state_ = State::receiving;
  return {};
}

Result<Stored> LocalSpool::commit(const wire::ObjectKey& key, const UploadTerms& terms,
                                  PutMode mode) {
  VC_ASSERT(state_ == State::receiving);
  state_ = State::spent;
  VC_CHECK(check_mode(key, mode));
  VC_CHECK(check_vcmeta(terms.vcmeta));
  if (size_bytes_ && *size_bytes_ != received_bytes_) {
    return fail(Errc::corrupt, "the body ended after " + std::to_string(received_bytes_) + " of " +
                                   std::to_string(*size_bytes_) + " bytes");
  }
  const BlobHeader header{
      .body_bytes = received_bytes_, .sha256 = hasher_.finish(), .vcmeta = terms.vcmeta};
  VC_CHECK(check_body(terms, header.body_bytes, header.sha256));

  if (mode == PutMode::create_only) {
    // Spares the loser of a race the sync. Who wins is decided by link(2) alone.
    VC_TRY(const auto winner, context_.objects.open(key));
    if (winner) {
      return Stored::exists;
    }
  }
  VC_CHECK(seal(header));
  const std::uint64_t file_bytes = kBlobHeaderBytes + header.body_bytes;
  Stored stored = Stored::created;
  if (mode == PutMode::replace) {
    VC_CHECK(context_.objects.replace(file_, key, file_bytes));
  } else {
    VC_TRY(stored, context_.objects.publish(file_, key, file_bytes));
  }
  if (stored == Stored::created) {
    context_.published();
  }
  return stored;
}

// After this the file is whole on stable storage; only its name is missing.
Result<void> LocalSpool::seal(const BlobHeader& header) {
  VC_CHECK(seek(file_.fd(), 0));
  VC_CHECK(write_all(file_.fd(), encode_blob_header(header)));
  set_time_of_use(file_.fd(), context_.clock.now());
  return sync_to_disk(file_.fd(), "an artifact");
}

}  // namespace vc::storage
