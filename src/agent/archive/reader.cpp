#include "agent/archive.hpp"
#include "agent/archive/manifest_json.hpp"
#include "agent/archive/tar_format.hpp"
#include "agent/beneath.hpp"
#include "core/zstd.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

namespace vc::agent {

namespace {

// Our level has a window of 2 MiB; more is asked for only to take our memory.
constexpr int kWindowLogMax = 23;
constexpr std::size_t kBufferBytes = 128 << 10;

std::unexpected<Error> corrupt(std::string_view what) {
  return fail(Errc::corrupt, fmt::format("damaged artifact: {}", what));
}

// Kept for the next archive of this thread, so that it is cleared once.
std::vector<std::byte>& spare_buffer() {
  thread_local std::vector<std::byte> buffer;
  return buffer;
}

// The tar inside, as bytes in order.
class TarStream {
 public:
  explicit TarStream(const ArchiveSource& source)
      : source_(source), zstd_([this](auto room) { return read_compressed(room); }, kWindowLogMax) {
    buffer_.resize(kBufferBytes);
  }

  ~TarStream() { spare_buffer() = std::move(buffer_); }

  TarStream(const TarStream&) = delete;
  TarStream& operator=(const TarStream&) = delete;
  TarStream(TarStream&&) = delete;
  TarStream& operator=(TarStream&&) = delete;

  // The next min(count, kBufferBytes) bytes, fewer only where the stream ends. Good until the next
  // call.
  Result<std::string_view> take(std::uint64_t count) {
    const std::size_t wanted = std::min<std::uint64_t>(count, buffer_.size());
    if (end_ - begin_ < wanted) {
      std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
      VC_TRY(const std::size_t read, zstd_.read(std::span(buffer_).subspan(end_)));
      end_ += read;
    }
    const std::size_t taken = std::min(wanted, end_ - begin_);
    const auto bytes = as_text(ByteView(buffer_).subspan(begin_, taken));
    begin_ += taken;
    return bytes;
  }

  // Takes exactly these bytes.
  Result<void> expect(std::string_view expected, std::string_view what) {
    while (!expected.empty()) {
      VC_TRY(const std::string_view bytes, take(expected.size()));
      if (bytes.empty() || !expected.starts_with(bytes)) {
        return corrupt(what);
      }
      expected.remove_prefix(bytes.size());
    }
    return {};
  }

  Result<void> expect_end() {
    VC_TRY(const std::string_view bytes, take(1));
    return bytes.empty() ? Result<void>{} : corrupt("bytes after its end");
  }

  Digest sha256() { return whole_.finish(); }

  std::uint64_t compressed_bytes() const { return compressed_bytes_; }

 private:
  Result<std::size_t> read_compressed(std::span<std::byte> room) {
    VC_TRY(const std::size_t count, source_(room));
    whole_.update(room.first(count));
    compressed_bytes_ += count;
    return count;
  }

  const ArchiveSource& source_;
  Hasher whole_;
  std::uint64_t compressed_bytes_ = 0;
  std::vector<std::byte> buffer_ = std::exchange(spare_buffer(), {});
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  ZstdReader zstd_;
};

Result<void> expect_padding(TarStream& tar, std::uint64_t size_bytes) {
  static constexpr char kZeros[kTarBlockBytes] = {};
  return tar.expect({kZeros, tar_padding(size_bytes)}, "padding that is not zero");
}

// One of our own members: its header is the only place that states its size.
Result<std::string> read_text_member(TarStream& tar, std::string_view path,
                                     std::uint64_t bytes_max) {
  VC_TRY(const std::string_view block, tar.take(kTarBlockBytes));
  if (block.size() < kTarBlockBytes) {
    return corrupt("it is cut off");
  }
  VC_TRY(std::uint64_t left, stated_size(block));
  std::string expected;
  append_tar_header(expected, {.path = path, .size_bytes = left, .target = {}});
  if (block != expected) {
    return corrupt(fmt::format("{} is not where it belongs", path));
  }
  if (left > bytes_max) {
    return corrupt(fmt::format("{} has {} bytes, more than {}", path, left, bytes_max));
  }
  const std::uint64_t size = left;
  std::string content;  // Grows with what arrives, not with what the header claims.
  while (left > 0) {
    VC_TRY(const std::string_view bytes, tar.take(left));
    if (bytes.empty()) {
      return corrupt("it is cut off");
    }
    content += bytes;
    left -= bytes.size();
  }
  VC_CHECK(expect_padding(tar, size));
  return content;
}

Result<UnpackedArtifact> read_head(TarStream& tar, const ArchiveLimits& limits) {
  VC_TRY(const std::string json, read_text_member(tar, kManifestMember, limits.manifest_bytes_max));
  UnpackedArtifact head;
  VC_TRY(head.manifest, manifest_from_json(json, limits));
  VC_TRY(head.log, read_text_member(tar, kLogMember, limits.log_bytes_max));
  return head;
}

class Unpacker {
 public:
  Unpacker(TarStream& tar, int staging_fd)
      : tar_(tar), parents_(staging_fd, DirectoryCursor::Missing::create) {}

