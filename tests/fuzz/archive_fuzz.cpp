// Artifacts from strangers: nothing crashes, nothing is written outside the staging folder, and
// what is accepted is exactly what its manifest says.
//
// The first byte chooses how deep the input starts: the bytes of the file; the tar inside the zstd
// frame; a manifest (up to a NUL) whose members are then laid out correctly with contents taken
// from the rest; or entries, however odd, in an archive that is right in all its sizes and digests,
// which is accepted if and only if they keep the rules of the format. (No mutation would guess a
// SHA-256.)
#include "agent/archive.hpp"
#include "agent/archive/manifest_json.hpp"
#include "agent/archive/tar_format.hpp"
#include "core/assert.hpp"
#include "core/temp_dir.hpp"
#include "core/zstd.hpp"

#include <fcntl.h>
#include <fuzzer/FuzzedDataProvider.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace vc;
using namespace vc::agent;

constexpr ArchiveLimits kLimits{.unpacked_bytes_max = 1 << 20,
                                .entries_max = 1000,
                                .path_bytes_max = 4095,
                                .manifest_bytes_max = 1 << 20};
constexpr std::size_t kEntriesMax = 8;
constexpr std::size_t kTextBytesMax = 300;

Digest key() {
  return sha256("a key");
}

void append_member(std::string& tar, const TarMember& member, std::string_view content) {
  append_tar_header(tar, member);
  tar += content;
  tar.append(tar_padding(content.size()), '\0');
}

std::string head_of_tar(std::string_view manifest) {
  std::string tar;
  append_member(tar, {.path = kManifestMember, .size_bytes = manifest.size(), .target = {}},
                manifest);
  append_member(tar, {.path = kLogMember, .target = {}}, "");
  return tar;
}

// `text` is a manifest, a NUL, and the bytes that the files are filled with.
std::string laid_out(std::string_view text) {
  const std::size_t end = std::min(text.find('\0'), text.size());
  const std::string_view json = text.substr(0, end);
  std::string_view rest = text.substr(std::min(end + 1, text.size()));
  std::string tar = head_of_tar(json);
  if (const auto manifest = manifest_from_json(json, kLimits)) {
    for (const OutputEntry& entry : manifest->outputs) {
      const TarMember member = TarMember::of(entry);
      const std::string_view content = rest.substr(
          0, static_cast<std::size_t>(std::min<std::uint64_t>(member.size_bytes, rest.size())));
      rest.remove_prefix(content.size());
      append_member(tar, member, content);
    }
  }
  tar.append(kTarEndBytes, '\0');
  return tar;
}

std::string compressed(std::string_view bytes) {
  std::string out;
  ZstdWriter zstd([&](ByteView piece) -> Result<void> {
    out += as_text(piece);
    return {};
  });
  VC_ASSERT(zstd.write(as_bytes(bytes)).has_value());
  VC_ASSERT(zstd.finish().has_value());
  return out;
}

// Everything but directories that are not empty.
std::size_t things_below(const fs::path& directory) {
  std::size_t count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    // A link may lead to itself, which is an error to those who follow it.
    const bool is_directory = entry.symlink_status().type() == fs::file_type::directory;
    count += is_directory && !fs::is_empty(entry.path()) ? 0 : 1;
  }
  return count;
}

void check_unpacked(const std::vector<OutputEntry>& outputs, const fs::path& staging) {
  VC_ASSERT(things_below(staging) == outputs.size());
  for (const OutputEntry& entry : outputs) {
    const fs::path path = staging / entry.path;
    struct stat status{};
    VC_ASSERT(::lstat(path.c_str(), &status) == 0);
    switch (entry.kind) {
      case EntryKind::file:
        VC_ASSERT(S_ISREG(status.st_mode));
        VC_ASSERT(((status.st_mode & S_IXUSR) != 0) == entry.executable);
        VC_ASSERT(sha256(read_file(path).value()) == entry.digest);
        break;
      case EntryKind::symlink:
        VC_ASSERT(S_ISLNK(status.st_mode) && fs::read_symlink(path).native() == entry.target);
        break;
      case EntryKind::directory:
        VC_ASSERT(S_ISDIR(status.st_mode));
        break;
    }
  }
}

// Whether it was accepted.
bool try_archive(std::string_view bytes) {
  const TempDir outside = TempDir::create("/dev/shm").value();
  const fs::path staging = outside.path() / "staging";
  VC_ASSERT(make_directories(staging).has_value());
  const UniqueFd staging_fd = open_file(staging, O_RDONLY | O_DIRECTORY).value();
  std::size_t done = 0;
  const auto unpacked = unpack_archive(
      [&](std::span<std::byte> room) -> Result<std::size_t> {
        const std::size_t count = std::min(room.size(), bytes.size() - done);
        std::memcpy(room.data(), bytes.data() + done, count);
        done += count;
        return count;
      },
      staging_fd.get(), key(), kLimits);
  VC_ASSERT(unpacked || unpacked.error().code == Errc::corrupt);
  // Nothing but the staging folder.
  VC_ASSERT(std::distance(fs::directory_iterator(outside.path()), {}) == 1);
  if (unpacked) {
    VC_ASSERT(unpacked->sha256 == sha256(bytes));
    check_unpacked(unpacked->manifest.outputs, staging);
  }
  return unpacked.has_value();
}

void try_entries(std::string_view text) {
  FuzzedDataProvider data(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  ArtifactManifest manifest{.fingerprint_version = 1, .key = key(), .label = "p#t"};
  std::string members;
  while (data.remaining_bytes() > 0 && manifest.outputs.size() < kEntriesMax) {
    OutputEntry entry{
        .path = data.ConsumeRandomLengthString(kTextBytesMax),
        .kind = data.PickValueInArray({EntryKind::file, EntryKind::symlink, EntryKind::directory})};
    std::string content;
    if (entry.kind == EntryKind::symlink) {
      entry.target = data.ConsumeRandomLengthString(kTextBytesMax);
    } else if (entry.kind == EntryKind::file) {
      entry.executable = data.ConsumeBool();
      content = data.ConsumeRandomLengthString(kTextBytesMax);
      content.resize(content.size() * data.ConsumeIntegralInRange<std::size_t>(1, 10), 'x');
      entry.size_bytes = content.size();
      entry.digest = sha256(content);
    }
    append_member(members, TarMember::of(entry), content);
    manifest.outputs.push_back(std::move(entry));
  }
  const bool keeps_the_rules = check_manifest(manifest, kLimits).has_value();
  const std::string tar =
      head_of_tar(manifest_to_json(manifest)) + members + std::string(kTarEndBytes, '\0');
  VC_ASSERT(try_archive(compressed(tar)) == keeps_the_rules);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      try_archive(text);
      break;
    case 1:
      try_archive(compressed(text));
      break;
    case 2:
      try_archive(compressed(laid_out(text)));
      break;
    default:
      try_entries(text);
      break;
  }
  return 0;
}
