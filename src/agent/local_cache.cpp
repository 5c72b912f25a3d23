#include "agent/local_cache.hpp"

#include "agent/local_cache/entry_header.hpp"
#include "agent/local_cache/garbage.hpp"
#include "agent/local_cache/layout.hpp"
#include "agent/state_directory.hpp"
#include "core/signature.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

namespace vc::agent {

namespace {

constexpr std::chrono::hours kTouchInterval{1};
constexpr std::size_t kTemporarySuffixBytes = 8;
// A shard directory can be removed (`velocity clean`) between being made and being used.
constexpr int kLinkAttemptsMax = 3;

constexpr std::string_view kRemedy =
    "set VELOCITY_CACHE_DIR to a directory you can write, or turn the local cache off with "
    "--cache=remote:rw";

timespec to_timespec(TimePoint time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  return {.tv_sec = seconds.time_since_epoch().count(),
          .tv_nsec = std::chrono::nanoseconds(time - seconds).count()};
}

void set_time_of_use(int fd, TimePoint now) {
  const std::array<timespec, 2> times{to_timespec(now), to_timespec(now)};
  // The least recently used order is then less exact, nothing worse.
  static_cast<void>(::futimens(fd, times.data()));
}

class FileWriter final : public LocalCacheWriter {
 public:
  // `name` is empty for a file without one.
  FileWriter(UniqueFd fd, fs::path name, fs::path tier, const Clock& clock)
      : fd_(std::move(fd)), name_(std::move(name)), tier_(std::move(tier)), clock_(clock) {}

  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;
  FileWriter(FileWriter&&) = delete;
  FileWriter& operator=(FileWriter&&) = delete;

  ~FileWriter() override {
    if (!name_.empty()) {
      ::unlink(name_.c_str());
    }
  }

  int fd() const override { return fd_.get(); }

  Result<void> publish(const Digest& key, const Digest& sha256, std::uint64_t archive_bytes,
                       std::string_view vcmeta) override {
    struct stat status{};
    if (::fstat(fd_.get(), &status) != 0) {
      return std::unexpected(errno_error("stat a new cache entry"));
    }
    if (static_cast<std::uint64_t>(status.st_size) != kEntryHeaderBytes + archive_bytes) {
      return fail(Errc::corrupt, fmt::format("{} bytes were written as a cache entry, not {}",
                                             status.st_size, kEntryHeaderBytes + archive_bytes));
    }
    VC_TRY(const std::string header, encode_entry_header({.key = key,
                                                          .sha256 = sha256,
                                                          .archive_bytes = archive_bytes,
                                                          .vcmeta = std::string(vcmeta),
                                                          .created = clock_.now()}));
    if (::lseek(fd_.get(), 0, SEEK_SET) != 0) {
      return std::unexpected(errno_error("write a new cache entry"));
    }
    VC_CHECK(write_all(fd_.get(), as_bytes(header)));
    set_time_of_use(fd_.get(), clock_.now());
    return link_as(key);
  }

 private:
  Result<void> link_as(const Digest& key) {
    const fs::path shard = tier_ / shard_name(key);
    const fs::path entry = shard / entry_name(key);
    for (int attempt = 1;; ++attempt) {
      if (link_to(entry) || errno == EEXIST) {
        return {};
      }
      if (errno != ENOENT || attempt == kLinkAttemptsMax) {
        return std::unexpected(errno_error("publish cache entry " + entry.native()));
      }
      VC_CHECK(make_directories(shard));
    }
  }

  bool link_to(const fs::path& entry) {
    if (name_.empty()) {
      const std::string self = fmt::format("/proc/self/fd/{}", fd_.get());
      return ::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, entry.c_str(), AT_SYMLINK_FOLLOW) == 0;
    }
    if (::link(name_.c_str(), entry.c_str()) == 0) {
      return true;
    }
    // A file system without hard links. Whatever is replaced then has the same key.
    return (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS) &&
           std::rename(name_.c_str(), entry.c_str()) == 0;
  }

  UniqueFd fd_;
  fs::path name_;
  fs::path tier_;
  const Clock& clock_;
};

class FileLocalCache final : public LocalCache {
 public:
  FileLocalCache(fs::path directory, std::string_view tier, LocalCacheLimits limits,
                 const Clock& clock)
      : directory_(std::move(directory)),
        temporary_(directory_ / kLayoutVersion / kTemporaryDirectory),
        tier_(directory_ / kLayoutVersion / tier),
        limits_(limits),
        clock_(clock) {}

