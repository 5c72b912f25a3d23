#include "storage/local_objects.hpp"

#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <functional>
#include <utility>

namespace vc::storage {

namespace {

// A name can be freed under a publication by eviction only; that this happens again and again is
// not plausible.
constexpr int kAttemptsMax = 16;
constexpr std::uint64_t kDiskBlockBytes = 4096;

// What a file of that size takes on the disk: many small ones take a block each.
std::uint64_t disk_bytes(std::uint64_t file_bytes) {
  return (file_bytes + kDiskBlockBytes - 1) / kDiskBlockBytes * kDiskBlockBytes;
}

TimePoint time_of_use(const struct stat& status) {
  return TimePoint(std::chrono::seconds(status.st_mtim.tv_sec) +
                   std::chrono::milliseconds(status.st_mtim.tv_nsec / 1'000'000));
}

std::uint64_t size_of(const struct stat& status) {
  return static_cast<std::uint64_t>(status.st_size);
}

std::string file_name_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::unexpected<Error> gave_up() {
  return fail(Errc::overloaded, "the name was freed again and again while it was being published",
              "try again");
}

}  // namespace

void set_time_of_use(int fd, TimePoint when) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(when);
  const timespec time{
      .tv_sec = seconds.time_since_epoch().count(),
      .tv_nsec = std::chrono::nanoseconds(when - seconds).count(),
  };
  const std::array<timespec, 2> access_and_modification = {time, time};
  // A failure costs nothing but the order of eviction.
  static_cast<void>(::futimens(fd, access_and_modification.data()));
}

std::mutex& LocalObjects::lock_of(std::string_view path) {
  return path_locks_[std::hash<std::string_view>{}(path) % path_locks_.size()];
}

Result<std::optional<LocalObjects::Blob>> LocalObjects::open(const wire::ObjectKey& key) {
  VC_TRY(auto fd, tree_.open(key.text()));
  if (!fd) {
    return std::nullopt;
  }
  struct stat status{};
  if (::fstat(fd->get(), &status) != 0) {
    return std::unexpected(errno_error("stat " + key.text()));
  }
  auto header = read_blob_header(fd->get(), size_of(status));
  if (!header && header.error().code == Errc::corrupt) {
    VC_CHECK(discard(key.text(), fd->get(), header.error()));
    return std::nullopt;
  }
  if (!header) {
    return std::unexpected(std::move(header).error().within(key.text()));
  }
  record_use(key.text(), *fd, status);
  return Blob{.fd = *std::move(fd), .header = *std::move(header)};
}

void LocalObjects::record_use(const std::string& path, const UniqueFd& fd,
                              const struct stat& status) {
  const TimePoint now = clock_.now();
  if (!index_.touch(path, now)) {
    index_.insert_found(path, disk_bytes(size_of(status)), now);
  }
  if (now - time_of_use(status) >= kUseResolution) {
    set_time_of_use(fd.get(), now);
  }
}

// `fd` is the damaged file; by now another may have its name.
Result<void> LocalObjects::discard(const std::string& path, int fd, const Error& damage) {
  struct stat damaged{};
  if (::fstat(fd, &damaged) != 0) {
    return std::unexpected(errno_error("stat " + path));
  }
  const std::scoped_lock lock(lock_of(path));
  VC_TRY(const auto present, tree_.stat(path));
  if (!present || present->st_ino != damaged.st_ino || present->st_dev != damaged.st_dev) {
    return {};
  }
  index_.erase(path);
  VC_CHECK(tree_.remove(path));
  log_.warn("removed a damaged artifact", {{"key", path}, {"damage", damage.message}});
  return {};
}

Result<Stored> LocalObjects::publish(const StagedFile& staged, const wire::ObjectKey& key,
                                     std::uint64_t file_bytes) {
  const std::string& path = key.text();
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    const auto directory = tree_.directory_of(path);
    Result<Stored> linked = fail(Errc::not_found, "no directory");
    if (directory) {
      const std::scoped_lock lock(lock_of(path));
      linked = staged.link_to(directory->get(), file_name_of(path));
      if (linked && *linked == Stored::created) {
        index_.insert(path, disk_bytes(file_bytes), clock_.now());
      }
    } else if (directory.error().code != Errc::not_found) {
      return std::unexpected(directory.error());
    }
    if (linked && *linked == Stored::created) {
      VC_CHECK(sync_to_disk(directory->get(), "the directory of " + path));
      return Stored::created;
    }
    if (!linked && linked.error().code != Errc::not_found) {
      return linked;
    }
    if (linked) {
      // Only a sound artifact has won; what a power cut left of one is removed by looking at it.
      VC_TRY(const auto winner, open(key));
      if (winner) {
        return Stored::exists;
      }
    }
  }
  return gave_up();
}

Result<void> LocalObjects::replace(StagedFile& staged, const wire::ObjectKey& key,
                                   std::uint64_t file_bytes) {
  const std::string& path = key.text();
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    const auto directory = tree_.directory_of(path);
    if (!directory && directory.error().code != Errc::not_found) {
      return std::unexpected(directory.error());
    }
    if (!directory) {
      continue;
    }
    Result<void> renamed;
    {
      const std::scoped_lock lock(lock_of(path));
      renamed = staged.replace(directory->get(), file_name_of(path));
      if (renamed) {
        index_.insert(path, disk_bytes(file_bytes), clock_.now());
      }
    }
    if (renamed) {
      return sync_to_disk(directory->get(), "the directory of " + path);
    }
    if (renamed.error().code != Errc::not_found) {
      return renamed;
    }
  }
  return gave_up();
}

Result<std::uint64_t> LocalObjects::evict(const LocalIndex::Item& item) {
  const std::scoped_lock lock(lock_of(item.path));
  const auto last_use = index_.last_use(item.path);
  if (!last_use || *last_use > item.used) {
    return 0;
  }
  index_.erase(item.path);
  auto removed = tree_.remove(item.path);
  if (!removed) {
    index_.insert_found(item.path, item.bytes, item.used);
    return std::unexpected(std::move(removed).error());
  }
  return *removed ? item.bytes : 0;
}

void LocalObjects::rebuild_index(const std::stop_token& stop) {
  const bool complete = tree_.walk(
      [this](const std::string& path, const struct stat& status) {
        if (wire::ObjectKey::parse(path)) {
          index_.insert_found(path, disk_bytes(size_of(status)), time_of_use(status));
        }
      },
      stop);
  if (complete) {
    index_.set_complete();
  } else if (!stop.stop_requested()) {
    log_.warn("some of the local store could not be listed; eviction may miss it", {});
  }
}

}  // namespace vc::storage
