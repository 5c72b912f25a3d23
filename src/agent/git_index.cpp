#include "agent/git_index.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <ranges>

namespace vc::agent {

namespace {

constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kStatBytes = 40;  // ctime to size: ten 32-bit numbers.
constexpr unsigned kExtendedFlag = 0x4000;
constexpr std::size_t kExtensionHeaderBytes = 8;

// Reads big-endian numbers; every read past the end makes it fail for good.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : bytes_(bytes) {}

  bool failed() const { return failed_; }

  std::size_t position() const { return at_; }

  std::size_t left() const { return bytes_.size() - at_; }

  std::string_view take(std::size_t count) {
    if (count > left()) {
      failed_ = true;
      return {};
    }
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }

  std::uint32_t number(std::size_t bytes) {
    std::uint32_t value = 0;
    for (const char c : take(bytes)) {
      value = (value << 8) | static_cast<unsigned char>(c);
    }
    return value;
  }

  std::string_view until_zero() {
    const std::string_view text = take(std::min(bytes_.find('\0', at_), bytes_.size()) - at_);
    take(1);
    return text;
  }

  // The variable-length number of version 4 (the one of OFS_DELTA in packs).
  std::size_t offset_number() {
    std::size_t value = 0;
    for (int i = 0;; ++i) {
      const std::uint32_t byte = number(1);
      if (failed_ || i > 4) {
        failed_ = true;
        return 0;
      }
      value = (value << 7) | (byte & 0x7f);
      if ((byte & 0x80) == 0) {
        return value;
      }
      ++value;
    }
  }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

std::unexpected<Error> corrupt() {
  return fail(Errc::corrupt, "not a whole git index");
}

// Moves to the entry's path; its end is padded to 8 bytes except in version 4.
std::optional<std::string> read_path(Cursor& cursor, std::uint32_t version, GitHash hash,
                                     std::string_view previous) {
  const std::size_t start = cursor.position();
  cursor.take(kStatBytes + (hash == GitHash::sha1 ? 20 : 32));
  if ((cursor.number(2) & kExtendedFlag) != 0) {
    cursor.take(2);
  }
  std::string path;
  if (version == 4) {
    const std::size_t dropped = cursor.offset_number();
    if (dropped > previous.size()) {
      return std::nullopt;
    }
    path = previous.substr(0, previous.size() - dropped);
    path += cursor.until_zero();
  } else {
    path = cursor.until_zero();
    const std::size_t used = cursor.position() - start;
    cursor.take((8 - used % 8) % 8);
  }
  if (cursor.failed()) {
    return std::nullopt;
  }
  return path;
}

// Extensions whose name begins with a small letter change what the entries mean.
Result<void> refuse_required_extensions(Cursor& cursor, std::size_t checksum_bytes) {
  while (cursor.left() > checksum_bytes) {
    if (cursor.left() < checksum_bytes + kExtensionHeaderBytes) {
      return corrupt();
    }
    const std::string_view name = cursor.take(4);
    cursor.take(cursor.number(4));
    if (cursor.failed()) {
      return corrupt();
    }
    if (name[0] < 'A' || name[0] > 'Z') {
      return fail(Errc::invalid, "a split or sparse git index does not list every file",
                  "run `git update-index --no-split-index` or `git sparse-checkout reapply "
                  "--no-sparse-index`");
    }
  }
  return {};
}

}  // namespace

Result<GitIndex> GitIndex::parse(std::string_view bytes, GitHash hash) {
  Cursor cursor(bytes);
  const std::string_view magic = cursor.take(4);
  const std::uint32_t version = cursor.number(4);
  const std::uint32_t count = cursor.number(4);
  if (magic != "DIRC" || cursor.position() != kHeaderBytes || version < 2 || version > 4) {
    return corrupt();
  }
  GitIndex index;
  index.ends_.reserve(std::min<std::size_t>(count, bytes.size() / kStatBytes));
  std::string previous;
  bool nameless = false;  // As entries of a split index are that replace others.
  for (std::uint32_t i = 0; i < count; ++i) {
    auto path = read_path(cursor, version, hash, previous);
    if (path && path->empty()) {
      nameless = true;
      continue;
    }
    // Equal paths are the stages of one conflict.
    if (!path || *path < previous ||
        index.paths_.size() + path->size() > std::numeric_limits<std::uint32_t>::max()) {
      return corrupt();
    }
    if (*path != previous) {
      index.paths_ += *path;
      index.ends_.push_back(static_cast<std::uint32_t>(index.paths_.size()));
      previous = *std::move(path);
    }
  }
  VC_CHECK(refuse_required_extensions(cursor, hash == GitHash::sha1 ? 20 : 32));
  if (nameless) {
    return corrupt();
  }
  index.paths_.shrink_to_fit();
  return index;
}

std::string_view GitIndex::path(std::size_t number) const {
  const std::size_t begin = number == 0 ? 0 : ends_[number - 1];
  return std::string_view(paths_).substr(begin, ends_[number] - begin);
}

std::size_t GitIndex::lower_bound(std::string_view path_wanted) const {
  const auto numbers = std::views::iota(std::size_t{0}, ends_.size());
  const auto first = std::ranges::lower_bound(numbers, path_wanted, {},
                                              [&](std::size_t number) { return path(number); });
  return static_cast<std::size_t>(first - numbers.begin());
}

bool GitIndex::contains(std::string_view path_wanted) const {
  const std::size_t number = lower_bound(path_wanted);
  return number < ends_.size() && path(number) == path_wanted;
}

GitIndex::Range GitIndex::range_below(std::string_view directory) const {
  if (directory.empty()) {
    return {.begin = 0, .end = size()};
  }
  const std::string below(directory);
  return {.begin = lower_bound(below + "/"),
          .end = lower_bound(below + static_cast<char>('/' + 1))};
}

bool GitIndex::contains_below(std::string_view directory) const {
  const Range range = range_below(directory);
  return range.begin != range.end;
}

}  // namespace vc::agent
