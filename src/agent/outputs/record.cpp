#include "agent/beneath.hpp"
#include "agent/outputs.hpp"
#include "agent/outputs/record_format.hpp"
#include "agent/outputs/walk.hpp"
#include "agent/state_directory.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace vc::agent {

namespace {

constexpr std::uint64_t kRecordBytesMax = 512ULL << 20;
constexpr std::int64_t kSecondNs = 1'000'000'000;

fs::path record_file(const fs::path& state_directory, std::string_view label) {
  return state_directory / kRecordDirectory / state_name(label);
}

// The stamp, if no change made after `verified_at` can leave the file with it, else one that equals
// no file's. The rule is FileIndex's: see there.
FileStamp reliable_stamp(const FileStamp& stamp, dev_t device,
                         const std::optional<FileSystemTime>& verified_at) {
  if (!verified_at) {
    return {};
  }
  const bool same_clock = device == verified_at->device && stamp.ctime_ns % kSecondNs != 0 &&
                          verified_at->ns % kSecondNs != 0;
  const std::int64_t newest = std::max(stamp.mtime_ns, stamp.ctime_ns);
  return newest < verified_at->ns - (same_clock ? 0 : kCoarseTick.count()) ? stamp : FileStamp{};
}

Result<void> save(const fs::path& file, const OutputRecord& record) {
  return write_file_atomically(file, encode_record(record));
}

// Compares what is on disk with a record, and takes new stamps where it had to look closer.
class Comparison {
 public:
  Comparison(int package_fd, const OutputRecord& record, Verification verification)
      : parents_(package_fd, DirectoryCursor::Missing::fail),
        record_(record),
        verification_(verification),
        stamps_(record.stamps) {}

  bool all_current(const std::vector<FoundOutput>& found) {
    if (found.size() != record_.entries.size() || stamps_.size() != record_.entries.size()) {
      return false;
    }
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (!is_current(found[i], i)) {
        return false;
      }
    }
    return true;
  }

  // The record with the stamps that were taken; nullopt when there are none.
  std::optional<OutputRecord> refreshed() const {
    if (!verified_at_) {
      return std::nullopt;
    }
    OutputRecord record = record_;
    record.stamps = stamps_;
    return record;
  }

 private:
  bool is_current(const FoundOutput& found, std::size_t i) {
    const OutputEntry& entry = record_.entries[i];
    if (found.path != entry.path) {
      return false;
    }
    switch (entry.kind) {
      case EntryKind::directory:  // An empty one: there is nothing more to compare.
        return found.kind == FileKind::directory;
      case EntryKind::symlink:
        return found.kind == FileKind::symlink &&
               (is_unchanged(found, i) || has_target(entry.target, found, i));
      case EntryKind::file:
        return found.kind == FileKind::regular &&
               (is_unchanged(found, i) || has_content(entry, found, i));
    }
    return false;
  }

  bool is_unchanged(const FoundOutput& found, std::size_t i) const {
    return verification_ == Verification::stamps && found.stamp == record_.stamps[i];
  }

  bool has_target(const std::string& target, const FoundOutput& found, std::size_t i) {
    look_closer(found, i);
    const auto parent = parents_.parent_of(found.path);
    const auto actual = parent ? link_target(*parent, std::string(name_of_path(found.path)))
                               : Result<std::string>(std::unexpected(parent.error()));
    return actual && *actual == target;
  }

  bool has_content(const OutputEntry& entry, const FoundOutput& found, std::size_t i) {
    if (found.stamp.size != entry.size_bytes ||
        ((found.stamp.mode & S_IXUSR) != 0) != entry.executable) {
      return false;
    }
    look_closer(found, i);
    const auto parent = parents_.parent_of(found.path);
    if (!parent) {
      return false;
    }
    const auto fd = open_beneath(*parent, name_of_path(found.path), O_RDONLY | O_NONBLOCK);
    const auto digest = fd ? digest_of_file(fd->get()) : std::unexpected(fd.error());
    return digest && *digest == entry.digest;
  }

  // Before the content is read, so that whatever happens later has a later time.
  void look_closer(const FoundOutput& found, std::size_t i) {
    if (!record_.file.empty() && !verified_at_) {
      verified_at_ = sample_file_system_clock(record_.file.parent_path());
    }
    stamps_[i] = reliable_stamp(found.stamp, found.device, verified_at_);
  }

  DirectoryCursor parents_;
  const OutputRecord& record_;
  Verification verification_;
  std::vector<FileStamp> stamps_;
  std::optional<FileSystemTime> verified_at_;
};

}  // namespace

Result<void> write_output_record(const fs::path& state_directory, std::string_view label,
                                 const OutputScope& scope, OutputRecord record) {
  VC_TRY(const UniqueFd package, open_package(scope));
  DirectoryCursor parents(package.get(), DirectoryCursor::Missing::fail);
  record.stamps.clear();
  record.stamps.reserve(record.entries.size());
  for (const OutputEntry& entry : record.entries) {
    VC_TRY(const int parent, parents.parent_of(entry.path));
    struct stat status{};
    if (::fstatat(parent, std::string(name_of_path(entry.path)).c_str(), &status,
                  AT_SYMLINK_NOFOLLOW) != 0) {
      return std::unexpected(errno_error("stat " + printable(entry.path)));
    }
    record.stamps.push_back(
        reliable_stamp(FileStamp::of(status), status.st_dev, record.verified_at));
  }
  VC_CHECK(make_state_directory(state_directory, kRecordDirectory));
  return save(record_file(state_directory, label), record);
}

std::optional<OutputRecord> read_output_record(const fs::path& state_directory,
                                               std::string_view label) {
  const fs::path file = record_file(state_directory, label);
  const auto bytes = read_file_if_exists(file, kRecordBytesMax).value_or(std::nullopt);
  if (!bytes) {
    return std::nullopt;
  }
  std::optional<OutputRecord> record = decode_record(*bytes);
  if (record) {
    record->file = file;
  }
  return record;
}

Result<void> remove_output_record(const fs::path& state_directory, std::string_view label) {
  const fs::path file = record_file(state_directory, label);
  if (::unlink(file.c_str()) != 0 && errno != ENOENT) {
    return std::unexpected(errno_error("remove " + file.native()));
  }
  return {};
}

bool outputs_are_current(const OutputScope& scope, const OutputRecord& record,
                         Verification verification) {
  const auto package = open_package(scope);
  if (!package) {
    return false;
  }
  const auto tree = walk_outputs(package->get(), *scope.globs, WalkDetail::stamps);
  if (!tree) {
    return false;
  }
  Comparison comparison(package->get(), record, verification);
  if (!comparison.all_current(tree->outputs)) {
    return false;
  }
  if (const auto refreshed = comparison.refreshed()) {
    // Only saves the next run some work; without it that looks closer once more.
    static_cast<void>(save(record.file, *refreshed));
  }
  return true;
}

}  // namespace vc::agent
