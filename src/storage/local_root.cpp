#include "storage/local_root.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace vc::storage {

namespace {

constexpr const char* kMarker = "VELOCITYCACHE";
constexpr const char* kNewMarker = "VELOCITYCACHE.new";
constexpr const char* kLock = "lock";
constexpr std::string_view kMarkerText =
    "VelocityCache local store, layout 1\n"
    "Everything in this directory belongs to velocity-server, which deletes old artifacts here.\n";
constexpr std::string_view kMarkerFirstLine = kMarkerText.substr(0, kMarkerText.find('\n') + 1);
constexpr mode_t kFileMode = 0600;

// What a root without marker may hold: traces of a first start that was killed before it wrote the
// marker, and what mkfs puts on a new volume.
constexpr std::array<std::string_view, 3> kHarmless = {kLock, kNewMarker, "lost+found"};

using Names = std::vector<std::string>;

Result<Names> list(int directory_fd, const fs::path& path) {
  UniqueFd fd(::openat(directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fd.valid() ? ::fdopendir(fd.get()) : nullptr,
                                                   ::closedir);
  if (!stream) {
    return std::unexpected(errno_error("list " + path.native()));
  }
  static_cast<void>(fd.release());  // The stream owns it now.
  Names names;
  errno = 0;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") {
      names.emplace_back(name);
    }
  }
  if (errno != 0) {
    return std::unexpected(errno_error("list " + path.native()));
  }
  return names;
}

// B14: VC_LOCAL_ROOT=/home by mistake must not become a cache whose old files are deleted.
Result<void> refuse_foreign(int directory_fd, const fs::path& path) {
  VC_TRY(const Names names, list(directory_fd, path));
  // Only after the listing: another first start, which writes the marker before all else, may be
  // under way.
  if (::faccessat(directory_fd, kMarker, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
    return {};
  }
  for (const std::string& name : names) {
    if (std::ranges::find(kHarmless, name) == kHarmless.end()) {
      return fail(Errc::invalid, path.native() + " is not empty and is no VelocityCache root",
                  "point VC_LOCAL_ROOT at a directory that is empty or does not exist yet");
    }
  }
  return {};
}

Result<UniqueFd> lock(int directory_fd, const fs::path& path) {
  UniqueFd fd(::openat(directory_fd, kLock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kFileMode));
  if (!fd.valid()) {
    return std::unexpected(errno_error("open the lock of " + path.native()));
  }
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return fail(Errc::conflict, "another velocity-server uses " + path.native(),
                  "stop it first, or give this one a VC_LOCAL_ROOT of its own; several gateways "
                  "share a store only on an object store");
    }
    return std::unexpected(errno_error("lock " + path.native()));
  }
  return fd;
}

Result<void> write_marker(int directory_fd) {
  UniqueFd fd(::openat(directory_fd, kNewMarker,
                       O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, kFileMode));
  if (!fd.valid()) {
    return std::unexpected(errno_error("create the marker file"));
  }
  VC_CHECK(write_all(fd.get(), as_bytes(kMarkerText)));
  VC_CHECK(sync_to_disk(fd.get(), "the marker file"));
  if (::renameat(directory_fd, kNewMarker, directory_fd, kMarker) != 0) {
    return std::unexpected(errno_error("rename the marker file"));
  }
  return {};
}

// The directories above a new root may be new as well: a power cut must not take them, and with
// them every artifact. Those that we may not read were made by somebody else.
void sync_ancestors(const fs::path& path) {
  std::error_code failed;
  for (fs::path parent = fs::absolute(path, failed); parent.has_relative_path();) {
    parent = parent.parent_path();
    if (const auto fd = open_file(parent, O_RDONLY | O_DIRECTORY)) {
      static_cast<void>(sync_to_disk(fd->get(), parent.native()));
    }
  }
}