  Result<void> prepare() const {
    VC_CHECK(make_directories(temporary_));
    VC_CHECK(make_directories(tier_));
    for (const fs::path* path : {&temporary_, &tier_}) {
      if (::faccessat(AT_FDCWD, path->c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
        return std::unexpected(errno_error("write to " + path->native()));
      }
    }
    return hide_from_git(directory_);
  }

  Result<std::optional<LocalEntry>> find(const Digest& key) override {
    auto fd = open_file(path_of(key), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (!fd) {
      return fd.error().code == Errc::not_found ? Result<std::optional<LocalEntry>>(std::nullopt)
                                                : std::unexpected(std::move(fd).error());
    }
    struct stat status{};
    if (::fstat(fd->get(), &status) != 0) {
      return std::unexpected(errno_error("stat " + path_of(key).native()));
    }
    std::array<char, kEntryHeaderBytes> bytes;
    VC_TRY(const std::size_t size,
           pread_up_to(fd->get(), std::as_writable_bytes(std::span(bytes)), 0));
    std::optional<EntryHeader> header = decode_entry_header({bytes.data(), size});
    if (!header || header->key != key ||
        header->archive_bytes != static_cast<std::uint64_t>(status.st_size) - kEntryHeaderBytes) {
      remove(key);
      return fail(Errc::corrupt, "it was damaged and has been removed: " + path_of(key).native());
    }
    touch(fd->get(), status);
    return LocalEntry{.fd = *std::move(fd),
                      .archive_offset = kEntryHeaderBytes,
                      .archive_bytes = header->archive_bytes,
                      .sha256 = header->sha256,
                      .vcmeta = std::move(header->vcmeta)};
  }

  Result<std::unique_ptr<LocalCacheWriter>> writer() override {
    fs::path name;
    UniqueFd fd = open_nameless();
    if (!fd.valid()) {
      name = temporary_ /
             (std::string(kTemporaryPrefix) + hex_encode(random_bytes(kTemporarySuffixBytes)));
      VC_TRY(fd, open_file(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW));
    }
    const int number = fd.get();
    auto writer = std::make_unique<FileWriter>(std::move(fd), std::move(name), tier_, clock_);
    // The header comes last, when it is known what it says.
    if (::lseek(number, kEntryHeaderBytes, SEEK_SET) < 0) {
      return std::unexpected(errno_error("write a new cache entry"));
    }
    return writer;
  }

  void remove(const Digest& key) override { ::unlink(path_of(key).c_str()); }

  Result<std::optional<LocalCacheUsage>> collect_garbage() override {
    VC_TRY(const auto report, collect_cache_garbage(directory_, limits_, clock_.now()));
    return report ? std::optional(report->left) : std::nullopt;
  }

  const fs::path& directory() const override { return directory_; }

 private:
  fs::path path_of(const Digest& key) const { return tier_ / shard_name(key) / entry_name(key); }

  // A file that is gone with its descriptor, whatever happens to us. Not every file system has
  // them, and giving one a name takes /proc.
  UniqueFd open_nameless() const {
    if (::access("/proc/self/fd", X_OK) != 0) {
      return {};
    }
    return UniqueFd(::open(temporary_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0644));
  }

  void touch(int fd, const struct stat& status) const {
    const TimePoint used{std::chrono::seconds(status.st_mtim.tv_sec)};
    // Also when a clock that was wrong has put the last use far into the future.
    if (std::chrono::abs(clock_.now() - used) > kTouchInterval) {
      set_time_of_use(fd, clock_.now());
    }
  }

  fs::path directory_;
  fs::path temporary_;
  fs::path tier_;
  LocalCacheLimits limits_;
  const Clock& clock_;
};

}  // namespace

ArchiveSource archive_source(const LocalEntry& entry) {
  return
      [&entry, done = std::uint64_t{0}](std::span<std::byte> room) mutable -> Result<std::size_t> {
        const std::uint64_t left = entry.archive_bytes - done;
        VC_TRY(const std::size_t count,
               pread_up_to(entry.fd.get(), room.first(std::min<std::uint64_t>(left, room.size())),
                           entry.archive_offset + done));
        done += count;
        return count;
      };
}

Result<std::unique_ptr<LocalCache>> LocalCache::open(fs::path directory, std::string_view tier,
                                                     LocalCacheLimits limits, const Clock& clock) {
  if (!is_tier_name(tier)) {
    return fail(Errc::invalid, "not the name of a cache tier: " + std::string(tier));
  }
  auto cache = std::make_unique<FileLocalCache>(std::move(directory), tier, limits, clock);
  if (auto prepared = cache->prepare(); !prepared) {
    Error error = std::move(prepared).error();
    error.code = error.code == Errc::no_space ? Errc::no_space : Errc::io;
    return std::unexpected(std::move(error).with_hint(std::string(kRemedy)));
  }
  return cache;
}

}  // namespace vc::agent