  Result<void> unpack(const OutputEntry& entry) {
    header_.clear();
    append_tar_header(header_, TarMember::of(entry));
    VC_CHECK(tar_.expect(header_, "a member is not what the manifest says"));
    VC_TRY(const int parent, parents_.parent_of(entry.path));
    const std::string name(name_of_path(entry.path));
    switch (entry.kind) {
      case EntryKind::file:
        return unpack_file(entry, parent, name);
      case EntryKind::symlink:
        return made(::symlinkat(entry.target.c_str(), parent, name.c_str()), entry);
      case EntryKind::directory:
        return made(::mkdirat(parent, name.c_str(), 0777), entry);
    }
    return {};
  }

 private:
  Result<void> unpack_file(const OutputEntry& entry, int parent, const std::string& name);

  // An object that is there already can only be one that this file system takes for the same name
  // (README and readme where case does not count): which of the two would win is left to chance.
  static Result<void> made(int outcome, const OutputEntry& entry) {
    if (outcome >= 0) {
      return {};
    }
    const int error_number = errno;
    if (error_number == EEXIST) {
      return corrupt(fmt::format("{} collides with another name", printable(entry.path)));
    }
    return std::unexpected(errno_error("create " + printable(entry.path), error_number));
  }

  TarStream& tar_;
  DirectoryCursor parents_;
  Hasher hasher_;
  std::string header_;
};

Result<void> Unpacker::unpack_file(const OutputEntry& entry, int parent, const std::string& name) {
  const UniqueFd fd(::openat(parent, name.c_str(),
                             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                             entry.executable ? 0777 : 0666));
  VC_CHECK(made(fd.get(), entry));
  for (std::uint64_t left = entry.size_bytes; left > 0;) {
    VC_TRY(const std::string_view bytes, tar_.take(left));
    if (bytes.empty()) {
      return corrupt("it is cut off");
    }
    hasher_.update(bytes);
    if (auto written = write_all(fd.get(), as_bytes(bytes)); !written) {
      return std::unexpected(std::move(written).error().within(printable(entry.path)));
    }
    left -= bytes.size();
  }
  if (hasher_.finish() != entry.digest) {
    return corrupt(fmt::format("{} has not the digest the manifest says", printable(entry.path)));
  }
  return expect_padding(tar_, entry.size_bytes);
}

}  // namespace

Result<UnpackedArtifact> unpack_archive(const ArchiveSource& source, int staging_fd,
                                        const Digest& expected_key, const ArchiveLimits& limits) {
  TarStream tar(source);
  VC_TRY(UnpackedArtifact artifact, read_head(tar, limits));
  if (artifact.manifest.key != expected_key) {
    return corrupt(
        fmt::format("it is of key {}, not {}", artifact.manifest.key.hex(), expected_key.hex()));
  }
  Unpacker unpacker(tar, staging_fd);
  for (const OutputEntry& entry : artifact.manifest.outputs) {
    VC_CHECK(unpacker.unpack(entry));
  }
  static constexpr char kEnd[kTarEndBytes] = {};
  VC_CHECK(tar.expect({kEnd, sizeof kEnd}, "a member that the manifest does not list"));
  VC_CHECK(tar.expect_end());
  artifact.sha256 = tar.sha256();
  artifact.size_bytes = tar.compressed_bytes();
  return artifact;
}

Result<UnpackedArtifact> read_archive_head(const ArchiveSource& source,
                                           const ArchiveLimits& limits) {
  TarStream tar(source);
  return read_head(tar, limits);
}

}  // namespace vc::agent