// Under the lock: nobody else writes the marker now.
Result<void> claim(int directory_fd, const fs::path& path) {
  const UniqueFd fd(::openat(directory_fd, kMarker, O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.valid() && errno == ENOENT) {
    sync_ancestors(path);
    return write_marker(directory_fd);
  }
  if (!fd.valid()) {
    return std::unexpected(errno_error("open the marker file"));
  }
  std::array<std::byte, kMarkerFirstLine.size()> text;
  VC_TRY(const std::size_t count, read_up_to(fd.get(), text));
  if (as_text(ByteView(text).first(count)) != kMarkerFirstLine) {
    return fail(Errc::invalid, path.native() + " has a layout that this version does not know",
                "use the velocity-server that wrote it, or a new VC_LOCAL_ROOT");
  }
  return {};
}

Result<UniqueFd> subdirectory(int directory_fd, const char* name) {
  if (::mkdirat(directory_fd, name, kDirectoryMode) != 0 && errno != EEXIST) {
    return std::unexpected(errno_error(std::string("create ") + name));
  }
  UniqueFd fd(::openat(directory_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.valid()) {
    return std::unexpected(errno_error(std::string("open ") + name));
  }
  return fd;
}

// Under the lock nothing is in progress, so whatever has a staging name was left by a kill.
Result<std::size_t> sweep(int directory_fd, const fs::path& path) {
  VC_TRY(const Names names, list(directory_fd, path));
  std::size_t swept = 0;
  for (const std::string& name : names) {
    if (name.starts_with(kStagingPrefix) && ::unlinkat(directory_fd, name.c_str(), 0) == 0) {
      ++swept;
    }
  }
  return swept;
}

}  // namespace

Result<LocalRoot> LocalRoot::open(const fs::path& root_path) {
  // "data/" has no name in its last part, and would be made as its own parent.
  const fs::path path = root_path.has_filename() ? root_path : root_path.parent_path();
  LocalRoot root;
  root.path_ = path;
  if (path.has_parent_path()) {
    VC_CHECK(make_directories(path.parent_path()));
  }
  VC_CHECK(make_directories(path, kDirectoryMode));
  VC_TRY(root.directory_, open_file(path, O_RDONLY | O_DIRECTORY));
  const int directory = root.directory_.get();

  VC_CHECK(refuse_foreign(directory, path));
  VC_TRY(root.lock_, lock(directory, path));
  const auto prepare = [&]() -> Result<void> {
    VC_CHECK(claim(directory, path));
    VC_TRY(const UniqueFd keys, subdirectory(directory, "keys"));
    VC_TRY(root.staging_, subdirectory(directory, "staging"));
    VC_TRY(root.objects_, subdirectory(directory, "objects"));
    VC_CHECK(sync_to_disk(directory, "the root directory"));
    VC_TRY(const std::size_t swept_keys, sweep(keys.get(), path / "keys"));
    VC_TRY(const std::size_t swept_uploads, sweep(root.staging_.get(), path / "staging"));
    root.swept_files_ = swept_keys + swept_uploads;
    return {};
  };
  if (auto prepared = prepare(); !prepared) {
    return std::unexpected(std::move(prepared).error().within(path.native()));
  }
  auto staging = probe_staging(root.staging_.get());
  if (!staging) {
    return std::unexpected(
        std::move(staging)
            .error()
            .within(path.native())
            .with_hint("put VC_LOCAL_ROOT on a local file system such as ext4, xfs, btrfs or zfs"));
  }
  root.kind_ = *staging;
  return root;
}

Result<void> LocalRoot::check() const {
  struct stat status{};
  if (::stat((path_ / kMarker).c_str(), &status) != 0) {
    return std::unexpected(errno_error("look for the marker file of the local store"));
  }
  if (::faccessat(staging_.get(), ".", W_OK | X_OK, 0) != 0) {
    return std::unexpected(errno_error("write to the local store"));
  }
  return {};
}

}  // namespace vc::storage
