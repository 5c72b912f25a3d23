// Artifacts from strangers: nothing crashes, nothing is written outside the staging folder, and
// what is accepted is exactly what its manifest says.
//
// The first byte chooses how deep the input starts: the bytes of the file, the tar inside the zstd
// frame, or a manifest (up to a NUL) whose members are then laid out correctly with contents taken
// from the rest.
#include "agent/archive.hpp"
#include "agent/archive/manifest_json.hpp"
#include "agent/archive/tar_format.hpp"
#include "core/assert.hpp"
#include "core/temp_dir.hpp"
#include "core/zstd.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace {

using namespace vc;
using namespace vc::agent;

constexpr ArchiveLimits kLimits{.unpacked_bytes_max = 1 << 20,
                                .entries_max = 1000,
                                .path_bytes_max = 4095,
                                .manifest_bytes_max = 1 << 20};

void append_member(std::string& tar, const TarMember& member, std::string_view content) {
  append_tar_header(tar, member);
  tar += content;
  tar.append(tar_padding(content.size()), '\0');
}

// `text` is a manifest, a NUL, and the bytes that the files are filled with.
std::string laid_out(std::string_view text) {
  const std::size_t end = std::min(text.find('\0'), text.size());
  const std::string_view json = text.substr(0, end);
  std::string_view rest = text.substr(std::min(end + 1, text.size()));
  std::string tar;
  append_member(tar, {.path = kManifestMember, .size_bytes = json.size(), .target = {}}, json);
  append_member(tar, {.path = kLogMember, .size_bytes = 0, .target = {}}, "");
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

void try_archive(std::string_view bytes) {
  static const Digest kKey = sha256("a key");
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
      staging_fd.get(), kKey, kLimits);

  std::size_t beside = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(outside.path())) {
    ++beside;
  }
  VC_ASSERT(beside == 1);  // Nothing but the staging folder.
  if (!unpacked) {
    return;
  }
  VC_ASSERT(unpacked->manifest.key == kKey);
  VC_ASSERT(unpacked->sha256 == sha256(bytes));
  for (const OutputEntry& entry : unpacked->manifest.outputs) {
    if (entry.kind == EntryKind::file) {
      const auto content = read_file(staging / entry.path);
      VC_ASSERT(content.has_value() && sha256(*content) == entry.digest);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 3) {
    case 0:
      try_archive(text);
      break;
    case 1:
      try_archive(compressed(text));
      break;
    default:
      try_archive(compressed(laid_out(text)));
      break;
  }
  return 0;
}
