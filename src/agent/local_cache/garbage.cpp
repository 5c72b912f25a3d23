#include "agent/local_cache/garbage.hpp"

#include "agent/beneath.hpp"
#include "agent/local_cache/entry_header.hpp"
#include "agent/local_cache/layout.hpp"
#include "agent/output_path.hpp"
#include "agent/state_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <string>
#include <vector>

namespace vc::agent {

namespace {

struct Entry {
  std::string path;  // "<tier>/<aa>/<key>.tar.zst"
  std::uint64_t bytes = 0;
  TimePoint used;
};

TimePoint time_of(const timespec& time) {
  return TimePoint(
      std::chrono::seconds(time.tv_sec) +
      std::chrono::floor<std::chrono::milliseconds>(std::chrono::nanoseconds(time.tv_nsec)));
}

// Calls `visit(fd, name)` for each directory in `parent_fd` whose name is of ours. What vanishes
// meanwhile, another process was quicker with.
Result<void> for_each_directory(int parent_fd, bool (*is_ours)(std::string_view),
                                const std::function<Result<void>(int, const std::string&)>& visit) {
  VC_TRY(const auto entries, list_directory(parent_fd));
  for (const DirectoryEntry& entry : entries) {
    if (entry.kind != FileKind::directory || !is_ours(entry.name)) {
      continue;
    }
    auto fd = open_beneath(parent_fd, entry.name, O_RDONLY | O_DIRECTORY);
    if (fd) {
      VC_CHECK(visit(fd->get(), entry.name));
    } else if (fd.error().code != Errc::not_found) {
      return std::unexpected(std::move(fd).error());
    }
  }
  return {};
}

Result<void> for_each_shard(int version_fd,
                            const std::function<Result<void>(int, const std::string&)>& visit) {
  return for_each_directory(version_fd, is_tier_name, [&](int tier_fd, const std::string& tier) {
    return for_each_directory(tier_fd, is_shard_name, [&](int shard_fd, const std::string& shard) {
      return visit(shard_fd, tier + '/' + shard);
    });
  });
}

Result<void> add_entries(int shard_fd, const std::string& path, std::vector<Entry>& found) {
  VC_TRY(const auto entries, list_directory(shard_fd));
  for (const DirectoryEntry& entry : entries) {
    struct stat status{};
    if (entry.kind == FileKind::regular && is_entry_name(entry.name) &&
        ::fstatat(shard_fd, entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
      found.push_back({.path = path + '/' + entry.name,
                       .bytes = static_cast<std::uint64_t>(status.st_size),
                       .used = time_of(status.st_mtim)});
    }
  }
  return {};
}

Result<std::vector<Entry>> list_entries(int version_fd) {
  std::vector<Entry> found;
  VC_CHECK(for_each_shard(version_fd, [&](int shard_fd, const std::string& path) {
    return add_entries(shard_fd, path, found);
  }));
  return found;
}

Result<void> remove_entry(int version_fd, const std::string& path) {
  const auto shard = open_beneath(version_fd, parent_of_path(path), O_RDONLY | O_DIRECTORY);
  if (!shard) {
    return shard.error().code == Errc::not_found ? Result<void>{} : std::unexpected(shard.error());
  }
  if (::unlinkat(shard->get(), std::string(name_of_path(path)).c_str(), 0) != 0 &&
      errno != ENOENT) {
    return std::unexpected(errno_error("remove cache entry " + path));
  }
  return {};
}

// Not an error when there is none.
Result<std::optional<UniqueFd>> open_version(const fs::path& directory) {
  auto fd = open_file(directory / kLayoutVersion, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (fd) {
    return *std::move(fd);
  }
  return fd.error().code == Errc::not_found ? Result<std::optional<UniqueFd>>(std::nullopt)
                                            : std::unexpected(std::move(fd).error());
}

// One that vanishes meanwhile is no damage; nor is one that cannot be read at the moment.
bool is_whole(int version_fd, const Entry& entry) {
  const auto fd = open_beneath(version_fd, entry.path, O_RDONLY | O_NONBLOCK);
  if (!fd) {
    return true;
  }
  std::array<std::byte, kEntryHeaderBytes> bytes;
  const auto count = pread_up_to(fd->get(), bytes, 0);
  if (!count) {
    return true;
  }
  const auto header = decode_entry_header(as_text(ByteView(bytes).first(*count)));
  return header && entry_name(header->key) == name_of_path(entry.path) &&
         header->archive_bytes + kEntryHeaderBytes == entry.bytes;
}

// Held until it is closed; nullopt while another process has it.
Result<std::optional<UniqueFd>> lock_garbage(const fs::path& directory) {
  const fs::path file = directory / kLayoutVersion / kGarbageLock;
  VC_TRY(UniqueFd lock, open_file(file, O_RDWR | O_CREAT | O_NOFOLLOW));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return errno == EWOULDBLOCK ? Result<std::optional<UniqueFd>>(std::nullopt)
                                : std::unexpected(errno_error("lock " + file.native()));
  }
  return lock;
}

// What one collection has done so far.
class Collection {
 public:
  Collection(int version_fd, GarbageMode mode, const std::vector<Entry>& entries)
      : version_fd_(version_fd), mode_(mode) {
    report_.left.entries = entries.size();
    for (const Entry& entry : entries) {
      report_.left.bytes += entry.bytes;
    }
  }

  const GarbageReport& report() const { return report_; }

  // `entries` are those that are left, afterwards.
  Result<void> drop_damaged(std::vector<Entry>& entries) {
    std::vector<Entry> whole;
    for (Entry& entry : entries) {
      if (is_whole(version_fd_, entry)) {
        whole.push_back(std::move(entry));
        continue;
      }
      VC_CHECK(drop(entry));
      ++report_.damaged;
    }
    entries = std::move(whole);
    return {};
  }

  // `entries`: least recently used first.
  Result<void> drop_beyond(const LocalCacheLimits& limits, TimePoint now,
                           const std::vector<Entry>& entries) {
    for (const Entry& entry : entries) {
      if (report_.left.bytes <= limits.bytes_max && now - entry.used <= limits.age_max) {
        break;  // All that follow were used later.
      }
      VC_CHECK(drop(entry));
    }
    return {};
  }

 private:
  Result<void> drop(const Entry& entry) {
    if (mode_ == GarbageMode::remove) {
      VC_CHECK(remove_entry(version_fd_, entry.path));
    }
    --report_.left.entries;
    report_.left.bytes -= entry.bytes;
    ++report_.removed.entries;
    report_.removed.bytes += entry.bytes;
    return {};
  }

  int version_fd_;
  GarbageMode mode_;
  GarbageReport report_;
};

// Empty directories of ours; those that are not empty stay.
Result<void> remove_directories(int version_fd) {
  VC_TRY(const auto tiers, list_directory(version_fd));
  for (const DirectoryEntry& tier : tiers) {
    const bool is_ours = is_tier_name(tier.name) || tier.name == kTemporaryDirectory;
    auto fd = is_ours ? open_beneath(version_fd, tier.name, O_RDONLY | O_DIRECTORY)
                      : Result<UniqueFd>(UniqueFd());
    if (!fd || !fd->valid()) {
      continue;
    }
    VC_TRY(const auto shards, list_directory(fd->get()));
    for (const DirectoryEntry& shard : shards) {
      if (is_shard_name(shard.name)) {
        ::unlinkat(fd->get(), shard.name.c_str(), AT_REMOVEDIR);
      } else if (tier.name == kTemporaryDirectory && is_temporary_name(shard.name)) {
        ::unlinkat(fd->get(), shard.name.c_str(), 0);
      }
    }
    ::unlinkat(version_fd, tier.name.c_str(), AT_REMOVEDIR);
  }
  return {};
}

}  // namespace

Result<std::optional<GarbageReport>> collect_cache_garbage(const fs::path& directory,
                                                           const LocalCacheLimits& limits,
                                                           TimePoint now, GarbageMode mode,
                                                           GarbageDepth depth) {
  VC_TRY(const std::optional<UniqueFd> version, open_version(directory));
  if (!version) {
    return GarbageReport{};
  }
  VC_TRY(const std::optional<UniqueFd> lock, lock_garbage(directory));
  if (!lock) {
    return std::nullopt;
  }
  if (mode == GarbageMode::remove) {
    sweep_temporaries(directory, now);
    sweep_temporaries(directory / kLayoutVersion / kTemporaryDirectory, now);
  }
  VC_TRY(std::vector<Entry> entries, list_entries(version->get()));
  std::ranges::sort(entries, {}, &Entry::used);
  Collection collection(version->get(), mode, entries);
  if (depth == GarbageDepth::headers) {
    VC_CHECK(collection.drop_damaged(entries));
  }
  VC_CHECK(collection.drop_beyond(limits, now, entries));
  return collection.report();
}

Result<LocalCacheUsage> remove_local_cache(const fs::path& directory) {
  VC_TRY(const std::optional<UniqueFd> version, open_version(directory));
  LocalCacheUsage removed;
  if (!version) {
    return removed;
  }
  VC_TRY(const std::vector<Entry> entries, list_entries(version->get()));
  for (const Entry& entry : entries) {
    VC_CHECK(remove_entry(version->get(), entry.path));
    ++removed.entries;
    removed.bytes += entry.bytes;
  }
  VC_CHECK(remove_directories(version->get()));
  ::unlinkat(version->get(), std::string(kGarbageLock).c_str(), 0);
  ::rmdir((directory / kLayoutVersion).c_str());
  const fs::path gitignore = directory / ".gitignore";
  if (const auto content = read_file(gitignore); content && *content == kHideAllFromGit) {
    ::unlink(gitignore.c_str());
  }
  ::rmdir(directory.c_str());
  return removed;
}

}  // namespace vc::agent
