#include "storage/file_spool.hpp"

#include "core/assert.hpp"
#include "core/files.hpp"
#include "storage/upload_terms.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <system_error>
#include <utility>

namespace vc::storage {

namespace {

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

Result<FileSpool::Opened> FileSpool::open(std::optional<std::uint64_t> size_bytes,
                                          std::uint64_t object_bytes_max) {
  if (size_bytes && *size_bytes > object_bytes_max) {
    return larger_than(object_bytes_max);
  }
  VC_TRY(UniqueFd file, nameless_file());
  return Opened{
      .file = std::move(file), .size_bytes = size_bytes, .object_bytes_max = object_bytes_max};
}

Result<void> FileSpool::write(ByteView bytes) {
  VC_ASSERT(state_ == State::receiving);
  state_ = State::spent;  // Unless all of this goes well.
  if (bytes.size() > opened_.object_bytes_max - received_bytes_) {
    return larger_than(opened_.object_bytes_max);
  }
  VC_CHECK(write_all(opened_.file.get(), bytes));
  hasher_.update(bytes);
  received_bytes_ += bytes.size();
  state_ = State::receiving;
  return {};
}

Result<Stored> FileSpool::commit(const wire::ObjectKey& key, const UploadTerms& terms,
                                 PutMode mode) {
  VC_ASSERT(state_ == State::receiving);
  state_ = State::spent;
  VC_CHECK(check_mode(key, mode));
  VC_CHECK(check_vcmeta(terms.vcmeta));
  const Body body{
      .fd = opened_.file.get(), .size_bytes = received_bytes_, .sha256 = hasher_.finish()};
  VC_CHECK(check_body({.size_bytes = opened_.size_bytes}, body.size_bytes, body.sha256));
  VC_CHECK(check_body(terms, body.size_bytes, body.sha256));
  return publish(key, body, terms, mode);
}

}  // namespace vc::storage
