#include "agent/file_index.hpp"

#include "agent/fingerprint/file_system_clock.hpp"
#include "agent/fingerprint/index_table.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace vc::agent {

namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * kSecondNs + time.tv_nsec;
}

// A read-only mapping of a whole file. The index is only ever replaced by rename, so the mapped
// bytes stay as they are.
class FileMapping {
 public:
  FileMapping() = default;

  explicit FileMapping(const fs::path& file) {
    const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat status{};
    if (!fd.valid() || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_size <= 0) {
      return;
    }
    const auto bytes = static_cast<std::size_t>(status.st_size);
    void* const address =
        ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd.get(), 0);
    if (address != MAP_FAILED) {
      bytes_ = {static_cast<const char*>(address), bytes};
    }
  }

  FileMapping(const FileMapping&) = delete;
  FileMapping& operator=(const FileMapping&) = delete;
  FileMapping(FileMapping&&) = delete;
  FileMapping& operator=(FileMapping&&) = delete;

  ~FileMapping() {
    if (!bytes_.empty()) {
      ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
    }
  }

  std::string_view bytes() const { return bytes_; }

 private:
  std::string_view bytes_;
};

struct PathHash {
  using is_transparent = void;

  std::size_t operator()(std::string_view path) const {
    return std::hash<std::string_view>{}(path);
  }
};

class MappedFileIndex final : public FileIndex {
 public:
  MappedFileIndex(fs::path file, std::uint32_t today)
      : file_(std::move(file)),
        today_(today),
        clock_sample_(sample_clock(file_)),
        mapping_(file_),
        stored_(IndexTable::open(mapping_.bytes()).value_or(IndexTable{})),
        used_(stored_.size()) {}

  std::optional<Digest> find(std::string_view path, const FileStamp& stamp) const override {
    if (const auto number = stored_.find(path)) {
      const IndexRecord& record = stored_.record(*number);
      if (record.stamp() == stamp) {
        used_[*number].store(true, std::memory_order_relaxed);
        return Digest(record.digest);
      }
    }
    if (fresh_count_.load(std::memory_order_acquire) == 0) {
      return std::nullopt;
    }
    const std::shared_lock lock(mutex_);
    const auto entry = fresh_.find(path);
    if (entry == fresh_.end() || entry->second.stamp != stamp) {
      return std::nullopt;
    }
    return entry->second.digest;
  }

  void record(std::string_view path, const struct stat& status, const Digest& digest) override {
    recorded_.fetch_add(1, std::memory_order_relaxed);
    if (!settled(status)) {
      unsettled_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    const std::unique_lock lock(mutex_);
    fresh_.insert_or_assign(std::string(path),
                            Fresh{.stamp = FileStamp::of(status), .digest = digest});
    fresh_count_.store(fresh_.size(), std::memory_order_release);
    unsaved_ = true;
  }

  Result<void> save() override {
    const std::unique_lock lock(mutex_);
    if (!unsaved_) {
      return {};
    }
    VC_CHECK(write_file_atomically(file_, layout()));
    unsaved_ = false;
    return {};
  }

  FileIndexStatistics statistics() const override {
    return {.recorded = recorded_.load(), .unsettled = unsettled_.load()};
  }

 private:
  struct Fresh {
    FileStamp stamp;
    Digest digest;
  };

  static std::optional<FileSystemTime> sample_clock(const fs::path& file) {
    const fs::path directory = file.parent_path();
    if (!make_directories(directory)) {
      return std::nullopt;
    }
    return sample_file_system_clock(directory);
  }

  // Whether no later change can leave this stat as it is.
  bool settled(const struct stat& status) const {
    if (!clock_sample_) {
      return false;
    }
    const std::int64_t newest = std::max(nanoseconds(status.st_mtim), nanoseconds(status.st_ctim));
    const bool same_clock = status.st_dev == clock_sample_->device && status.st_ctim.tv_nsec != 0 &&
                            clock_sample_->ns % kSecondNs != 0;
    return newest < clock_sample_->ns - (same_clock ? 0 : kCoarseTick.count());
  }

  struct Kept {
    std::string_view path;
    FileStamp stamp;
    Digest digest;
    std::uint32_t day;
  };

  std::string layout() const {
    std::vector<Kept> kept = collect();
    if (kept.size() > kIndexEntriesMax) {  // What was not used for the longest time goes.
      std::ranges::nth_element(kept, kept.begin() + kIndexEntriesMax, std::greater(), &Kept::day);
      kept.resize(kIndexEntriesMax);
    }
    // Files of one directory are looked up together: let them lie together.
    std::ranges::sort(kept, {}, &Kept::path);
    IndexTableBuilder builder;
    for (const Kept& entry : kept) {
      builder.add(entry.path, entry.stamp, entry.digest, entry.day);
    }
    return builder.finish();
  }

  std::vector<Kept> collect() const {
    std::vector<Kept> kept;
    kept.reserve(fresh_.size() + stored_.size());
    for (const auto& [path, entry] : fresh_) {
      kept.push_back({path, entry.stamp, entry.digest, today_});
    }
    for (std::uint32_t number = 0; number < stored_.size(); ++number) {
      const auto path = stored_.path(number);
      const IndexRecord& record = stored_.record(number);
      const std::uint32_t day =
          used_[number].load(std::memory_order_relaxed) ? today_ : record.last_used_day;
      if (path && !fresh_.contains(*path) && std::int64_t{today_} - day <= kIndexDaysUnused) {
        kept.push_back({*path, record.stamp(), Digest(record.digest), day});
      }
    }
    return kept;
  }

  const fs::path file_;
  const std::uint32_t today_;
  const std::optional<FileSystemTime> clock_sample_;
  const FileMapping mapping_;
  const IndexTable stored_;
  mutable std::vector<std::atomic<bool>> used_;  // By record number.

  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, Fresh, PathHash, std::equal_to<>> fresh_;
  std::atomic<std::size_t> fresh_count_ = 0;
  bool unsaved_ = false;

  std::atomic<std::uint64_t> recorded_ = 0;
  std::atomic<std::uint64_t> unsettled_ = 0;
};

}  // namespace

FileStamp FileStamp::of(const struct stat& status) {
  return {.size = static_cast<std::uint64_t>(status.st_size),
          .mtime_ns = nanoseconds(status.st_mtim),
          .ctime_ns = nanoseconds(status.st_ctim),
          .inode = status.st_ino,
          .mode = status.st_mode};
}

std::unique_ptr<FileIndex> FileIndex::load(const fs::path& file) {
  return load(file, SystemClock());
}

std::unique_ptr<FileIndex> FileIndex::load(const fs::path& file, const Clock& clock) {
  const auto day = std::chrono::floor<std::chrono::days>(clock.now()).time_since_epoch().count();
  return std::make_unique<MappedFileIndex>(file, static_cast<std::uint32_t>(day));
}

}  // namespace vc::agent
