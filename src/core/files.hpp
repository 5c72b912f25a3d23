// Files: the few whole-file operations everyone needs, with errors that name the path.
//
// There is no fake file system behind this: tests use real temporary directories, full-disk and
// kill -9 tests a real tmpfs and real signals (docs/adr/2026-11-22-real-files-in-tests.md). All
// paths are passed to the kernel as they are; nothing here follows or refuses symbolic links unless
// it says so.
#pragma once

#include "core/bytes.hpp"
#include "core/fd.hpp"
#include "core/result.hpp"

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace vc {

namespace fs = std::filesystem;

inline constexpr std::uint64_t kWholeFileBytesMax = 64ULL << 20;

// The whole file as text; Errc::too_large past `bytes_max`, Errc::not_found when absent.
Result<std::string> read_file(const fs::path& path, std::uint64_t bytes_max = kWholeFileBytesMax);
// The same, but an absent file is nullopt.
Result<std::optional<std::string>> read_file_if_exists(
    const fs::path& path, std::uint64_t bytes_max = kWholeFileBytesMax);

enum class Durability { none, fsync };

// What write_file_atomically() names its temporary files: a kill in the middle leaves one behind,
// and whoever owns the directory may remove it.
inline constexpr std::string_view kTemporaryPrefix = ".vc-tmp-";

// Readers see the old content or all of the new: writes a temporary sibling, then renames it over
// `path`. Creates missing parent directories. With Durability::fsync the content, the name and the
// new directories are on the disk when it returns. `mode` is subject to the umask.
Result<void> write_file_atomically(const fs::path& path, std::string_view content,
                                   Durability durability = Durability::none, mode_t mode = 0644);

// mkdir -p. An existing directory is success.
Result<void> make_directories(const fs::path& path, mode_t mode = 0755);

Result<UniqueFd> open_file(const fs::path& path, int flags, mode_t mode = 0644);

// Repeats until everything is written; a full disk is Errc::no_space.
Result<void> write_all(int fd, ByteView bytes);
// Repeats until `bytes` is full or the file ends; returns how many bytes were read.
Result<std::size_t> read_up_to(int fd, std::span<std::byte> bytes);
Result<std::size_t> pread_up_to(int fd, std::span<std::byte> bytes, std::uint64_t offset);

// SHA-256 of everything from the descriptor's offset 0, read with pread.
Result<class Digest> digest_of_file(int fd);

}  // namespace vc
