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
#include <vector>

namespace vc::agent {

namespace {

constexpr int kCompressionLevel = 3;
constexpr std::size_t kCopyBufferBytes = 128 << 10;

std::unexpected<Error> changed(const OutputEntry& entry, std::string_view how) {
  return fail(Errc::conflict,
              fmt::format("output {} {} while it was packed", printable(entry.path), how),
              "something still writes to the outputs after the task has ended");
}

class ArchiveWriter {
 public:
  ArchiveWriter(int package_fd, int destination_fd)
      : parents_(package_fd, DirectoryCursor::Missing::fail),
        destination_fd_(destination_fd),
        zstd_([this](ByteView bytes) { return write_compressed(bytes); }, kCompressionLevel) {}

  Result<void> add_text(std::string_view path, std::string_view content) {
    add_header({.path = path, .size_bytes = content.size(), .target = {}});
    VC_CHECK(flush_headers());
    VC_CHECK(zstd_.write(as_bytes(content)));
    pending_.append(tar_padding(content.size()), '\0');
    return {};
  }

  Result<void> add_output(const OutputEntry& entry) {
    auto parent = parents_.parent_of(entry.path);
    if (!parent) {
      return parent.error().code == Errc::not_found
                 ? changed(entry, "went away")
                 : Result<void>(std::unexpected(std::move(parent).error()));
    }
    const std::string name(name_of_path(entry.path));
    add_header(TarMember::of(entry));
    switch (entry.kind) {
      case EntryKind::file:
        return add_content(entry, *parent, name);
      case EntryKind::symlink:
        return check_link(entry, *parent, name);
      case EntryKind::directory:
        return check_directory(entry, *parent, name);
    }
    return {};
  }

  Result<PackedArtifact> finish() {
    pending_.append(kTarEndBytes, '\0');
    VC_CHECK(flush_headers());
    VC_CHECK(zstd_.finish());
    return PackedArtifact{.size_bytes = written_bytes_, .sha256 = whole_.finish()};
  }

 private:
  void add_header(const TarMember& member) { append_tar_header(pending_, member); }

  Result<void> flush_headers() {
    VC_CHECK(zstd_.write(as_bytes(pending_)));
    pending_.clear();
    return {};
  }

  Result<void> write_compressed(ByteView bytes) {
    whole_.update(bytes);
    written_bytes_ += bytes.size();
    return write_all(destination_fd_, bytes);
  }

  Result<void> add_content(const OutputEntry& entry, int parent_fd, const std::string& name);
  Result<void> copy_content(const OutputEntry& entry, int fd);
  static Result<void> check_link(const OutputEntry& entry, int parent_fd, const std::string& name);
  static Result<void> check_directory(const OutputEntry& entry, int parent_fd,
                                      const std::string& name);

  DirectoryCursor parents_;
  int destination_fd_;
  Hasher whole_;
  Hasher file_;
  std::uint64_t written_bytes_ = 0;
  std::string pending_;  // Headers and padding, not yet handed to the compressor.
  std::vector<std::byte> buffer_ = std::vector<std::byte>(kCopyBufferBytes);
  ZstdWriter zstd_;
};

Result<void> ArchiveWriter::add_content(const OutputEntry& entry, int parent_fd,
                                        const std::string& name) {
  // O_NONBLOCK: what was a file may be a FIFO by now, and opening that would wait for a writer.
  auto fd = open_beneath(parent_fd, name, O_RDONLY | O_NONBLOCK);
  if (!fd) {
    return fd.error().code == Errc::not_found
               ? changed(entry, "went away")
               : Result<void>(std::unexpected(std::move(fd).error()));
  }
  struct stat status{};
  if (::fstat(fd->get(), &status) != 0) {
    return std::unexpected(errno_error("stat " + printable(entry.path)));
  }
  if (!S_ISREG(status.st_mode) || ((status.st_mode & S_IXUSR) != 0) != entry.executable ||
      static_cast<std::uint64_t>(status.st_size) != entry.size_bytes) {
    return changed(entry, "changed its kind, mode or size");
  }
  VC_CHECK(flush_headers());
  VC_CHECK(copy_content(entry, fd->get()));
  pending_.append(tar_padding(entry.size_bytes), '\0');
  return {};
}

Result<void> ArchiveWriter::copy_content(const OutputEntry& entry, int fd) {
  std::uint64_t left = entry.size_bytes;
  while (left > 0) {
    const std::span<std::byte> room =
        std::span(buffer_).first(std::min<std::uint64_t>(left, buffer_.size()));
    VC_TRY(const std::size_t count, read_up_to(fd, room));
    if (count < room.size()) {
      return changed(entry, "became shorter");
    }
    file_.update(room);
    VC_CHECK(zstd_.write(room));
    left -= count;
  }
  if (file_.finish() != entry.digest) {
    return changed(entry, "changed its content");
  }
  return {};
}

Result<void> ArchiveWriter::check_link(const OutputEntry& entry, int parent_fd,
                                       const std::string& name) {
  const auto target = link_target(parent_fd, name);
  return target && *target == entry.target ? Result<void>{} : changed(entry, "changed");
}

Result<void> ArchiveWriter::check_directory(const OutputEntry& entry, int parent_fd,
                                            const std::string& name) {
  struct stat status{};
  if (::fstatat(parent_fd, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 ||
      !S_ISDIR(status.st_mode)) {
    return changed(entry, "changed");
  }
  return {};
}

}  // namespace

Result<PackedArtifact> pack_archive(const ArtifactManifest& manifest, std::string_view log,
                                    int package_fd, int destination_fd,
                                    const ArchiveLimits& limits) {
  VC_CHECK(check_manifest(manifest, limits));
  const std::string json = manifest_to_json(manifest);
  if (json.size() > limits.manifest_bytes_max || log.size() > limits.log_bytes_max) {
    return fail(Errc::too_large, "the manifest or the log is too long for an archive");
  }
  ArchiveWriter writer(package_fd, destination_fd);
  VC_CHECK(writer.add_text(kManifestMember, json));
  VC_CHECK(writer.add_text(kLogMember, log));
  for (const OutputEntry& entry : manifest.outputs) {
    VC_CHECK(writer.add_output(entry));
  }
  return writer.finish();
}

}  // namespace vc::agent
